import { assertEquals } from "@std/assert";
import { Fleet } from "../../../../../lib/server/fleet/fleet.ts";
import fc from "fast-check";
import { queue, row } from "../samples.ts";
import { groupOfKey } from "../../../../../lib/server/views/terminal/state/grouped.ts";
import {
  hostDetail,
  hostsOfFleet,
  hostsOfRows,
  messageReader,
  readCompared,
} from "../../../../../lib/server/views/terminal/state/hosts.ts";
import { jsonOf } from "../../../../messages.ts";

const NOW_MS = 1_000_000;

function fleetOf(names: readonly string[]): Fleet {
  const fleet = new Fleet({ maxHosts: 100, historyMs: 60_000, nowMs: NOW_MS });
  for (const host of names) {
    fleet.receive(jsonOf({ v: 1, id: `id-${host}`, host }), { hostname: "::1", port: 1 }, NOW_MS);
  }
  return fleet;
}

Deno.test("hostsOfFleet() and hostsOfRows() show the same hosts in the same order", () => {
  const fleet = fleetOf(["web-10", "db", "web-2", "cache"]);
  for (const hosts of [hostsOfFleet(fleet, NOW_MS), hostsOfRows(fleet.rows(NOW_MS))]) {
    assertEquals(hosts.size, 4);
    const { keys, rows } = hosts.order({ ...NO_GROUP, filter: "web", descending: true }, []);
    assertEquals([keys.length, keys.at(0), keys.at(1)], [2, "id-web-10", "id-web-2"]);
    assertEquals([keys.at(2), keys.indexOf("id-web-2")], [undefined, 1]);
    assertEquals([keys.indexOf("id-db"), keys.indexOf("nobody")], [-1, -1]);
    assertEquals(rows(1, 5).map(({ key }) => key), ["id-web-2"]);
  }
});

Deno.test("hostsOfFleet() puts new names where they belong", () => {
  const { rows } = hostsOfFleet(fleetOf(["db", "web", "cache"]), NOW_MS).order(NO_GROUP, []);
  assertEquals(rows(0, 3).map(({ key }) => key), ["id-cache", "id-db", "id-web"]);
});

const NO_GROUP = { filter: "", sort: "name", descending: false, group: null, open: [] } as const;

Deno.test("the lines of groups stand before their hosts, of a fleet and of rows", () => {
  const roles = fc.array(fc.constantFrom("", "db", "web", "api"), { maxLength: 12 });
  const open = fc.subarray(["", "db", "web", "nobody"]);
  fc.assert(fc.property(roles, open, fc.boolean(), (roles, open, descending) => {
    const all = roles.map((role, n) => row(`h-${n}`, { key: `k${n}`, tags: role ? { role } : {} }));
    const { keys, rows, matched } = hostsOfRows(all)
      .order({ ...NO_GROUP, group: "role", open, descending }, []);
    const lines = rows(0, 100);
    const expected = (["api", "db", "web", ""] as const).filter((role) => roles.includes(role))
      .flatMap((value) => {
        const members = all.filter(({ tags }) => (tags.role ?? "") === value).map(({ key }) => key);
        if (descending) members.reverse();
        return [`\0${value}`, ...(open.includes(value) ? members : [])];
      });
    assertEquals([lines.map(({ key }) => key), matched], [expected, roles.length]);
    assertEquals([keys.length, keys.at(-1), keys.at(expected.length)], [
      expected.length,
      undefined,
      undefined,
    ]);
    expected.forEach((key, at) => {
      assertEquals([keys.at(at), keys.indexOf(key)], [key, at]);
      assertEquals(rows(at, 3), lines.slice(at, at + 3));
    });
    assertEquals([groupOfKey("\0db"), groupOfKey("\0"), groupOfKey("k1")], ["db", "", null]);
  }));
});

Deno.test("a group that is folded shows who is unusual, the worst first, and how many more there are", () => {
  const all = [
    row("a", { key: "a", tags: { role: "db" } }),
    row("b", { key: "b", tags: { role: "db" }, status: "stale" }),
    row("c", { key: "c", tags: { role: "db" } }),
    row("d", { key: "d", tags: { role: "db" }, status: "offline" }),
    row("e", { key: "e", tags: { role: "db" } }),
    row("f", { key: "f", tags: { role: "db" }, status: "left" }),
    ...Array.from(
      { length: 9 },
      (_, n) => row(`w-${n}`, { key: `w-${n}`, tags: { role: "web" }, status: "offline" }),
    ),
  ];
  const { alerts } = queue(["memory", "c", 3, 97, "97%"], ["volume-full", "e", 3, 99, "99%"]);
  const { keys, rows } = hostsOfRows(all).order({ ...NO_GROUP, group: "role" }, alerts);
  const lines = rows(0, 100);
  const expected = ["\0db", "d", "e", "b", "c", "\0\0db", "\0web"]
    .concat(["w-0", "w-1", "w-2", "w-3", "w-4", "\0\0web"]);
  assertEquals(lines.map(({ key }) => key), expected);
  assertEquals(expected.map((key) => keys.indexOf(key)), expected.map((_, at) => at));
  assertEquals(expected.map((_, at) => keys.at(at)), expected);
  assertEquals([lines[5], lines[12]], [
    { key: "\0\0db", rest: 2, unusual: 0 },
    { key: "\0\0web", rest: 4, unusual: 4 },
  ]);
  const [db] = lines;
  assertEquals("together" in db! && db.alerts, { critical: 1, warning: 1 });
  assertEquals(groupOfKey("\0\0web"), "web");
});

const SENDER = { hostname: "192.0.2.7", port: 40312 };

function send(fleet: Fleet, message: object, nowMs: number): void {
  fleet.receive(new TextEncoder().encode(JSON.stringify(message)), SENDER, nowMs);
}

Deno.test("hostDetail() stays as it is while the fleet goes on", () => {
  const fleet = new Fleet({ maxHosts: 2, historyMs: 60_000, nowMs: 0 });
  const sample = { v: 1, host: "web-01", session: "s", cpu: { mean: 10 } };
  send(fleet, { ...sample, seq: 1 }, 1_000);
  const host = fleet.host("192.0.2.7/web-01")!;
  const detail = hostDetail(host, 2_000);
  send(fleet, { ...sample, seq: 3, cpu: { mean: 90 } }, 6_000);
  assertEquals(detail.times, [1_000]);
  assertEquals(detail.history.cpu, [10]);
  assertEquals([detail.row.cpuPercent, detail.row.ageMs, detail.intervalMs], [10, 1_000, 5_000]);
  assertEquals([detail.delivery?.received, detail.delivery?.lost, detail.datagrams], [1, 0, 1]);
  assertEquals(hostDetail(host, 6_000).delivery?.lost, 1);
});

Deno.test("hostDetail() of a legacy host has neither delivery nor past", () => {
  const fleet = new Fleet({ maxHosts: 2, historyMs: 60_000, nowMs: 0 });
  send(fleet, { cpu: 1 }, 1_000);
  const { delivery, times, history } = hostDetail(fleet.host("192.0.2.7")!, 1_000);
  assertEquals([delivery, times, history.cpu], [null, [], []]);
});

Deno.test("messageReader() reads a message once, and the next one when it has come", () => {
  const fleet = fleetOf(["db"]);
  const host = fleet.host("id-db")!;
  const messageOf = messageReader();
  const first = messageOf(host);
  assertEquals(messageOf(host) === first, true);
  const cpuOf = () =>
    hostsOfFleet(fleet, NOW_MS, messageOf).order(NO_GROUP, []).rows(0, 1)
      .map((row) => "cpuPercent" in row && row.cpuPercent);
  assertEquals(cpuOf(), [null]);
  send(fleet, { v: 1, id: "id-db", host: "db", cpu: { mean: 90 } }, NOW_MS + 1);
  assertEquals(cpuOf(), [90]);
});

Deno.test("readCompared() keeps those with the most in their places, and fills free ones", () => {
  const fleet = new Fleet({ maxHosts: 10, historyMs: 60_000, nowMs: 0 });
  const hear = (n: number, mean: number, atMs: number) =>
    send(fleet, { v: 1, id: `h${n}`, host: `h${n}`, cpu: { mean } }, atMs);
  const read = {
    hosts: (nowMs: number) => hostsOfFleet(fleet, nowMs),
    host: (key: string) => fleet.host(key),
  };
  const page = { page: "compare", picked: [], metric: "cpu" } as const;
  const at = { nowMs: 2_000, aheadMs: 0 };
  for (let n = 0; n < 4; n++) hear(n, 10 * n, 1_000);
  const few = readCompared(read, page, at);
  assertEquals(few.map(({ key }) => key), ["h3", "h2", "h1", "h0"]);
  for (let n = 4; n < 7; n++) hear(n, 10 * n, 1_000);
  const most = readCompared(read, page, at, few);
  assertEquals(most.map(({ key }) => key), ["h6", "h5", "h4", "h3", "h2"]);
  hear(0, 99, 1_500);
  const same = readCompared(read, page, at, most);
  assertEquals(same.map(({ key }) => key), ["h6", "h5", "h4", "h3", "h2"]);
  assertEquals(readCompared(read, page, at).map(({ key }) => key)[0], "h0");
});
