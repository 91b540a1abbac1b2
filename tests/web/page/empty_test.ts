import { assertEquals, assertStringIncludes } from "@std/assert";
import { agentCommand } from "../../../lib/web/page/empty.js";

Deno.test("agentCommand() names the server as others reach it", async (t) => {
  const cases: [string, string][] = [
    ["monitor.example", "monitor.example"],
    ["192.0.2.7", "192.0.2.7"],
    ["[2001:db8::1]", "[2001:db8::1]"],
    ["localhost", "ADDRESS"],
    ["127.0.0.1", "ADDRESS"],
    ["[::1]", "ADDRESS"],
  ];
  for (const [hostname, name] of cases) {
    await t.step(hostname, () => {
      const { command, hint } = agentCommand(hostname);
      assertEquals(command, `pulso-agent --server ${name}:5005`);
      if (name === "ADDRESS") assertStringIncludes(hint, "ADDRESS is");
    });
  }
});
