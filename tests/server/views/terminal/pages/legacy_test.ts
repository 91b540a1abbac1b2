import { assert, assertEquals } from "@std/assert";
import { renderLegacy } from "../../../../../lib/server/views/terminal/pages/legacy.ts";
import { linesText } from "../samples.ts";

Deno.test("renderLegacy() lays JSON out", () => {
  const body = { host: "pc", list: [1, 2], disks: [{ m: "C:" }], empty: {}, none: null };
  assertEquals(
    linesText(renderLegacy({ v: 0, body }, 80)),
    `{
  "host": "pc",
  "list": [1,2],
  "disks": [
    {
      "m": "C:"
    }
  ],
  "empty": {},
  "none": null
}`,
  );
});

Deno.test("renderLegacy() goes on in the next line", () => {
  assertEquals(
    linesText(renderLegacy({ v: 0, body: { a: "東京東京" } }, 8)),
    '{\n  "a": "\n東京東京\n"\n}',
  );
});

Deno.test("renderLegacy() shows control characters, and obeys none", () => {
  const text = linesText(renderLegacy({ v: 0, body: { "\x9b": "\x1b[31m\u202e" } }, 80));
  assertEquals(text, '{\n  "\\x9b": "\\u001b[31m\\u202e"\n}');
});

Deno.test("renderLegacy() stays short, however deep the JSON is", () => {
  const deep = JSON.parse("[".repeat(4_000) + "]".repeat(4_000));
  const lines = renderLegacy({ v: 0, body: { deep } }, 80);
  assert(lines.length < 200);
});
