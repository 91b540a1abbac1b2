import { assertEquals } from "@std/assert";
import { KnownRows, Selection } from "../../../../lib/server/web/page/selection.js";
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
