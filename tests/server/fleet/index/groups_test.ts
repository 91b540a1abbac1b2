import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Fleet } from "../../../../lib/server/fleet/fleet.ts";
import { groupHosts, numberTexts } from "../../../../lib/server/fleet/index/groups.ts";
import { groupRows, sortRows } from "../../../../lib/server/fleet/index/query.ts";
import type { HostRow } from "../../../../lib/server/fleet/host/row.ts";
import { jsonOf } from "../../../messages.ts";
import { unknownRow } from "../../views/terminal/samples.ts";

const NOW_MS = 1_000_000;

Deno.test("groupRows() counts each group, the troubled first, those without the tag last", () => {
  const of = (name: string, role: string, changes: Partial<HostRow> = {}) =>
    unknownRow(name, { key: name, ...(role && { tags: { role } }), ...changes });
  const rows = [
    of("a", "web-10", { cpuPercent: 90, memoryPercent: 80 }),
    of("b", "web-10", { cpuPercent: 10, memoryPercent: 95, load1: 3 }),
    of("c", "web-9", { status: "left", cpuPercent: 100 }),
    of("d", "", { status: "live" }),
    of("e", "zoo", { status: "stale", volumePercent: 4 }),
    of("f", "zoo", { status: "offline", volumePercent: 99, load1: 99 }),
  ];
  const short = (sort: "name" | "load1") =>
    groupRows(rows, "role", sort).map(({ value, hosts, byStatus, worst }) => [
      value,
      hosts,
      Object.values(byStatus).join(""),
      worst && `${worst.metric} ${worst.value} ${worst.host.name}`,
    ]);
  assertEquals(short("name"), [
    ["zoo", 2, "0110", "volume 4 e"],
    ["web-9", 1, "0001", null],
    ["web-10", 2, "2000", "memory 95 b"],
    ["", 1, "1000", null],
  ]);
  assertEquals(short("load1").map(([value, , , worst]) => [value, worst]), [
    ["zoo", null],
    ["web-9", null],
    ["web-10", "load1 3 b"],
    ["", null],
  ]);
});

Deno.test("groupRows() puts numbers together: means of shares, sums of rates, the highest of what is full", () => {
  const of = (name: string, changes: Partial<HostRow>) =>
    unknownRow(name, { key: name, tags: { role: "db" }, status: "live", ...changes });
  const [group] = groupRows(
    [
      of("a", { cpuPercent: 10, receiveBytesPerSecond: 5, volumePercent: 40, datagramsLost: 2 }),
      of("b", { cpuPercent: 31, receiveBytesPerSecond: 6, volumePercent: 60 }),
      of("c", { status: "offline", cpuPercent: 100, receiveBytesPerSecond: 9, volumePercent: 99 }),
      of("d", { load1: 3 }),
    ],
    "role",
    "name",
  );
  const together = [...group!.together].map(([metric, { value, host }]) =>
    [metric, value, host?.name ?? null].join(" ").trim()
  );
  assertEquals(together, ["cpu 20.5", "volume 60 b", "receive 11", "datagramsLost 2"]);
});

Deno.test("groupHosts() reads the numbers of those groups alone of which they are asked", () => {
  const read = new Set<string>();
  const groups = groupHosts(["db-1", "web-1", "db-2"], {
    values: ["nobody", "web", "db"],
    placeOf: (host) => host.startsWith("db") ? 2 : 1,
    statusOf: () => "live",
    numberOf: () => (host) => Number(read.add(host) && host.slice(-1)),
  }, "cpu");
  assertEquals(groups.map(({ value, hosts }) => [value, hosts]), [["db", 2], ["web", 1]]);
  assertEquals([...read], []);
  const [db] = groups;
  assertEquals([db!.together.get("cpu")!.value, db!.worst?.host], [1.5, "db-2"]);
  assertEquals([...read], ["db-1", "db-2"]);
});

Deno.test("numberTexts() numbers each text once", () => {
  assertEquals(numberTexts(["b", "", "a", "b", ""]), {
    values: ["b", "", "a"],
    places: [0, 1, 2, 0, 1],
  });
});

Deno.test("orderHosts() groups as groupRows() does, and lists the hosts of those that are open", () => {
  const host = fc.record({
    role: fc.constantFrom("", "db", "web", "__proto__"),
    cpu: fc.option(fc.integer({ min: 0, max: 4 })),
    silentMs: fc.constantFrom(0, 5_000, 60_000),
  });
  const query = fc.record({
    text: fc.constantFrom("", "role:db", "cpu>1"),
    sort: fc.constantFrom("name", "cpu", "age"),
    descending: fc.boolean(),
    open: fc.option(fc.subarray(["", "db", "web", "nobody"])),
  });
  fc.assert(
    fc.property(fc.array(host, { maxLength: 20 }), query, (hosts, query) => {
      const fleet = new Fleet({ maxHosts: 100, historyMs: 60_000, nowMs: 0 });
      hosts.forEach(({ role, cpu, silentMs }, n) => {
        const head = { v: 1, id: `h-${n}`, host: `h-${n}`, interval: 1_000 };
        const tags = role === "" ? {} : { tags: { role } };
        const message = { ...head, ...tags, cpu: { mean: cpu } };
        fleet.receive(jsonOf(message), { hostname: "::1", port: 1 }, NOW_MS - silentMs);
      });
      while (fleet.sortIncrementally(null));
      const { sort, descending, text, open } = query;
      const order = fleet.order({ ...query, statuses: null, group: "role" }, NOW_MS);
      const all = fleet.order({ text, statuses: null, sort, descending }, NOW_MS);
      const kept = new Set(fleet.hostsAt(all.slice(0, all.length)).map(({ key }) => key));
      const rows = fleet.rows(NOW_MS).filter(({ key }) => kept.has(key));
      const groups = groupRows(rows, "role", sort);
      const short = ({ value, hosts, byStatus }: typeof groups[number]) => ({
        value,
        hosts,
        byStatus,
      });
      assertEquals(order.groups!.map((group) => short(group as never)), groups.map(short));
      const listed = groups.filter(({ value }) => open?.includes(value) ?? true)
        .flatMap(({ members }) => sortRows(members, sort, descending).map(({ key }) => key));
      const slots = [...order.slice(0, order.length)];
      assertEquals(fleet.hostsAt(Uint32Array.from(slots)).map(({ key }) => key), listed);
      slots.forEach((slot, at) => assertEquals(order.indexOf(slot), at));
      assertEquals([...order.slice(1, 2)], slots.slice(1, 3));
      assertEquals([order.matched, order.length], [rows.length, listed.length]);
      assertEquals([...order.slice(slots.length + 1, 2)], []);
    }),
    { numRuns: 300 },
  );
});
