import { assertEquals } from "@std/assert";
import { Fleet } from "../../../../../lib/server/fleet/fleet.ts";
import {
  hostDetail,
  hostsOfFleet,
  hostsOfRows,
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
    const { keys, rows } = hosts.order("web", "name", true);
    assertEquals([keys.length, keys.at(0), keys.at(1)], [2, "id-web-10", "id-web-2"]);
    assertEquals([keys.at(2), keys.indexOf("id-web-2")], [undefined, 1]);
    assertEquals([keys.indexOf("id-db"), keys.indexOf("nobody")], [-1, -1]);
    assertEquals(rows(1, 5).map(({ name }) => name), ["web-2"]);
  }
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
