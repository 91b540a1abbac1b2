import { ALL_GROUPS } from "../../../../lib/message/digest.ts";
import { assertEquals } from "@std/assert";
import { Stores } from "../../../../lib/server/fleet/host/stores.ts";
import { FleetIndex } from "../../../../lib/server/fleet/index/fleet_index.ts";
import type { Host } from "../../../../lib/server/fleet/host/host.ts";
import { numbersOf } from "../../../messages.ts";
import { hostOf } from "../hosts.ts";

const MOST_HOSTS = 1_000;
const SUMMARY = numbersOf({ cpu: 5 });

function enter(index: FleetIndex, key: string, changes: Partial<Host> = {}): Host {
  const host = hostOf(key, { intervalMs: 1_000, ...changes }, index.freeSlot);
  index.enter(host);
  index.update(host, SUMMARY, ALL_GROUPS);
  return host;
}

Deno.test("FleetIndex.countByStatus() counts hosts as they are at a time", () => {
  const index = new FleetIndex(MOST_HOSTS, new Stores(60_000));
  enter(index, "live", { lastSeenMs: 10_000 });
  enter(index, "stale", { lastSeenMs: 5_000 });
  enter(index, "offline");
  enter(index, "left", { lastSeenMs: 10_000, left: true });
  assertEquals(index.countByStatus(10_000), { live: 1, stale: 1, offline: 1, left: 1 });
});

Deno.test("FleetIndex gives the slot of a host that is forgotten to another, with nothing of the first", () => {
  const index = new FleetIndex(MOST_HOSTS, new Stores(60_000));
  const [a, b] = [enter(index, "a"), enter(index, "b")];
  index.leave(a);
  assertEquals([index.host(a.slot), [...index.select(() => true)]], [null, [b.slot]]);
  const c = hostOf("c", {}, index.freeSlot);
  index.enter(c);
  assertEquals([c.slot, index.host(c.slot)], [a.slot, c]);
  assertEquals(index.metric("cpu")[c.slot], NaN);
  while (index.sortIncrementally(null));
  assertEquals([index.names.rank(b.slot), index.names.rank(c.slot)], [0, 1]);
  // Addresses are put in order for those who ask for it.
  assertEquals([index.names.isSettled, index.addresses.isSettled], [true, false]);
  while (index.sortIncrementally("address"));
  assertEquals([index.addresses.rank(b.slot), index.addresses.rank(c.slot)], [0, 1]);
});

Deno.test("FleetIndex keeps all numbers as it grows", () => {
  const index = new FleetIndex(MOST_HOSTS, new Stores(60_000));
  const hosts = Array.from(
    { length: MOST_HOSTS },
    (_, n) => enter(index, `h-${n}`, { version: n }),
  );
  assertEquals(hosts.map(({ slot }) => index.version[slot]), hosts.map((_, n) => n));
  assertEquals(hosts.every(({ slot }) => index.metric("cpu")[slot] === 5), true);
  assertEquals(index.countByStatus(0).live, MOST_HOSTS);
  assertEquals(index.countByStatus(100_000).offline, MOST_HOSTS);
});
