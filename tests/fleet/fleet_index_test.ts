import { assertEquals } from "@std/assert";
import { FleetIndex } from "../../lib/fleet/fleet_index.ts";
import { Host } from "../../lib/fleet/host.ts";
import { numbersOf } from "../messages.ts";

const SUMMARY = numbersOf({ cpu: 5 });

function enter(index: FleetIndex, key: string, changes: Partial<Host> = {}): Host {
  const host = Object.assign(new Host(key, 0), { intervalMs: 1_000, ...changes });
  index.enter(host);
  index.update(host, SUMMARY);
  return host;
}

Deno.test("FleetIndex.countByStatus() counts hosts as they are at a time", () => {
  const index = new FleetIndex();
  enter(index, "live", { lastSeenMs: 10_000 });
  enter(index, "stale", { lastSeenMs: 5_000 });
  enter(index, "offline");
  enter(index, "left", { lastSeenMs: 10_000, left: true });
  assertEquals(index.countByStatus(10_000), { live: 1, stale: 1, offline: 1, left: 1 });
});

Deno.test("FleetIndex gives the slot of a host that is forgotten to another, with nothing of the first", () => {
  const index = new FleetIndex();
  const [a, b] = [enter(index, "a"), enter(index, "b")];
  index.leave(a);
  assertEquals([index.host(a.slot), [...index.select(() => true)]], [null, [b.slot]]);
  const c = new Host("c", 0);
  index.enter(c);
  assertEquals([c.slot, index.host(c.slot)], [a.slot, c]);
  assertEquals(index.metric("cpu")[c.slot], NaN);
  while (index.settleSome());
  assertEquals([index.names.rank(b.slot), index.names.rank(c.slot)], [0, 1]);
});

Deno.test("FleetIndex keeps all numbers as it grows", () => {
  const index = new FleetIndex();
  const hosts = Array.from({ length: 1_000 }, (_, n) => enter(index, `h-${n}`, { version: n }));
  assertEquals(hosts.map(({ slot }) => index.version[slot]), hosts.map((_, n) => n));
  assertEquals(hosts.every(({ slot }) => index.metric("cpu")[slot] === 5), true);
  assertEquals(index.countByStatus(0).live, 1_000);
});
