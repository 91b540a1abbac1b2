/** The siege in small: what it must not do to the server, without a word about memory or time. */
import { assert, assertEquals } from "@std/assert";
import { MAY_RUN } from "./processes.ts";
import { besiege } from "./siege.ts";

const IGNORE = !MAY_RUN || Deno.build.os !== "linux";
const CASES: [name: string, descriptors: number][] = [
  ["under 1,024 descriptors", 1_024],
  // Fewer than there may be connections.
  ["under 100 descriptors", 100],
];

for (const [name, descriptors] of CASES) {
  Deno.test({
    name: `a siege ${name} stops no datagram, and the page answers (needs --allow-all)`,
    ignore: IGNORE,
    async fn() {
      const { sent, received, kernelDropped, exitCode, logged, clients } = await besiege({
        ...{ connections: 600, seconds: 3, descriptors, restSeconds: 0 },
        // What the socket holds then lasts for half a second, however busy the machine is.
        datagramsPerSecond: 150,
      });
      assertEquals([received, kernelDropped, exitCode], [sent, 0, 0]);
      assert(clients.mostOpen! > 300, JSON.stringify(clients));
      const kinds = logged.map((line) => /Cannot \w+ \w+ \w+/.exec(line)?.[0]);
      assert(new Set(kinds).size === kinds.length && kinds.length > 0, logged.join("\n"));
      const isShort = descriptors < 192;
      assertEquals(logged.some((line) => line.includes("Too many open files")), isShort);
    },
  });
}
