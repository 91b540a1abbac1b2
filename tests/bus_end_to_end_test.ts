/** Sites and views on real engines: whatever becomes of those, a view counts what the network did. */
import { inFolder } from "./files.ts";
import { BUSES, runSeed } from "./bus_faults.ts";
import { HAS_NATS, NEEDS_NATS } from "./nats.ts";

for (const [n, kind] of Object.keys(BUSES).entries()) {
  Deno.test({
    name: `a view counts to the last datagram what a site heard: ${kind} (${NEEDS_NATS})`,
    ignore: !HAS_NATS,
    fn: () => inFolder((folder) => runSeed(kind, n + 1, folder, 0)),
  });
}
