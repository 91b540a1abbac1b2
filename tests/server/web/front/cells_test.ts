/** The cells of a front are those of one view of all; and where there are too many for that, each host is in one. */
import fc from "fast-check";
import { assert, assertEquals } from "@std/assert";
import { SORT_COLUMNS } from "../../../../lib/common/columns.ts";
import { MAX_CELLS } from "../../../../lib/common/limits.js";
import { EventReader } from "../fakes.ts";
import { FakeView, frontOf, hostOf, worldsOf } from "./fronts.ts";

/** The first event of cells of a stream. */
async function cellsIn(response: Response) {
  const reader = new EventReader(response);
  const { event, data } = (await reader.next())!;
  await reader.close();
  assertEquals(event, "cells");
  // deno-lint-ignore no-explicit-any
  const groups = data.groups?.map(({ worst: _, together: __, ...group }: any) => group);
  const { totals: { missing: _, ...totals }, ...cells } = data;
  return { ...cells, totals, ...groups && { groups } };
}

const QUERY = fc.record({
  cells: fc.constantFrom("cpu", "memory", "volume"),
  sort: fc.constantFrom(...SORT_COLUMNS, null),
  order: fc.constantFrom("asc", "desc"),
  q: fc.constantFrom(null, "web", "cpu>50", "nothing"),
  group: fc.constantFrom(null, "role", "site"),
});

Deno.test("the cells of a front of two views are those of one view of all", async () => {
  const { whole, front } = worldsOf(600);
  await fc.assert(
    fc.asyncProperty(QUERY, async (query) => {
      const given = Object.entries(query).filter(([, value]) => value !== null);
      const path = `/api/stream?${new URLSearchParams(given as [string, string][])}`;
      const told = await cellsIn(await front.get(path));
      assertEquals(told, await cellsIn(await whole.get(path)), path);
    }),
    { numRuns: 40 },
  );
});

Deno.test("a front tells cells once a second, and hosts only where they are others", async () => {
  const { worlds: [a], front } = worldsOf(20);
  const reader = new EventReader(await front.get("/api/stream?cells=cpu&sort=name"));
  const first = (await reader.next())!.data;
  const next = async () => {
    await front.clock.pass(1_000);
    for (;;) {
      const read = await Promise.race([reader.next(), front.clock.pass(500).then(() => undefined)]);
      if (read) return read.data;
    }
  };
  assertEquals([first.ids.length, first.sizes], [20, Array(20).fill(1)]);
  assertEquals((await next()).ids, null);
  a!.send({ ...hostOf(3), id: "new", host: "new", cpu: { mean: 77, cores: [] } });
  let more = await next();
  while (more.ids === null) more = await next();
  assertEquals([more.ids.length, more.values[more.ids.indexOf("new")]], [21, 77]);
  await reader.close();
});

Deno.test("every host is in one cell of a front that has more hosts than cells", async () => {
  const views = [new FakeView(), new FakeView()];
  for (const [at, count] of [[0, 9_001], [1, 4_000]] as const) {
    for (let n = 0; n < count; n++) {
      const name = `${at}-${String(n).padStart(5, "0")}`;
      const cpu = { mean: name === "1-02001" ? 99 : 1, cores: [] };
      views[at]!.world.send({ id: name, host: name, cpu, tags: { at: `${n % 3}` } });
    }
  }
  const front = frontOf(views);
  for (const group of ["", "&group=at"]) {
    const told = await cellsIn(await front.get(`/api/stream?cells=cpu&sort=name${group}`));
    const sizes: number[] = told.sizes;
    assert(sizes.length <= MAX_CELLS);
    assertEquals([told.hostsPerCell, sizes.reduce((a, b) => a + b, 0)], [2, 13_001]);
    assertEquals(told.values.filter((value: number) => value === 99).length, 1);
  }
});
