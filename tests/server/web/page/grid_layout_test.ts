import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  cellAt,
  cellsOfGroups,
  layoutOf,
  movedTo,
  placeOf,
} from "../../../../lib/server/web/page/grid_layout.js";
import { stepOf } from "../../../../lib/common/troubles.js";

const room = fc.record({
  width: fc.integer({ min: 240, max: 2_600 }),
  height: fc.integer({ min: 200, max: 1_400 }),
  isPhone: fc.boolean(),
  isNamed: fc.boolean(),
});

Deno.test("layoutOf() has a place of its own for each cell, which cellAt() finds again", () => {
  const counts = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(counts, room, (counts, room) => {
      const layout = layoutOf(counts, room);
      const total = counts.reduce((sum, count) => sum + count, 0);
      for (let index = 0; index < total; index++) {
        const [left, top] = placeOf(layout, index)!;
        assert(left >= 0 && left + layout.size <= room.width && top + layout.size <= layout.height);
        assertEquals(cellAt(layout, left + 1, top + 1), index);
        assertEquals(cellAt(layout, left + layout.size - 1, top + layout.size - 1), index);
      }
      assertEquals(placeOf(layout, total), null);
      assertEquals(cellAt(layout, -5, -5), -1);
      layout.blocks.forEach(({ nameTop, nameHeight }, n) =>
        assert(nameTop + nameHeight < (layout.blocks[n + 1]?.nameTop ?? Infinity))
      );
    }),
    { numRuns: 30 },
  );
});

Deno.test("layoutOf() fits 10,000 hosts in 10 groups into a window, in cells of 7 pixels or more", () => {
  const room = { width: 1_408, height: 780, isPhone: false, isNamed: true };
  const layout = layoutOf(Array(10).fill(1_000), room);
  assert(layout.height <= room.height && layout.size >= 7, `${layout.size} px`);
  assertEquals(layoutOf([30], room).size, 36);
  assertEquals(layoutOf([30], { ...room, width: 2_528 }).size, 56);
  assertEquals(layoutOf([3], { ...room, largest: 120 }).size, 120);
});

Deno.test("movedTo() reaches every cell by arrows, and leaves none of its groups out", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 6 }), (counts) => {
    const layout = layoutOf(counts, { width: 400, height: 300, isPhone: false, isNamed: true });
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total === 0) return assertEquals(movedTo(layout, -1, "ArrowDown"), null);
    assertEquals(movedTo(layout, -1, "ArrowDown"), 0);
    assertEquals([movedTo(layout, 3, "Home"), movedTo(layout, 3, "End")], [0, total - 1]);
    // Down to the last line, and up again to the first.
    for (const [key, from] of [["ArrowDown", 0], ["ArrowUp", total - 1]] as [string, number][]) {
      const lines = new Set<number>();
      let [at, before] = [from, -1];
      while (at !== before) {
        lines.add(placeOf(layout, at)![1]);
        before = at;
        at = movedTo(layout, at, key)!;
        assert(at >= 0 && at < total);
      }
      const all = Array.from({ length: total }, (_, index) => placeOf(layout, index)![1]);
      assertEquals(lines.size, new Set(all).size);
    }
  }));
  const layout = layoutOf([5], { width: 400, height: 300, isPhone: false, isNamed: false });
  assertEquals(["ArrowRight", "l", "ArrowLeft", "x"].map((key) => movedTo(layout, 0, key)), [
    ...[1, 1, 0],
    null,
  ]);
});

Deno.test("stepOf() has a step of heat for each share, as it is shown", () => {
  assertEquals([0, 14, 15, 59, 60, 69, 70, 89, 90, 100].map(stepOf), [
    ...[0, 0, 1, 3, 4, 4, 5, 5, 6, 6],
  ]);
});

Deno.test("cellsOfGroups() gives each group the cells that stand for its hosts", () => {
  const groups = [{ hosts: 5 }, { hosts: 0 }, { hosts: 2 }, { hosts: 3 }];
  assertEquals(cellsOfGroups(groups, Array(10).fill(1)), [5, 0, 2, 3]);
  // Of several views, each of which has a last cell of its own.
  assertEquals(cellsOfGroups(groups, [2, 1, 2, 1, 1, 2, 1]), [3, 0, 2, 2]);
  assertEquals(cellsOfGroups(groups, []), [0, 0, 0, 0]);
});
