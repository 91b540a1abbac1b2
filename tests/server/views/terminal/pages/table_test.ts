import { assert, assertEquals } from "@std/assert";
import type { Line } from "../../../../../lib/server/views/terminal/text/line.ts";
import { FIRST_STATE } from "../../../../../lib/server/views/terminal/state/state.ts";
import { columnGap, placeColumns } from "../../../../../lib/server/views/terminal/pages/columns.ts";
import { COLUMNS, columnTitle } from "../../../../../lib/server/views/terminal/pages/cells.ts";
import {
  renderHeading,
  renderHosts,
} from "../../../../../lib/server/views/terminal/pages/table.ts";
import { hostsOfRows } from "../../../../../lib/server/views/terminal/state/hosts.ts";
import { linesText, NOW_MS, queue, row } from "../samples.ts";

function stylesOf(line: Line): string[] {
  return [...new Set(line.filter(({ text }) => text.trim() !== "").map(({ style }) => style))];
}

Deno.test("renderHeading() marks the sorted column and its order", () => {
  const heading = (changes: Partial<typeof FIRST_STATE>) =>
    linesText([renderHeading({ ...FIRST_STATE, ...changes }, 80)]);
  assertEquals(
    heading({ sort: "receive", descending: true }),
    "  NAME                AGE CPU        MEMORY         VOL  RECV↓  SEND  LOAD  LOST",
  );
  assertEquals(
    heading({ sort: "volume" }),
    "  NAME                AGE CPU        MEMORY         VOL↑  RECV  SEND  LOAD  LOST",
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
    linesText(renderHosts(rows, FIRST_STATE, [], 80)),
    `\
● web-01               2s  14% ╸────  46% 7.4G/16G   71%   33K   560     –     0
● 東京-01              2s  14% ╸────  46% 7.4G/16G   71%   33K   560     –     0
● café                 2s  14% ╸────  46% 7.4G/16G   71%   33K   560     –     0
● 👍👍👍👍👍👍👍👍…    2s  14% ╸────  46% 7.4G/16G   71%   33K   560     –     0
● cafécafécafécaféc…   2s  14% ╸────  46% 7.4G/16G   71%   33K   560     –     0`,
  );
});

Deno.test("renderHosts() marks the cursor, and hosts that are gone step back", async (t) => {
  const rows = (["live", "stale", "offline", "left"] as const).map((status) =>
    row(status, { status })
  );
  const [live, stale, offline, left] = renderHosts(
    rows,
    {
      ...FIRST_STATE,
      selected: "key of stale",
    },
    [],
    24,
  );
  await t.step("live", () => assertEquals(stylesOf(live!), ["good", "bold", "plain"]));
  await t.step("cursor", () => assertEquals(stylesOf(stale!), ["selected"]));
  await t.step("offline", () => {
    assertEquals(stylesOf(offline!), ["critical", "bold", "faint"]);
  });
  await t.step("left", () => assertEquals(stylesOf(left!), ["plain", "bold", "faint"]));
});

Deno.test("placeColumns() never takes more than there is", () => {
  for (let columns = 1; columns <= 250; columns++) {
    const placed = placeColumns(columns);
    const gaps = columnGap(columns) * (placed.length - 1);
    const used = placed.reduce((sum, { width }) => sum + width, gaps);
    assert(used <= columns, `${used} of ${columns}`);
  }
});

Deno.test("placeColumns() shows the most important first", async (t) => {
  const cases: readonly (readonly [number, string])[] = [
    [20, "status name cpu memory"],
    [40, "status name age cpu memory volume"],
    [80, "status name age cpu memory volume receive send load1 datagramsLost"],
    [320, Object.keys(COLUMNS).join(" ")],
  ];
  for (const [columns, expected] of cases) {
    await t.step(`${columns} columns`, () => {
      assertEquals(placeColumns(columns).map(({ name }) => name).join(" "), expected);
    });
  }
});

Deno.test("placeColumns() shows what was chosen, who is who and how, as far as there is room", async (t) => {
  const cases: readonly (readonly [number, string[], string])[] = [
    [80, [], "status name"],
    [80, ["tags", "load1"], "status name tags load1"],
    [60, ["tags", "address", "read"], "status name address read"],
    [30, ["send", "write", "cpu"], "status name cpu send write"],
    [80, ["no such column", "name", "cores"], "status name cores"],
  ];
  for (const [columns, chosen, expected] of cases) {
    await t.step(`${chosen} in ${columns} columns`, () => {
      const placed = placeColumns(columns, chosen);
      const names = new Set(placed.map(({ name }) => name));
      assertEquals(names, new Set<string>(expected.split(" ")));
      const gaps = columnGap(columns) * (placed.length - 1);
      assert(placed.reduce((sum, { width }) => sum + width, gaps) <= columns);
    });
  }
});

Deno.test("placeColumns() gives what is left over to the name", () => {
  assertEquals(placeColumns(80).find(({ name }) => name === "name")?.width, 18);
  assertEquals(placeColumns(85).find(({ name }) => name === "name")?.width, 23);
});

Deno.test("columnTitle() is short where there is no room for the sign of the order", () => {
  assertEquals(columnTitle(COLUMNS.memory, 15), "MEMORY");
  assertEquals(columnTitle(COLUMNS.memory, 6), "MEM");
});

Deno.test("the name of a host that is refused or shares its id has a sign before it", () => {
  const textOf = (changes: Parameters<typeof row>[1]) =>
    COLUMNS.name.render(row("web-01", changes), 20, null).map(({ text }) => text).join("");
  const refused = { reason: "session", count: 1, lastMs: NOW_MS } as const;
  assertEquals(textOf({}), "web-01");
  assertEquals(textOf({ refused }), "⊘ web-01");
  assertEquals(textOf({ sharedWith: "192.0.2.8:5" }), "≡ web-01");
  assertEquals(textOf({ refused, sharedWith: "192.0.2.8:5" }), "⊘ ≡ web-01");
});

Deno.test("what is wrong with a host stands behind its name in a word, where that fits", () => {
  const { alerts } = queue(["volume-full", "key of web-01", 26, 100, "100%, /var"]);
  const name = (columns: number, changes: Parameters<typeof row>[1] = {}) =>
    linesText(
      renderHosts(
        [row("web-01", changes)],
        { selected: null, picked: [], columns: [] },
        alerts,
        columns,
      ),
    );
  assertEquals(name(40), "● web-01 ▲ volume full");
  assertEquals(name(16), "● web-01 ▲");
  assertEquals(name(10), "● web-01 ▲");
  assertEquals(name(40, { status: "offline" }), "✗ web-01 offline");
});

Deno.test("a group's title gives way to what is counted of it", () => {
  const tags = { role: "a-role-with-quite-a-long-name" };
  const rows = Array.from(
    { length: 120 },
    (_, n) => row(`h-${n}`, { tags, status: n < 30 ? "offline" : n < 50 ? "stale" : "live" }),
  );
  const { rows: lines } = hostsOfRows(rows).order({ ...FIRST_STATE, group: "role" }, []);
  const titleAt = (columns: number) =>
    linesText(renderHosts(lines(0, 1), FIRST_STATE, [], columns)).split("  ")[0];
  assertEquals(titleAt(120), "▸ role=a-role-w… 120 ✗30 ◐20");
  assertEquals(titleAt(40), "▸ role=a-rol… 120 ✗30 ◐20");
});

Deno.test("the name of what is highest is told as far as it tells anything", () => {
  const volume = (volumeMount: string, width: number) =>
    linesText([COLUMNS.volume.render(row("db-01", { volumeMount }), width, null)]).trimEnd();
  assertEquals(volume("/var", 9), " 71% /var");
  assertEquals(volume("/srv/backup", 11), " 71% /srv/…");
  assertEquals(volume("/srv/backup", 10), " 71%");
});

Deno.test("the word by a name is cut to what fits, and the sign stays", () => {
  const { alerts } = queue(["volume-filling", "key of web-01", 1, 9e3, "soon"]);
  const nameAt = (name: string, columns: number) =>
    linesText(renderHosts([row(name, { key: "key of web-01" })], FIRST_STATE, alerts, columns));
  assert(nameAt("web-01", 200).startsWith("●  web-01 △ volume filling "));
  assertEquals(nameAt("web-01", 80).split("  ")[0], "● web-01 △ volume");
  assertEquals(nameAt("web-01-longer-name", 80).split("  ")[0], "● web-01-longer-name");
});
