import { assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { MAY_RUN, Running } from "../processes.ts";

Deno.test({
  name: "the demo with --agents shows that many hosts, and ends with its swarm (needs --allow-all)",
  ignore: !MAY_RUN,
  fn: async () => {
    const [, ...words] = config.tasks.demo.split(" ");
    const args = ["--agents=20", "--view", "json", "--web", "off"];
    await using demo = new Running([Deno.execPath(), ...words], args);
    const hosts = new Set<string>();
    await demo.stdout.find((line) => hosts.add(JSON.parse(line).message.host).size === 20, "20");
    assertEquals(await demo.stop(), 0);
    assertEquals(demo.stderr.all, []);
  },
});
