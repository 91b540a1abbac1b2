import { assertEquals } from "@std/assert";
import { parseKeys } from "../../../../../lib/server/views/terminal/state/keys.ts";
import { changesOrder, reduce } from "../../../../../lib/server/views/terminal/state/reduce.ts";
import {
  FIRST_STATE,
  type ViewContext,
  type ViewState,
  visibleTop,
} from "../../../../../lib/server/views/terminal/state/state.ts";

const CONTEXT: ViewContext = {
  hosts: ["a", "b", "c", "d", "e", "f"],
  sortColumns: ["status", "name", "cpu"],
  columns: ["cpu", "memory", "tags"],
  shownColumns: ["status", "name", "cpu"],
  tagKeys: ["role", "site"],
  height: 3,
  ...{ firstLine: 2, top: 1 },
  heading: ["status", "name", "name", null, "cpu"],
  spansMs: [15, 60, 360, 1_440, 10_080, 43_200, 525_600].map((m) => m * 60_000),
  wallMs: 100_000_000,
  lines: 0,
  ...{ targets: [], mutables: [] },
  nameOf: (key) => `name of ${key}`,
};

const DOWN = "\x1b[B";
const UP = "\x1b[A";
const PAGE_DOWN = "\x1b[6~";
const ESC = "\x1b";

/** What differs from `start` after these keys. */
function press(
  keys: string,
  start: Partial<ViewState> = {},
  context: Partial<ViewContext> = {},
): Partial<ViewState> {
  const before: ViewState = { ...FIRST_STATE, ...start };
  const { keys: parsed, rest } = parseKeys(keys);
  const all = rest === ESC ? [...parsed, { name: "escape" } as const] : parsed;
  const after = all.reduce((state, key) => reduce(state, key, { ...CONTEXT, ...context }), before);
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => value !== before[name as keyof ViewState]),
  );
}

type Case = readonly [
  name: string,
  keys: string,
  start: Partial<ViewState>,
  expected: Partial<ViewState>,
];

async function check(t: Deno.TestContext, cases: readonly Case[], context = {}): Promise<void> {
  for (const [name, keys, start, expected] of cases) {
    await t.step(name, () => {
      const { notice, ...others } = press(keys, start, context);
      // What is said of a key is looked at by the cases that name it.
      assertEquals("notice" in expected ? { ...others, notice } : others, expected);
    });
  }
}

Deno.test("reduce() tells of every key that does nothing why, and of no other", async (t) => {
  const host = { page: "host", selected: "f" } as const;
  const said = (notice: string, others: Partial<ViewState> = {}) => ({ ...others, notice });
  await check(t, [
    ["a key of a host's page", "d", {}, said("d is a key of a host's page; Enter opens it")],
    ["a key of the table", "g", host, said("g is a key of the table; 1 shows it")],
    ["a key of a replay", ">", {}, said("> is a key of a replay")],
    ["no key at all", "z", {}, said("z is no key; ? shows all keys")],
    [
      "what only the page has",
      "2",
      {},
      said("The grid and the ways are on the page, in a browser"),
    ],
    ["nothing to mute", "m", {}, said("Nothing is selected for it: ↑ ↓ select")],
    ["nothing to pick", "x", {}, said("Nothing is selected for it: ↑ ↓ select")],
    ["the last host", "n", host, said("No host below this one")],
    ["the first host", "N", { ...host, selected: "a" }, said("No host above this one")],
    ["the shortest range", "[", host, said("No shorter range")],
    ["the longest range", "]", { ...host, range: 6 }, said("No longer range")],
    ["whose the mouse is", "M", {}, {
      ...said("A click selects and opens, the wheel scrolls; M ends it"),
      mouse: true,
    }],
    ["a host that is picked", "x", host, {
      ...said("name of f is picked, 1 in all; 3 compares them"),
      picked: ["f"],
    }],
    ["no movement", "k", { selected: "a" }, {}],
    ["not the next key", "zj", {}, { selected: "a" }],
    ["text of a filter", "/z", {}, { typing: true, filter: "z" }],
  ]);
  await check(t, [
    ["no past", "]", host, said("The server keeps no longer past: --data does")],
    ["no tag", "g", {}, said("No host has a tag; agents take --tag")],
  ], { spansMs: [], tagKeys: [] });
});

Deno.test("reduce() chooses a range of a host's past, where there are any", async (t) => {
  const host = { page: "host" } as const;
  await check(t, [
    ["a longer one", "]", host, { range: 1 }],
    ["and a shorter one again", "]][", host, { range: 1 }],
    ["no longer than the longest", "]]]]]]]]]", host, { range: 6 }],
    ["no shorter than the live one", "[", host, {}],
    ["none in the table", "]", {}, {}],
  ]);
  await check(t, [["none where nothing is kept", "]]", host, {}]], { spansMs: [] });
});

const [LEFT, RIGHT] = ["\x1b[D", "\x1b[C"];

Deno.test("reduce() goes to earlier and later parts of a host's past, where there are any", async (t) => {
  const host = { page: "host" } as const;
  await check(t, [
    ["half a range earlier", LEFT, host, { untilMs: 99_550_000 }],
    ["and once more", LEFT + LEFT, host, { untilMs: 99_100_000 }],
    ["and up to now again", LEFT + RIGHT, host, {}],
    ["never later than now", RIGHT, host, {}],
    ["half of a longer one", "]" + LEFT, host, { range: 1, untilMs: 98_200_000 }],
    ["not in the table", LEFT, { selected: "a" }, { selected: null }],
  ]);
  await check(t, [["left goes back where nothing is kept", LEFT, host, { page: "table" }]], {
    spansMs: [],
  });
});

Deno.test("reduce() goes from host to host", async (t) => {
  const host = (selected: string) => ({ page: "host", selected, scroll: 3 }) as const;
  await check(t, [
    ["to the next", "n", host("a"), { selected: "b", scroll: 0 }],
    ["to the one before", "N", host("b"), { selected: "a", scroll: 0 }],
    ["past the line of a group", "n", host("b"), { selected: "c", scroll: 0 }],
    ["no further than the last", "n", host("c"), { scroll: 0 }],
    ["no further than the first", "N", host("a"), { scroll: 0 }],
    ["not from one that is not listed", "n", host("gone"), {}],
    ["not in the table", "n", { selected: "a" }, {}],
  ], { hosts: ["\0db", "a", "b", "\0web", "c"] });
});

Deno.test("reduce() shows formulas and counts of a host on demand", async (t) => {
  const host = { page: "host" } as const;
  await check(t, [
    ["formulas", "f", host, { formulas: true }],
    ["and none", "ff", host, {}],
    ["counts", "d", host, { delivery: true }],
    ["of a host only", "fd", {}, {}],
    ["1 shows the table", "1", host, { page: "table" }],
  ]);
});

/** A click, or a turn of the wheel, at a cell from 1. */
const mouse = (button: number, column: number, row: number) =>
  `\x1b[<${button};${column};${row}M\x1b[<${button};${column};${row}m`;
const [WHEEL_UP, WHEEL_DOWN] = [64, 65];

Deno.test("reduce() obeys a mouse", async (t) => {
  const alerts = { page: "alerts" } as const;
  await check(t, [
    ["when asked", "M", {}, { mouse: true }],
    ["until asked", "MM", {}, {}],
    ["a click selects", mouse(0, 9, 3), {}, { selected: "b" }],
    ["one more opens", mouse(0, 9, 3) + mouse(0, 9, 3), {}, { selected: "b", page: "host" }],
    ["below the last there is nothing", mouse(0, 9, 6), {}, {}],
    ["nor above", mouse(0, 9, 1), {}, {}],
    ["on a heading it sorts", mouse(0, 5, 2), {}, { sort: "cpu", descending: true }],
    ["and the other way round", mouse(0, 2, 2), {}, { descending: true }],
    ["by nothing that cannot be sorted by", mouse(0, 4, 2) + mouse(0, 99, 2), {}, {}],
    ["the wheel scrolls", mouse(WHEEL_DOWN, 1, 4), {}, { top: 3 }],
    ["and back", mouse(WHEEL_DOWN, 1, 4) + mouse(WHEEL_UP, 1, 4), {}, {}],
    ["it takes the cursor along", mouse(WHEEL_DOWN, 1, 4), { selected: "a" }, {
      ...{ selected: "d", top: 1 },
    }],
    ["it scrolls a page", mouse(WHEEL_DOWN, 1, 4), { page: "help" }, { scroll: 3 }],
    ["a click on a page does nothing", mouse(0, 1, 4), { page: "help" }, {}],
    ["other buttons do nothing", mouse(1, 1, 4) + mouse(2, 1, 4) + mouse(35, 1, 4), {}, {}],
    ["a click selects what needs attention", mouse(0, 1, 3), alerts, { scroll: 1 }],
    ["one more opens that", mouse(0, 1, 3), { ...alerts, scroll: 1 }, {
      ...{ page: "host", from: "alerts", selected: "z", scroll: 0 },
    }],
  ], { lines: 10, targets: [null, { host: "z" }] });
});

Deno.test("reduce() moves the cursor", async (t) => {
  await check(t, [
    ["the first key shows it", DOWN, {}, { selected: "a" }],
    ["down", DOWN + "j", { selected: "a" }, { selected: "c" }],
    ["up", UP + "k", { selected: "d" }, { selected: "b" }],
    ["not above the first", UP, { selected: "a" }, {}],
    ["not below the last", DOWN, { selected: "f", top: 3 }, {}],
    ["by a page", PAGE_DOWN, { selected: "a" }, { selected: "c" }],
    ["the table follows", "jjj", { selected: "b" }, { selected: "e", top: 2 }],
    ["to the last", "G", {}, { selected: "f", top: 3 }],
    ["to the first", "\x1b[H", { selected: "f", top: 3 }, { selected: "a", top: 0 }],
    ["of a host that has gone", "j", { selected: "gone" }, { selected: "a" }],
    ["unknown keys do nothing", "yz\t", { selected: "c" }, {}],
  ]);
  await check(t, [["there is none without hosts", "jG", {}, {}]], { hosts: [] });
});

Deno.test("reduce() sorts", async (t) => {
  await check(t, [
    ["by the next column, numbers from the most", "s", {}, { sort: "cpu", descending: true }],
    ["round to the first column", "ss", {}, { sort: "status", descending: true }],
    ["names from the first", "sss", { sort: "name", descending: true }, { descending: false }],
    ["in reverse", "r", {}, { descending: true }],
    ["and back", "rS", {}, {}],
    ["from a column that is not shown any more", "s", { sort: "read" }, {
      sort: "status",
      descending: true,
    }],
    ["on the table only", "sr", { page: "host" }, {}],
    ["the worst first, from the top", "!", { top: 3, selected: "a" }, {
      ...{ sort: "status", descending: true },
      ...{ top: 0, selected: null },
    }],
    ["and by name again", "!!", { sort: "cpu" }, { sort: "name" }],
    ["the worst first, from a page", "!", { page: "host" }, {
      ...{ page: "table", sort: "status", descending: true },
    }],
  ]);
});

Deno.test("reduce() edits the filter", async (t) => {
  await check(t, [
    ["what is typed goes there", "/qs東", {}, { filter: "qs東", typing: true }],
    ["Enter keeps it", "/web\r", {}, { filter: "web" }],
    ["Esc clears it", "/web" + ESC, {}, {}],
    ["Backspace takes one character", "/a東\x7f", {}, { filter: "a", typing: true }],
    ["Backspace in an empty one ends it", "/\x7f", {}, {}],
    ["it is edited again", "/b", { filter: "a" }, { filter: "ab", typing: true }],
    ["Esc on the table clears it, then the cursor", ESC + ESC, { filter: "a", selected: "b" }, {
      filter: "",
      selected: null,
    }],
    ["arrows move the cursor meanwhile", "/" + DOWN, {}, { typing: true, selected: "a" }],
    ["Ctrl-C quits meanwhile", "/\x03", {}, { typing: true, quit: true }],
  ]);
});

Deno.test("reduce() takes what is pasted for no key", async (t) => {
  const pasted = (text: string) => `\x1b[200~${text}\x1b[201~`;
  const notice = "Pasted text does nothing here; after / it is the filter";
  await check(t, [
    ["not for one that quits", pasted("q\rm1"), { selected: "a" }, { notice }],
    ["nor for how long to mute", "m" + pasted("1"), { selected: "a" }, {
      ...{ muting: { filter: "id:a", name: "name of a" }, notice },
    }],
    ["but for a filter where one is typed", "/" + pasted("a\x1b[Bb\r"), {}, {
      ...{ typing: true, filter: "ab" },
    }],
    ["keys are keys after it", pasted("x") + "?", {}, { page: "help" }],
    ["Ctrl-C quits meanwhile", "\x1b[200~\x03", {}, { pasting: true, quit: true }],
  ]);
});

Deno.test("reduce() limits the filter", () => {
  assertEquals(press("/" + "x".repeat(500)).filter?.length, 100);
});

Deno.test("reduce() changes pages", async (t) => {
  await check(t, [
    ["Enter opens the host of the cursor", "\r", { selected: "c" }, { page: "host" }],
    ["or the first", "\r", {}, { page: "host", selected: "a" }],
    ["or the first when that has gone", "\r", { selected: "gone" }, {
      page: "host",
      selected: "a",
    }],
    ["Esc goes back", ESC, { page: "host", selected: "c" }, { page: "table" }],
    ["Backspace goes back", "\x7f", { page: "host" }, { page: "table" }],
    ["left goes back", "\x1b[D", { page: "help" }, { page: "table" }],
    ["? opens the help", "?", {}, { page: "help" }],
    ["? closes it", "?", { page: "help" }, { page: "table" }],
    ["it goes back to the page of a host", "?jj?", { page: "host" }, { beforeHelp: "host" }],
    ["with Esc too", "?" + ESC, { page: "alerts" }, { beforeHelp: "alerts" }],
    ["1 goes to the table", "?1", { page: "host" }, { page: "table", beforeHelp: "host" }],
    ["q quits", "q", { page: "host" }, { quit: true }],
    ["p pauses", "p", { page: "host" }, { paused: true }],
    ["p goes on", "p", { paused: true }, { paused: false }],
  ]);
  await check(t, [["no host to open", "\r", {}, {}]], { hosts: [] });
});

Deno.test("reduce() mutes what the cursor is on, after it was asked for how long", async (t) => {
  const host = { filter: "id:a", name: "name of a" };
  const hour = 3_600_000;
  const mutables = [null, { filter: "alert:cpu", name: "all of cpu" }, { muted: 7 }];
  await check(t, [
    ["a host of the table", "m", { selected: "a" }, { muting: host }],
    ["of its page", "m", { page: "host", selected: "a" }, { muting: host }],
    ["for an hour", "m1", { selected: "a" }, { command: { filter: "id:a", forMs: hour } }],
    ["for a week", "mw", { selected: "a" }, { command: { filter: "id:a", forMs: 168 * hour } }],
    ["not at all", "mx", { selected: "a" }, { notice: "Nothing is muted" }],
    ["nor with Esc", "m" + ESC, { selected: "a" }, { notice: "Nothing is muted" }],
    ["Ctrl-C quits meanwhile", "m\x03", { selected: "a" }, { muting: host, quit: true }],
    ["an id that is no word", "m", { selected: "::1/a" }, {
      muting: { filter: 'id:"::1/a"', name: "name of ::1/a" },
    }],
    ["a group", "m8", { selected: "\0db", group: "role" }, {
      command: { filter: "role:db", forMs: 8 * hour },
    }],
    ["those without a tag are none", "m", { selected: "\0", group: "role" }, {}],
    ["a rule", "md", { page: "alerts", scroll: 1 }, {
      command: { filter: "alert:cpu", forMs: 24 * hour },
    }],
    ["a mute is ended at once", "m", { page: "alerts", scroll: 2 }, { command: { end: 7 } }],
    ["nothing where nothing is", "m", { page: "alerts" }, {}],
    ["nothing without a cursor", "m", {}, {}],
    ["what came of it is read by the next key", "j", { page: "help", notice: "done" }, {
      notice: "",
    }],
  ], { mutables });
});

Deno.test("reduce() picks hosts, and compares them", async (t) => {
  const compare = { page: "compare" } as const;
  const twelve = Array.from({ length: 12 }, (_, n) => `h${n}`);
  await check(t, [
    ["one", "x", { selected: "a" }, { picked: ["a"] }],
    ["another", "jx", { selected: "a", picked: ["a"] }, { selected: "b", picked: ["a", "b"] }],
    ["no more", "x", { selected: "a", picked: ["a", "b"] }, { picked: ["b"] }],
    ["on its page", "x", { page: "host", selected: "a" }, { picked: ["a"] }],
    ["no group", "x", { selected: "\0db" }, {}],
    ["no more than a screen is for", "x", { selected: "a", picked: twelve }, {
      notice: "No more than 12 hosts are compared",
    }],
    ["are compared", "3", {}, compare],
    ["in the next metric", "s", compare, { metric: "memory" }],
    ["in the one before", "sr", compare, {}],
    ["or none is picked", "x", { ...compare, picked: ["a"] }, { picked: [] }],
    ["and back", ESC, compare, { page: "table" }],
  ]);
});

Deno.test("reduce() scrolls a page as far as it is long", async (t) => {
  const cases: readonly Case[] = [
    ["down", "jj", { page: "help" }, { scroll: 2 }],
    ["not above the first line", "k", { page: "help" }, {}],
    ["to the end", "G", { page: "host" }, { scroll: 7 }],
    ["not below the end", PAGE_DOWN, { page: "host", scroll: 6 }, { scroll: 7 }],
    ["back from what was the end of a longer page", "k", { page: "host", scroll: 90 }, {
      scroll: 6,
    }],
  ];
  await check(t, cases, { lines: 10 });
});

Deno.test("visibleTop() keeps the cursor in sight", () => {
  assertEquals(visibleTop(0, 5, 10, 3), 3);
  assertEquals(visibleTop(7, 5, 10, 3), 5);
  assertEquals(visibleTop(4, 5, 10, 3), 4);
  assertEquals(visibleTop(9, -1, 10, 3), 7);
  assertEquals(visibleTop(4, -1, 2, 3), 0);
  assertEquals(visibleTop(0, 0, 1, 0), 0);
});

Deno.test("changesOrder() tells a change of what is shown from a move", () => {
  const moved = { ...FIRST_STATE, selected: "b", top: 3 };
  assertEquals(changesOrder(FIRST_STATE, moved), false);
  assertEquals(changesOrder(FIRST_STATE, { ...moved, filter: "x" }), true);
});

Deno.test("reduce() groups, and opens and folds groups", async (t) => {
  const hosts = ["\0db", "a", "\0web", "\0"];
  await check(t, [
    ["by the first tag", "g", { selected: "a", open: ["x"] }, {
      ...{ group: "role", open: [], selected: null },
    }],
    ["by the next one", "g", { group: "role" }, { group: "site", open: [] }],
    ["by none after the last", "g", { group: "site" }, { group: null, open: [] }],
    ["by the first after one that is gone", "g", { group: "gone" }, { group: "role", open: [] }],
    ["not on a page", "g", { page: "host" }, {}],
    ["open", "\r", { selected: "\0web", open: ["db"] }, { open: ["db", "web"] }],
    ["open the first", "\r", {}, { selected: "\0db", open: ["db"] }],
    ["fold", "\r", { selected: "\0db", open: ["db"] }, { open: [] }],
    ["those without", "\r", { selected: "\0" }, { open: [""] }],
    ["a host is no group", "\r", { selected: "a" }, { page: "host" }],
  ], { hosts });
  await t.step(
    "nothing to group by",
    () => {
      const notice = "No host has a tag; agents take --tag";
      assertEquals(press("g", {}, { tagKeys: [] }), { notice });
    },
  );
});

Deno.test("reduce() chooses columns", async (t) => {
  const page = "columns";
  await check(t, [
    ["shows them", "c", {}, { page }],
    ["goes back", "c", { page }, { page: "table" }],
    ["goes back with Esc", ESC, { page }, { page: "table" }],
    ["moves", "jj" + UP + DOWN + PAGE_DOWN + "j", { page }, { scroll: 2 }],
    ["adds to those that are shown", "j ", { page }, {
      ...{ scroll: 1, columns: ["status", "name", "cpu", "memory"] },
    }],
    ["takes away", "\r", { page, columns: ["cpu", "tags"] }, { columns: ["tags"] }],
    ["as there is room", "d", { page, columns: ["cpu"] }, { columns: null }],
    ["does nothing else", "s/!rgp", { page }, {}],
    ["quits", "q", { page }, { quit: true }],
  ]);
});
