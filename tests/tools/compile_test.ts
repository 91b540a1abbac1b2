import { assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { MAY_RUN, Running } from "../processes.ts";

Deno.test({
  name: "deno task compile refuses what it does not know, before it builds (needs --allow-all)",
  ignore: !MAY_RUN,
  fn: async (t) => {
    const [, ...words] = config.tasks.compile.split(" ");
    const cases: [args: string[], complaint: string][] = [
      [["--traget", "x"], "--traget"],
      [["agent"], "agent"],
      [["--server", "host:port"], "HOST:PORT"],
    ];
    for (const [args, complaint] of cases) {
      await t.step(args.join(" "), async () => {
        await using compile = new Running([Deno.execPath(), ...words], args);
        assertEquals(await compile.exitCode(), 2);
        assertEquals(compile.stderr.all.length, 1);
        assertStringIncludes(compile.stderr.text, complaint);
      });
    }
  },
});
