import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { rowOrder } from "../../lib/fleet/query.ts";
import { sortInTurns } from "../../lib/web/sort.ts";
import { row } from "../terminal/samples.ts";

Deno.test("sortInTurns() sorts as sorting at once does", async () => {
  const order = rowOrder("cpu", true);
  const means = fc.array(fc.option(fc.nat(20)), { maxLength: 2_000, size: "max" });
  await fc.assert(
    fc.asyncProperty(means, async (list) => {
      const rows = list.map((cpuPercent, n) => row(`h${n % 50}`, { cpuPercent, key: String(n) }));
      const sorted = await sortInTurns(rows, order, () => Promise.resolve());
      assertEquals(sorted.map(({ key }) => key), rows.toSorted(order).map(({ key }) => key));
    }),
    { numRuns: 20 },
  );
});

Deno.test("sortInTurns() pauses, and leaves what it was given as it was", async () => {
  const rows = Array.from({ length: 5_000 }, (_, n) => row(`h${(n * 7_919) % 5_000}`));
  const before = [...rows];
  const order = rowOrder("name", false);
  let comparisons = 0;
  let most = 0;
  const counting = (...[a, b]: Parameters<typeof order>) => {
    most = Math.max(most, ++comparisons);
    return order(a, b);
  };
  const pause = () => {
    comparisons = 0;
    return Promise.resolve();
  };
  const sorted = await sortInTurns(rows, counting, pause);
  assertEquals(sorted.map(({ name }) => name), rows.toSorted(order).map(({ name }) => name));
  assertEquals(rows, before);
  assert(most <= 3_000, `${most} comparisons in one turn`);
});
