import { assert, assertEquals } from "@std/assert";
import { agentCommands } from "../../../../lib/server/web/page/empty.js";

Deno.test("agentCommands() names the server as it is reached, with its port", async (t) => {
  const cases: [hostname: string, listening: string, here: string, there: string | null][] = [
    ["monitor.example", "[::]:5005 0.0.0.0:5005", "127.0.0.1:5005", "monitor.example:5005"],
    ["192.0.2.7", "0.0.0.0:6006", "127.0.0.1:6006", "192.0.2.7:6006"],
    ["[2001:db8::1]", "[::]:5005", "127.0.0.1:5005", "[2001:db8::1]:5005"],
    ["localhost", "0.0.0.0:5005", "127.0.0.1:5005", "THIS-HOST:5005"],
    ["[::1]", "[::]:7000", "127.0.0.1:7000", "THIS-HOST:7000"],
    ["127.0.0.1", "192.0.2.7:5005", "192.0.2.7:5005", "192.0.2.7:5005"],
    ["monitor.example", "127.0.0.1:5005", "127.0.0.1:5005", null],
    ["localhost", "[::1]:5005", "[::1]:5005", null],
  ];
  for (const [hostname, listening, here, there] of cases) {
    await t.step(`${hostname} ${listening}`, () => {
      const commands = agentCommands(hostname, listening);
      assertEquals(commands.here, `pulso-agent --server ${here}`);
      const nameless = (there ?? here).replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
      assert(commands.byHand.includes(`nc -u -w1 ${nameless} `));
      assertEquals(commands.there, there === null ? null : `pulso-agent --server ${there}`);
    });
  }
});
