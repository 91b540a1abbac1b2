import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { floats, NONE, Rows, texts } from "../../../../lib/server/alerts/engine/rows.ts";
import { ToldRows } from "../../../../lib/server/alerts/engine/told.ts";

/** Rows with a column of their own. */
class Numbered extends Rows {
  readonly number = floats();

  add(place: number, number: number): number {
    const row = this.takeRow();
    this.move(row, place);
    this.number.set(row, number);
    return row;
  }

  put(row: number, place: number): void {
    this.move(row, place);
  }

  end(row: number): void {
    this.freeRow(row);
  }
}

const PLACES = 60;
const step = fc.record({ place: fc.nat(PLACES - 1), to: fc.nat(PLACES - 1), what: fc.nat(3) });

Deno.test("Rows are found by their places, and those that are free are used before new ones", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 300, size: "max" }), (steps) => {
    const rows = new Numbered();
    const model = new Map<number, number>();
    let most = 0;
    for (const [n, { place, to, what }] of steps.entries()) {
      const row = rows.rowOf(place);
      if (!model.has(place)) {
        rows.add(place, n);
        model.set(place, n);
      } else if (what === 0) {
        rows.end(row);
        model.delete(place);
      } else if (!model.has(to)) {
        rows.put(row, to);
        model.set(to, model.get(place)!);
        model.delete(place);
      }
      most = Math.max(most, model.size);
      assertEquals(rows.rows, most);
    }
    for (let place = 0; place < PLACES; place++) {
      const row = rows.rowOf(place);
      assertEquals(row === NONE ? undefined : rows.number.get(row), model.get(place));
      if (row !== NONE) assertEquals(rows.place.get(row), place);
    }
  }));
});

Deno.test("A column keeps what it has while it grows, and a copy what it had", () => {
  const [numbers, names] = [floats(), texts()];
  numbers.set(2_000, 1);
  assertEquals([numbers.get(0), numbers.get(1_999), numbers.get(2_000)], [0, 0, 1]);
  for (let row = 0; row < 5_000; row++) {
    numbers.set(row, row);
    names.set(row, `host ${row}`);
  }
  const before = [numbers.copy(), names.copy()] as const;
  for (let row = 0; row < 5_000; row++) {
    assertEquals([numbers.get(row), names.get(row)], [row, `host ${row}`]);
    numbers.set(row, -1);
    names.set(row, "");
  }
  for (let row = 0; row < 5_000; row++) {
    assertEquals([before[0].get(row), before[1].get(row)], [row, `host ${row}`]);
  }
});

Deno.test("ToldRows.findTold() counts all, and gives so many at the most", () => {
  const rows = new ToldRows({ id: "busy" });
  for (const key of ["a", "b", "c", "d"]) rows.add(key);
  for (const [most, first] of [[0, []], [2, [1, 2]], [3, [1, 2, 3]], [9, [1, 2, 3]]] as const) {
    assertEquals(rows.findTold((row) => row !== 0, most).next().value, {
      first: [...first],
      count: 3,
    });
  }
});
