import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { SORT_COLUMNS } from "../../../lib/fleet/query.ts";
import { readQuery, select, SORTS, writeQuery } from "../../../lib/web/page/query.js";
import { STATUSES } from "../../../lib/web/page/status.js";
import { rowOf } from "./rows.ts";

const ALL = { text: "", statuses: [], sort: "name", descending: false };

Deno.test("readQuery() reads what writeQuery() wrote", () => {
  const query = fc.record({
    text: fc.string(),
    statuses: fc.subarray([...STATUSES]),
    sort: fc.constantFrom(...SORTS),
    descending: fc.boolean(),
  }, { noNullPrototype: true });
  fc.assert(fc.property(query, (query) => assertEquals(readQuery(writeQuery(query)), query)));
});

Deno.test("readQuery() leaves at its default what makes no sense", () => {
  assertEquals(readQuery("?sort=__proto__&order=sideways&status=alive,offline&x=1"), {
    ...ALL,
    statuses: ["offline"],
  });
  assertEquals(writeQuery(ALL), "");
});

Deno.test("SORTS are those of the server", () => {
  assertEquals<readonly string[]>(SORTS, SORT_COLUMNS);
});

Deno.test("select() filters by words and by status", async (t) => {
  const rows = [
    rowOf({ id: "1", name: "web-1" }),
    rowOf({ id: "2", name: "Web-2", status: "offline" }),
    rowOf({ id: "3", name: "db-1", address: "198.51.100.9:1" }),
  ];
  const cases: [Partial<typeof ALL> & { statuses?: never[] }, string[]][] = [
    [{}, ["3", "1", "2"]],
    [{ text: "WEB" }, ["1", "2"]],
    [{ text: " 198.51 db" }, ["3"]],
    [{ text: "offline" }, ["2"]],
    [{ text: "web db" }, []],
  ];
  for (const [query, expected] of cases) {
    await t.step(JSON.stringify(query), () => {
      assertEquals(select(rows, { ...ALL, ...query }).map(({ id }) => id), expected);
    });
  }
  assertEquals(select(rows, { ...ALL, statuses: ["offline"] }).map(({ id }) => id), ["2"]);
});

Deno.test("select() sorts the unknown last either way, and ties by name", async (t) => {
  const rows = [
    rowOf({ id: "1", name: "web-10", cpuPercent: 5 }),
    rowOf({ id: "2", name: "web-9", cpuPercent: 5 }),
    rowOf({ id: "3", name: "a", cpuPercent: null }),
    rowOf({ id: "4", name: "z", cpuPercent: 90 }),
  ];
  const cases: [boolean, string[]][] = [[false, ["2", "1", "4", "3"]], [true, [
    "4",
    "2",
    "1",
    "3",
  ]]];
  for (const [descending, expected] of cases) {
    await t.step(descending ? "descending" : "ascending", () => {
      const ids = select(rows, { ...ALL, sort: "cpu", descending }).map(({ id }) => id);
      assertEquals(ids, expected);
    });
  }
});
