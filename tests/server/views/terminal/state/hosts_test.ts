import { assertEquals } from "@std/assert";
import { Fleet } from "../../../../../lib/server/fleet/fleet.ts";
import { hostsOfFleet, hostsOfRows } from "../../../../../lib/server/views/terminal/state/hosts.ts";
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
