import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Column } from "../../../../lib/server/web/prometheus/column.ts";

Deno.test("Column keeps numbers in their order, and NaN for what is not known", () => {
  const column = new Column();
  for (let n = 0; n < 10_000; n++) column.push(n % 3 === 0 ? null : n);
  column.push(undefined);
  assertEquals(column.length, 10_001);
  assertEquals([0, 1, 4_096, 9_998, 10_000].map((at) => column.at(at)), [
    NaN,
    1,
    4_096,
    9_998,
    NaN,
  ]);
});

Deno.test("Column keeps every number as it is, however its neighbours are", () => {
  const numbers = fc.oneof(
    fc.nat(300),
    fc.nat(70_000),
    fc.integer({ min: -3, max: 2 ** 33 }),
    fc.nat(100_000).map((n) => n / 100_000),
    fc.double(),
    fc.constantFrom(254, 255, 256, 65_534, 65_535, 2 ** 32 - 2, 2 ** 32 - 1, 42_949.67295),
  );
  fc.assert(fc.property(fc.array(numbers, { maxLength: 40 }), (values) => {
    const column = new Column();
    for (const value of values) column.push(value);
    // What is written of 0 and −0 is the same.
    assertEquals(values.map((_, at) => column.at(at) + 0), values.map((value) => value + 0));
    column.clear();
    assertEquals(column.length, 0);
  }));
});

Deno.test("Column.fillTo() adds what is not known, and nothing where there is enough", () => {
  const column = new Column();
  column.push(7);
  column.fillTo(3);
  column.fillTo(2);
  column.push(8);
  assertEquals([0, 1, 2, 3, 4].map((at) => column.at(at)), [7, NaN, NaN, 8, NaN]);
});
