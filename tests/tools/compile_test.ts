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

Deno.test({
  name: "deno task compile says what it takes where there is no runtime (needs --allow-all)",
  ignore: !MAY_RUN,
  fn: async () => {
    const [, ...words] = config.tasks.compile.split(" ");
    const env = { DENORT_BIN: "/no/such/runtime" };
    await using compile = new Running([Deno.execPath(), ...words], [], env);
    assertEquals(await compile.exitCode(), 1);
    assertStringIncludes(compile.stderr.all.at(-1)!, "Cannot compile for ");
    assertStringIncludes(compile.stderr.all.at(-1)!, "docs/INSTALL.md#from-source");
  },
});
