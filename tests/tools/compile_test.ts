import { assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { inFolder } from "../files.ts";
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
  // In a folder of its own: a compile that fails deletes the executable that was there.
  fn: () =>
    inFolder(async (folder) => {
      for (const name of ["agent.ts", "server.ts", "lib", "tools", "deno.json", "deno.lock"]) {
        await Deno.symlink(new URL(`../../${name}`, import.meta.url), `${folder}/${name}`);
      }
      const [, ...args] = config.tasks.compile.split(" ");
      const env = { DENORT_BIN: "/no/such/runtime" };
      const { code, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: folder, env })
        .output();
      assertEquals(code, 1);
      const text = new TextDecoder().decode(stderr);
      assertStringIncludes(text, "/no/such/runtime");
      const last = text.trimEnd().split("\n").at(-1)!;
      assertStringIncludes(last, "Cannot compile for ");
      assertStringIncludes(last, "docs/INSTALL.md#from-source");
    }),
});
