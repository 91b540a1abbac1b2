import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { readMinutes } from "../../tools/command_line.ts";
import { MAY_RUN, Running } from "../processes.ts";

const TOOLS = [
  ...[
    "bus",
    "bench",
    "bench:bus",
    "bench:compare",
    "bench:datagrams",
    "bench:page",
    "compile",
    "demo",
    "fuzz",
  ],
  ...["manuals", "release", "siege", "soak", "swarm", "week"],
] as const;

Deno.test("readMinutes() reads a number above 0", async (t) => {
  for (const [text, minutes] of [["10", 10], ["0.5", 0.5], ["001", 1]] as const) {
    await t.step(text, () => assertEquals(readMinutes(text), minutes));
  }
  for (const text of ["", "0", "-1", "1m", "1e3", "Infinity"]) {
    await t.step(`not ${text}`, () => void assertThrows(() => readMinutes(text), RangeError));
  }
});

for (const name of TOOLS) {
  Deno.test({
    name: `deno task ${name} tells how to use it, and what it does not know (needs --allow-all)`,
    ignore: !MAY_RUN,
    fn: async (t) => {
      const [, ...words] = config.tasks[name].split(" ");
      for (const argument of ["--help", "-h"]) {
        await t.step(argument, async () => {
          await using tool = new Running([Deno.execPath(), ...words], [argument]);
          assertEquals(await tool.exitCode(), 0);
          assertMatch(tool.stdout.text, new RegExp(`Usage: deno task ${name}\\b.*\n[^]*--help`));
          assertEquals(tool.stderr.all, []);
        });
      }
      await t.step("--hepl", async () => {
        await using tool = new Running([Deno.execPath(), ...words], ["--hepl"]);
        assertEquals(await tool.exitCode(), 2);
        assertEquals(tool.stdout.all, []);
        assertEquals(tool.stderr.all.length, 1);
        assertMatch(tool.stderr.all[0]!, /"--hepl".*did you mean --help\?/);
      });
    },
  });
}
