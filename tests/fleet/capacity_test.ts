import { assertEquals } from "@std/assert";
import { Departures } from "../../lib/fleet/capacity.ts";
import type { Host } from "../../lib/fleet/host.ts";
import { hostOf } from "./hosts.ts";

function host(key: string, lastSeenMs: number, left = false): Host {
  return hostOf(key, { intervalMs: 1_000, lastSeenMs, left });
}

Deno.test("Departures.next() names silent hosts, the longest silent first", () => {
  const departures = new Departures();
  const hosts = [
    host("live", 99_000),
    host("stale", 95_000),
    host("offline", 50_000),
    host("gone", 10_000),
    host("left", 99_999, true),
  ];
  const next = () => departures.next(hosts, 100_000)?.key ?? null;
  assertEquals([next(), next(), next(), next()], ["gone", "offline", "left", null]);
});

Deno.test("Departures.next() passes over a host that has been heard again", () => {
  const departures = new Departures();
  const back = host("back", 20_000);
  const hosts = [host("gone", 10_000), back, host("later", 30_000)];
  assertEquals(departures.next(hosts, 100_000)?.key, "gone");
  back.lastSeenMs = 100_500;
  assertEquals(departures.next(hosts, 100_600)?.key, "later");
});

Deno.test("Departures.next() looks again when all that it knew of are heard again", () => {
  const departures = new Departures();
  const back = host("back", 20_000);
  const later = host("later", 100_000);
  const hosts = [host("gone", 10_000), back, later];
  assertEquals(departures.next(hosts, 100_000)?.key, "gone");
  back.lastSeenMs = 500_000;
  assertEquals(departures.next(hosts, 500_000)?.key, "gone");
  assertEquals(departures.next(hosts, 500_001)?.key, "later");
});

Deno.test("Departures.next() looks at all hosts at most once a second", () => {
  const departures = new Departures();
  let looks = 0;
  const hosts: Iterable<Host> = {
    *[Symbol.iterator]() {
      looks++;
      yield host("live", 100_000);
    },
  };
  for (let nowMs = 100_000; nowMs <= 102_000; nowMs += 10) {
    assertEquals(departures.next(hosts, nowMs), null);
  }
  assertEquals(looks, 3);
});
