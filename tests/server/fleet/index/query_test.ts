import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { METRICS } from "../../../../lib/catalogue.ts";
import { SORT_COLUMNS, type SortColumn } from "../../../../lib/common/columns.ts";
import { filterRows, sortRows } from "../../../../lib/server/fleet/index/query.ts";
import { Fleet } from "../../../../lib/server/fleet/fleet.ts";
import { jsonOf } from "../../../messages.ts";
import type { HostRow } from "../../../../lib/server/fleet/host/row.ts";
import { unknownRow } from "../../views/terminal/samples.ts";

const row = (name: string, changes: Partial<HostRow> = {}) =>
  unknownRow(name, { key: name, ...changes });
const namesOf = (rows: readonly HostRow[]) => rows.map(({ name }) => name);

Deno.test("sortRows() sorts names as people do", () => {
  const rows = ["web-10", "web-2", "Web-1", "db", "web-02", "émile", "zoo"].map((name) =>
    row(name)
  );
  const names = namesOf(sortRows(rows, "name", false));
  assertEquals(names, ["db", "émile", "Web-1", "web-02", "web-2", "web-10", "zoo"]);
});

Deno.test("sortRows() sorts addresses by their numbers", () => {
  const rows = ["192.0.2.10:1", "192.0.2.9:5", "10.0.0.1:9"].map((address) =>
    row(address, { address })
  );
  assertEquals(namesOf(sortRows(rows, "address", false)), [
    "10.0.0.1:9",
    "192.0.2.9:5",
    "192.0.2.10:1",
  ]);
});

Deno.test("sortRows() puts the unknown last, either way", () => {
  const rows = [
    row("none-b"),
    row("low", { cpuPercent: 1 }),
    row("none-a"),
    row("zero", { cpuPercent: 0 }),
    row("high", { cpuPercent: 99 }),
  ];
  assertEquals(namesOf(sortRows(rows, "cpu", false)), ["zero", "low", "high", "none-a", "none-b"]);
  assertEquals(namesOf(sortRows(rows, "cpu", true)), ["high", "low", "zero", "none-a", "none-b"]);
});

Deno.test("sortRows() sorts status from best to worst, and equals by name and key", () => {
  const rows = [
    row("d", { status: "offline" }),
    row("c", { status: "stale" }),
    row("b", { status: "left" }),
    row("a", { key: "2" }),
    row("a", { key: "1" }),
  ];
  const sorted = sortRows(rows, "status", false);
  assertEquals(sorted.map(({ key }) => key), ["1", "2", "b", "c", "d"]);
});

Deno.test("sortRows() sorts by every column", async (t) => {
  const fields: Partial<Record<SortColumn, [Partial<HostRow>, Partial<HostRow>]>> = {
    status: [{ status: "live" }, { status: "left" }],
    name: [{ name: "a" }, { name: "b" }],
    address: [{ address: "192.0.2.1:1" }, { address: "192.0.2.2:1" }],
    age: [{ ageMs: 1 }, { ageMs: 2 }],
    ...Object.fromEntries(
      METRICS.filter(({ sort }) => sort !== undefined)
        .map(({ id, field }) => [id, [{ [field!]: 1 }, { [field!]: 2 }]]),
    ) as unknown as Record<"cpu", [Partial<HostRow>, Partial<HostRow>]>,
    datagramsLost: [{ datagramsLost: 1 }, { datagramsLost: 2 }],
  };
  assertEquals(Object.keys(fields), [...SORT_COLUMNS]);
  for (const column of SORT_COLUMNS) {
    await t.step(column, () => {
      const [less, more] = fields[column]!.map((changes, n) =>
        row(`${n}`, { key: `${n}`, ...changes })
      );
      assertEquals(sortRows([more!, less!], column, false), [less, more]);
      assertEquals(sortRows([less!, more!], column, true), [more, less]);
    });
  }
});

Deno.test("sortRows() is the same whatever the order before, and changes no row", () => {
  const rows = fc.uniqueArray(
    fc.record({
      key: fc.string({ maxLength: 4 }),
      name: fc.constantFrom("web-1", "web-2", "web-10", "WEB-1"),
      cpuPercent: fc.option(fc.nat(3)),
    }),
    { selector: ({ key }) => key },
  ).map((list) => list.map(({ name, ...changes }) => row(name, changes)));
  fc.assert(
    fc.property(rows, fc.boolean(), (rows, descending) => {
      const before = [...rows];
      const sorted = sortRows(rows, "cpu", descending);
      assertEquals(sortRows(rows.toReversed(), "cpu", descending), sorted);
      assertEquals(rows, before);
    }),
    { numRuns: 200 },
  );
});

Deno.test("filterRows() keeps the rows that hold every word", async (t) => {
  const rows = [
    row("web-01", { address: "192.0.2.7:40000", key: "Kx9dbQ27", cpuPercent: 80, ageMs: 2_000 }),
    row("DB-01", {
      ...{ address: "192.0.2.8:40000", status: "stale", tags: { role: "DB", site: "New York" } },
      ...{ cpuPercent: 80.1, ageMs: 20_000, readBytesPerSecond: 11 * 2 ** 20, load1: 0.4 },
    }),
    row("db-02", {
      ...{ address: "[2001:db8::1]:40000", status: "offline", tags: { role: "" } },
      ...{ cpuPercent: null, ageMs: 60_000, datagramsLost: 3 },
    }),
  ];
  const cases: [string, string[]][] = [
    ["", ["web-01", "DB-01", "db-02"]],
    ["  ", ["web-01", "DB-01", "db-02"]],
    ["db", ["DB-01", "db-02"]],
    ["WEB", ["web-01"]],
    ["db stale", ["DB-01"]],
    ["stale  01", ["DB-01"]],
    ["192.0.2.8", ["DB-01"]],
    ["kx9dbQ", ["web-01"]],
    ["kx9", []],
    ["kx9dbq27", ["web-01"]],
    ["2001:db8", ["db-02"]],
    ["db-01 web", []],
    [".*", []],
    ["role:db", ["DB-01"]],
    ["role=db", ["DB-01"]],
    ["role:", ["DB-01", "db-02"]],
    ["rol:db", []],
    ["role:d", []],
    ['site:"new york"', ["DB-01"]],
    ["toString:", []],
    ["192.0.2.8:40000", ["DB-01"]],
    ["cpu>80", ["DB-01"]],
    ["cpu>=80", ["web-01", "DB-01"]],
    ["cpu!=80", ["DB-01"]],
    ["cpu<1000", ["web-01", "DB-01"]],
    ["read>10M role:db stale", ["DB-01"]],
    ["load1<0.5", ["DB-01"]],
    ["lost>0", ["db-02"]],
    ["age>10s", ["DB-01", "db-02"]],
    ["foo>1 web", ["web-01"]],
  ];
  for (const [text, expected] of cases) {
    await t.step(
      JSON.stringify(text),
      () => assertEquals(namesOf(filterRows(rows, text)), expected),
    );
  }
});

Deno.test("orderHosts() is the order of filterRows() and sortRows(), by every column", () => {
  const names = fc.constantFrom("web-1", "web-10", "Web-2", "db", "cache-07");
  const host = fc.record({
    name: names,
    address: fc.constantFrom("192.0.2.9", "192.0.2.10", "10.0.0.1"),
    cpu: fc.option(fc.integer({ min: 0, max: 4 })),
    silentMs: fc.constantFrom(0, 5_000, 60_000),
    tags: fc.constantFrom({}, { role: "db" }, { role: "web", site: "fra" }),
  });
  const query = fc.record({
    text: fc.constantFrom(
      ...[
        "",
        "web",
        "192.0.2 live",
        "OFFLINE",
        "h-3",
        "h-",
        "role:db",
        "role: live",
        "site:fra web",
      ],
      ...["cpu>1", "cpu<=2 role:db", "cpu!=1", "age>3", "age<=5s", "lost=0", "load1>1", "foo>1"],
    ),
    sort: fc.constantFrom(...SORT_COLUMNS),
    descending: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(host, { maxLength: 30 }), query, (hosts, { text, sort, descending }) => {
      const nowMs = 1_000_000;
      const fleet = new Fleet({ maxHosts: 100, historyMs: 60_000, nowMs: 0 });
      hosts.forEach(({ name, address, cpu, silentMs, tags }, n) => {
        const head = { v: 1, id: `h-${n}`, host: name, interval: 1_000, tags };
        const message = { ...head, cpu: { mean: cpu } };
        fleet.receive(jsonOf(message), { hostname: address, port: 1 }, nowMs - silentMs);
      });
      while (fleet.sortIncrementally(sort));
      const order = fleet.order({ text, statuses: null, sort, descending }, nowMs);
      const expected = sortRows(filterRows(fleet.rows(nowMs), text), sort, descending);
      const keys = fleet.hostsAt(order.slice(0, order.length)).map(({ key }) => key);
      assertEquals(keys, expected.map(({ key }) => key));
    }),
    { numRuns: 500 },
  );
});
