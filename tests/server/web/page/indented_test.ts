import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { indented, MAX_DEPTH, MAX_LENGTH } from "../../../../lib/server/web/page/indented.js";

Deno.test("indented() writes what is short and shallow as it is", () => {
  const value = { v: 0, body: [1, "a", null, { b: [] }] };
  assertEquals(indented(value), JSON.stringify(value, null, 2));
});

Deno.test("indented() cuts depth, and says so", () => {
  const text = indented(JSON.parse("[".repeat(4_000) + "]".repeat(4_000)));
  assertStringIncludes(text, "cut here: deeper than is shown");
  assert(text.split("\n").length <= 2 * MAX_DEPTH + 1);
});

Deno.test("indented() cuts length, and says so", () => {
  const text = indented(Array(4_000).fill(1));
  assert(text.length < MAX_LENGTH + 100);
  assertStringIncludes(text, "(cut here: ");
});
