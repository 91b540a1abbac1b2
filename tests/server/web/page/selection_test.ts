import { assertEquals } from "@std/assert";
import {
  type GroupLine,
  KnownRows,
  Selection,
  targetOf,
} from "../../../../lib/server/web/page/selection.js";
import { rowOf } from "./rows.ts";

const rowsAt = (offset: number, ...ids: string[]) =>
  new KnownRows(ids.map((id) => rowOf({ id })), offset, 1_000);

Deno.test("KnownRows knows the rows of its part, by their place among all", () => {
  const rows = rowsAt(10, "a", "b");
  assertEquals([rows.at(9), rows.at(11)?.id, rows.at(12)], [undefined, "b", undefined]);
  assertEquals([rows.indexOf("b"), rows.indexOf("c"), rows.length], [11, -1, 1_000]);
});

Deno.test("Selection stays with its host as the rows trade places", () => {
  const selection = new Selection();
  selection.choose(11, rowsAt(10, "a", "b", "c"));
  assertEquals(selection.settle(rowsAt(10, "b", "a", "c"), false), -1);
  assertEquals([selection.id, selection.index], ["b", 10]);
  assertEquals(selection.settle(rowsAt(50, "x"), false), null);
  assertEquals([selection.id, selection.index], ["b", 10]);
  assertEquals(selection.settle(rowsAt(5, "x", "b"), false), -4);
});

Deno.test("Selection waits for a row that is not known yet", () => {
  const selection = new Selection();
  selection.choose(999, rowsAt(0, "a"));
  assertEquals([selection.id, selection.index], [null, 999]);
  assertEquals(selection.settle(rowsAt(0, "a"), false), null);
  selection.settle(rowsAt(998, "y", "z"), false);
  assertEquals([selection.id, selection.index], ["z", 999]);
});

Deno.test("Selection is nowhere among the answers to another question that leave it out", () => {
  const selection = new Selection();
  selection.choose(0, rowsAt(0, "a", "b"));
  assertEquals(selection.settle(rowsAt(0, "b", "c"), true), null);
  assertEquals([selection.id, selection.index], ["a", -1]);
  assertEquals(selection.settle(rowsAt(0, "b", "a"), true), 2);
  selection.choose(70, rowsAt(0, "a"));
  selection.settle(rowsAt(0, "b", "a"), true);
  assertEquals([selection.id, selection.index], [null, -1]);
});

const group = (value: string, hosts: number, open: boolean) => ({
  ...{ value, hosts, open, worst: null, together: {}, alerts: { critical: 0, warning: 0 } },
  byStatus: { live: hosts, stale: 0, offline: 0, left: 0 },
});

Deno.test("KnownRows puts the line of each group before its rows", () => {
  const groups = [
    group("a", 5, false),
    group("b", 2, true),
    group("c", 9, false),
    group("", 3, true),
  ];
  // Of five rows in all, those from the second on are known.
  const rows = new KnownRows(["b2", "x1", "x2"].map((id) => rowOf({ id })), 1, 0, {
    tag: "role",
    groups,
  });
  assertEquals([rows.rowCount, rows.length], [5, 9]);
  const lines = ["\0a", "\0b", undefined, "b2", "\0c", "\0", "x1", "x2", undefined];
  assertEquals(Array.from({ length: 10 }, (_, at) => rows.at(at)?.id), [...lines, undefined]);
  lines.forEach((id, at) => id !== undefined && assertEquals(rows.indexOf(id), at));
  assertEquals([rows.indexOf("x3"), rows.indexOf("\0z")], [-1, -1]);
  const firsts = lines.map((_, first) => rows.rowsIn({ first, count: 3 }).first);
  assertEquals(firsts, [0, 0, 0, 1, 2, 2, 2, 3, 4]);
});

Deno.test("Selection goes back to its host, where that is now or was", () => {
  const selection = new Selection();
  selection.choose(11, rowsAt(10, "a", "b", "c"));
  const place = selection.placeAmong(rowsAt(10, "a", "b", "c"));
  assertEquals(place, { id: "b", index: 11, row: 11 });
  const other = new Selection();
  other.goBack(place, rowsAt(10, "b", "a"));
  assertEquals([other.id, other.index], ["b", 10]);
  other.goBack(place, rowsAt(50, "x"));
  assertEquals([other.id, other.index], ["b", 11]);
  other.goBack({ id: null, index: 3 }, rowsAt(0, "a"));
  assertEquals([other.id, other.index], [null, -1]);
});

Deno.test("Selection.placeAmong() leaves out the lines of groups", () => {
  const rows = new KnownRows([rowOf({ id: "x" })], 0, 0, {
    tag: "role",
    groups: [group("a", 5, false), group("b", 1, true)],
  });
  const selection = new Selection();
  selection.choose(2, rows);
  assertEquals(selection.placeAmong(rows), { id: "x", index: 2, row: 0 });
  selection.choose(1, rows);
  assertEquals(selection.placeAmong(rows).row, -1);
});

Deno.test("targetOf() leads to a line that there is, or to none", () => {
  const from = { index: 5, page: 20, last: 9 };
  const cases = { j: 6, k: 4, " ": 9, PageUp: 0, Home: 0, G: 9, End: 9, q: -1, toString: -1 };
  for (const [key, line] of Object.entries(cases)) assertEquals(targetOf(key, from), line, key);
  assertEquals(targetOf("j", { index: -1, page: 20, last: -1 }), -1);
});

Deno.test("KnownRows lists of folded groups what is unusual, and how many more there are", () => {
  const groups = [
    { ...group("a", 9, false), listed: 2, unusual: 3 },
    { ...group("b", 1, true), listed: 1, unusual: 0 },
    { ...group("c", 4, false), listed: 0, unusual: 0 },
    { ...group("d", 1, false), listed: 1, unusual: 1 },
  ];
  const rows = new KnownRows(["a1", "a2", "b1", "d1"].map((id) => rowOf({ id })), 0, 0, {
    tag: "role",
    groups,
  });
  const lines = ["\0a", "a1", "a2", "\0\0a", "\0b", "b1", "\0c", "\0d", "d1"];
  assertEquals([rows.rowCount, rows.length], [4, lines.length]);
  assertEquals(Array.from({ length: 10 }, (_, at) => rows.at(at)?.id), [...lines, undefined]);
  lines.forEach((id, at) => assertEquals(rows.indexOf(id), at));
  assertEquals((rows.at(3) as GroupLine).rest, { rest: 7, unusual: 1 });
  const firsts = lines.map((_, first) => rows.rowsIn({ first, count: 3 }).first);
  assertEquals(firsts, [0, 0, 1, 2, 2, 2, 3, 3, 3]);
});
