import { assertEquals } from "@std/assert";
import type { Line } from "../../../../../lib/server/views/terminal/text/line.ts";
import { FIRST_STATE } from "../../../../../lib/server/views/terminal/state/state.ts";
import {
  renderHeading,
  renderHosts,
} from "../../../../../lib/server/views/terminal/pages/old_table.ts";
import { linesText, row } from "../samples.ts";

function stylesOf(line: Line): string[] {
  return [...new Set(line.filter(({ text }) => text.trim() !== "").map(({ style }) => style))];
}

Deno.test("renderHeading() marks the sorted column and its order", () => {
  const heading = (changes: Partial<typeof FIRST_STATE>) =>
    linesText([renderHeading({ ...FIRST_STATE, ...changes }, 80)]);
  assertEquals(
    heading({ sort: "receive", descending: true }),
    "STATUS    NAME             AGE CPU        MEMORY          VOL  RECV▼  SEND  LOST",
  );
  assertEquals(
    heading({ sort: "volume" }),
    "STATUS    NAME             AGE CPU        MEMORY          VOL▲  RECV  SEND  LOST",
  );
});

Deno.test("renderHosts() keeps columns in line behind wide and combining characters", () => {
  const rows = [
    row("web-01"),
    row("東京-01"),
    row("cafe\u0301"),
    row("👍👍👍👍👍👍👍👍👍👍"),
    row("cafe\u0301".repeat(9)),
  ];
  assertEquals(
    linesText(renderHosts(rows, null, 80)),
    `\
● live    web-01            2s  14% ╸──── ━━╸── 7.4G/16G   71%   33K   560     0
● live    東京-01           2s  14% ╸──── ━━╸── 7.4G/16G   71%   33K   560     0
● live    café              2s  14% ╸──── ━━╸── 7.4G/16G   71%   33K   560     0
● live    👍👍👍👍👍👍👍…   2s  14% ╸──── ━━╸── 7.4G/16G   71%   33K   560     0
● live    cafécafécaféca…   2s  14% ╸──── ━━╸── 7.4G/16G   71%   33K   560     0`,
  );
});

Deno.test("renderHosts() marks the cursor, and hosts that are gone step back", async (t) => {
  const rows = (["live", "stale", "offline", "left"] as const).map((status) =>
    row(status, { status })
  );
  const [live, stale, offline, left] = renderHosts(rows, "key of stale", 24);
  await t.step("live", () => assertEquals(stylesOf(live!), ["good", "bold", "plain"]));
  await t.step("cursor", () => assertEquals(stylesOf(stale!), ["selected"]));
  await t.step("offline", () => assertEquals(stylesOf(offline!), ["critical", "faint"]));
  await t.step("left", () => assertEquals(stylesOf(left!), ["plain", "faint"]));
});
