import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { ASSETS, bundle, SHELL, VERSION, withoutComments } from "../../../lib/server/web/assets.ts";

Deno.test("SHELL and ASSETS have nothing inline and load nothing from elsewhere", () => {
  assertEquals(
    SHELL.text.match(/<script(?![^>]*\bsrc=)|<style|\bstyle=|\son\w+=|javascript:/gi),
    null,
  );
  const loaded = Array.from(SHELL.text.matchAll(/\b(?:src|href)="([^"]*)"/g), ([, url]) => url!);
  for (const url of loaded) {
    assertMatch(url, /^[/#]/);
    if (url.startsWith("/assets/")) {
      assertEquals(url.split("/")[2], VERSION);
      assert(ASSETS.has(url.split("/")[3]!), url);
    }
  }
});

Deno.test("ASSETS have a type and an ETag that tells them apart", () => {
  const all = [SHELL, ...ASSETS.values()];
  assertEquals(new Set(all.map(({ etag }) => etag)).size, all.length);
  for (const { text, type, etag } of all) {
    assert(text.length > 0);
    assertMatch(type, /^(text\/(html|css|javascript)|image\/svg\+xml); charset=utf-8$/);
    assertMatch(etag, /^"[0-9a-f-]+"$/);
  }
});

Deno.test("the scripts of the page and its worker load two files besides, when they need them", () => {
  const loaded = ["page.js", "worker.js"].flatMap((name) => {
    const { text } = ASSETS.get(name)!;
    assertEquals(text.match(/^(import|export)\b.*/gm), null, name);
    return Array.from(text.matchAll(/new URL\("\.\/([^"]+)"/g), ([, file]) => file!);
  });
  assertEquals(loaded.toSorted(), ["uPlot.esm.js", "worker.js"]);
  for (const file of loaded) assert(ASSETS.has(file), file);
});

Deno.test({
  name: "page.js holds what server and page share, as the server has it (needs --allow-read)",
  ignore: Deno.permissions.querySync({ name: "read" }).state !== "granted",
  fn: () => {
    const { text } = ASSETS.get("page.js")!;
    const url = new URL("../../../lib/common/", import.meta.url);
    for (const name of ["format", "gaps", "limits", "status", "text"]) {
      const module = Deno.readTextFileSync(new URL(`${name}.js`, url));
      const code = withoutComments(module).replaceAll(/^(export |import .*\n)/gm, "");
      assertStringIncludes(text, code);
    }
  },
});

Deno.test("withoutComments() leaves out lines that are nothing but comment, and no code", () => {
  const text = [
    ...["// @ts-check", "/**", " * Of a", " */", "const a = 1; // one", "  // two"],
    ...["/** @type {b} */ (a).c = `", "`;", "/** x */", 'const d = "/** e */";', ""],
  ].join("\n");
  assertEquals(
    withoutComments(text),
    'const a = 1; // one\n/** @type {b} */ (a).c = `\n`;\nconst d = "/** e */";\n',
  );
});

Deno.test("all that the page loads is less than 150 KB on its way to the browser", async () => {
  const names = ["page.css", "page.js", "theme.js", "worker.js", "uPlot.esm.js", "icon.svg"];
  let bytes = 0;
  for (const text of [SHELL.text, ...names.map((name) => ASSETS.get(name)!.text)]) {
    const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
    bytes += (await new Response(packed).bytes()).length;
  }
  assert(bytes < 150_000, `${bytes} bytes`);
});

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
