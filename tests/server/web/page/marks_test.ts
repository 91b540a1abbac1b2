import { assertEquals, assertStringIncludes } from "@std/assert";
import { DROP_REASONS } from "../../../../lib/server/fleet/totals.ts";
import { HOST_STATUSES } from "../../../../lib/server/fleet/status.ts";
import {
  NOTE_MARKS,
  percentStyle,
  STATUS_MARKS,
} from "../../../../lib/server/views/terminal/marks.ts";
import { levelOf, MARKS } from "../../../../lib/server/web/page/marks.js";
import { NOTE_SIGNS } from "../../../../lib/server/web/page/notes.js";
import { ASSETS } from "../../../../lib/server/web/assets.ts";

Deno.test("MARKS are those of the terminal", () => {
  assertEquals(
    MARKS,
    Object.fromEntries(HOST_STATUSES.map((status) => [status, STATUS_MARKS[status].sign])),
  );
});

Deno.test("NOTE_SIGNS are those of the terminal", () => {
  const signs = Object.entries(NOTE_MARKS).map(([note, { sign }]) => [note, sign]);
  assertEquals(NOTE_SIGNS, Object.fromEntries(signs));
});

Deno.test("levelOf() is as attentive as the terminal", () => {
  const styles = { normal: "plain", high: "warning", critical: "critical" } as const;
  for (const percent of [null, 0, 69.9, 70, 89.9, 90, 100]) {
    assertEquals(styles[levelOf(percent)], percentStyle(percent), `${percent} %`);
  }
});

Deno.test("REASONS are the server's, in its words", () => {
  assertStringIncludes(ASSETS.get("page.js")!.text, `REASONS = ${JSON.stringify(DROP_REASONS)};`);
});
