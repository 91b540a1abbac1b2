import { assertEquals, assertThrows } from "@std/assert";
import { bundle } from "../../../lib/server/web/bundle.ts";

/** Runs a script, which leaves what it found in `globalThis.found`. */
async function run(script: string): Promise<unknown> {
  await import(`data:text/javascript,${encodeURIComponent(script)}`);
  return (globalThis as { found?: unknown }).found;
}

Deno.test("bundle() does what the modules do, each once and in its own scope", async () => {
  const script = bundle("main.js", {
    "main.js": `// @ts-check
/** Begins: import { x } from "./nowhere.js" is no more than words here. */
import { count, NAME as title } from "./a.js";
import {
  Box,
  later,
} from "./b.js";
const own = "own";
globalThis.found = [count, title, new Box().size, typeof later(), own];
`,
    "a.js": `export const NAME = "a";
const own = 1;
globalThis.runs = (globalThis.runs ?? 0) + own;
export let count = globalThis.runs;
`,
    "b.js": `import { count } from "./a.js";
const own = 2;
export class Box { size = own + count; }
export async function later() {}
export function unused() {}
`,
    "never.js": "throw new Error();",
  });
  assertEquals(await run(script), [1, "a", 3, "object", "own"]);
});

Deno.test("bundle() refuses what it would get wrong", async (t) => {
  const cases: [string, Record<string, string>, string][] = [
    ["a missing module", { a: 'import { b } from "./b";' }, "Cannot bundle b: no such module"],
    [
      "a circle",
      { a: 'import { b } from "./b";', b: 'import { a } from "./a";' },
      "Cannot bundle a: it imports itself",
    ],
    ...[
      'import * as b from "./b";',
      'import b from "./b";',
      'import "./b";',
      "import {\n  b,\n} from '/elsewhere';",
      "export default 1;",
      "export { b };",
      'export { b } from "./b";',
    ].map((
      text,
    ): [string, Record<string, string>, string] => [text, { a: text }, "Cannot bundle a: "]),
  ];
  for (const [name, modules, message] of cases) {
    await t.step(name, () => void assertThrows(() => bundle("a", modules), RangeError, message));
  }
});
