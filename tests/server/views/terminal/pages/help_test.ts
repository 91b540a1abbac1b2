import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DROP_REASONS } from "../../../../../lib/common/drop_reasons.js";
import { COLUMNS } from "../../../../../lib/server/views/terminal/pages/table.ts";
import { renderHelp } from "../../../../../lib/server/views/terminal/pages/help.ts";
import { lineWidth } from "../../../../../lib/server/views/terminal/text/line.ts";
import { linesText } from "../samples.ts";

Deno.test("renderHelp() explains columns, and every reason to drop a datagram", () => {
  const text = linesText(renderHelp(80, null));
  for (const [column, { short }] of Object.entries(COLUMNS)) {
    if (column !== "name" && column !== "address") assertStringIncludes(text, short);
  }
  for (const [reason, words] of Object.entries(DROP_REASONS)) {
    assert(new RegExp(`^.{11}${reason} +`, "m").test(text), reason);
    assertStringIncludes(text, words);
  }
});

Deno.test("renderHelp() names the page in the browser with its token, whole at any width", () => {
  const url = `http://192.168.100.200:8080/?token=${"x".repeat(32)}`;
  for (const columns of [40, 66, 80, 200]) {
    const lines = linesText(renderHelp(columns, url)).split("\n");
    const first = lines.findIndex((line) => line.startsWith("http:"));
    const count = Math.ceil(url.length / columns);
    assertEquals(lines.slice(first, first + count).join(""), url);
  }
});

Deno.test("renderHelp() keeps to the width, whole words in each line", () => {
  for (const columns of [40, 60, 80, 200]) {
    const widest = Math.max(...renderHelp(columns, "http://127.0.0.1:8080/").map(lineWidth));
    assertEquals(Math.max(columns, widest), columns);
  }
});
