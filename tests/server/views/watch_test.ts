import { assertEquals } from "@std/assert";
import { Fleet } from "../../../lib/server/fleet/fleet.ts";
import type { Host } from "../../../lib/server/fleet/host/host.ts";
import {
  describeBack,
  describeEntered,
  describeLeft,
  describeOffline,
  describeRebooted,
  StatusChanges,
  Watch,
} from "../../../lib/server/views/watch.ts";
import { jsonOf } from "../../messages.ts";
import { logLines } from "../logs.ts";
import { hostOf } from "../fleet/hosts.ts";

const START_MS = 1_000_000;
/** As long after a datagram as its host is offline, at 5 s. */
const OFFLINE_MS = 31_001;

function open(maxHosts = 100) {
  const fleet = new Fleet({ maxHosts, historyMs: 60_000, nowMs: START_MS });
  const watch = new StatusChanges();
  return {
    send(id: string, afterMs: number, fields = {}) {
      const sender = { hostname: "192.0.2.7", port: 40_000 };
      fleet.receive(jsonOf({ v: 1, id, host: id, ...fields }), sender, START_MS + afterMs);
    },
    look(afterMs: number) {
      const changes = Object.entries<readonly Host[]>({ ...watch.look(fleet, START_MS + afterMs) });
      return Object.fromEntries(
        changes.filter(([, hosts]) => hosts.length > 0)
          .map(([change, hosts]) => [change, hosts.map(({ key }) => key)]),
      );
    },
  };
}

Deno.test("StatusChanges.look() tells of each change once", () => {
  const { send, look } = open();
  send("a", 0);
  send("b", 5_000);
  assertEquals(look(OFFLINE_MS - 1), { entered: ["a", "b"] });
  assertEquals(look(OFFLINE_MS), { offline: ["a"] });
  assertEquals(look(OFFLINE_MS + 1_000), {});
  send("a", OFFLINE_MS + 2_000);
  send("c", OFFLINE_MS + 2_000);
  assertEquals(look(OFFLINE_MS + 5_000), { entered: ["c"], offline: ["b"], back: ["a"] });
  assertEquals(look(OFFLINE_MS + 6_000), {});
});

Deno.test("StatusChanges.look() tells of a host that left, and when it is heard again", () => {
  const { send, look } = open();
  send("a", 0);
  send("once", 0, { bye: true });
  assertEquals(look(1), { entered: ["a", "once"], left: ["once"] });
  send("a", 2, { bye: true });
  assertEquals(look(3), { left: ["a"] });
  assertEquals(look(OFFLINE_MS + 4), {});
  send("a", OFFLINE_MS + 5);
  assertEquals(look(OFFLINE_MS + 6), { back: ["a"] });
});

Deno.test("StatusChanges.look() tells of each reboot once", () => {
  const { send, look } = open();
  const say = (afterMs: number, uptime: number) => send("a", afterMs, { system: { uptime } });
  say(0, 100);
  assertEquals(look(1), { entered: ["a"] });
  say(5_000, 3);
  assertEquals(look(5_000), { rebooted: ["a"] });
  say(10_000, 8);
  assertEquals(look(10_000), {});
  say(15_000, 1);
  assertEquals(look(15_001), { rebooted: ["a"] });
  assertEquals(look(20_000), {});
});

Deno.test("StatusChanges.look() tells of an offline host that left, and of none that was forgotten", () => {
  const { send, look } = open(2);
  send("a", 0);
  send("b", 0);
  assertEquals(look(OFFLINE_MS), { entered: ["a", "b"], offline: ["a", "b"] });
  send("a", OFFLINE_MS + 1, { bye: true });
  send("c", OFFLINE_MS + 1);
  assertEquals(look(OFFLINE_MS + 2), { entered: ["c"], left: ["a"] });
});

Deno.test("StatusChanges.look() tells of a new host that was heard in the moment of a look", () => {
  const { send, look } = open();
  send("a", 0);
  assertEquals(look(0), { entered: ["a"] });
  send("b", 0);
  assertEquals(look(0), { entered: ["b"] });
});

Deno.test("Watch.tick() logs changes every five seconds", () => {
  const { log, lines } = logLines();
  const fleet = new Fleet({ maxHosts: 9, historyMs: 60_000, nowMs: START_MS });
  const watch = new Watch(fleet, log, START_MS);
  const hear = (id: string) =>
    fleet.receive(jsonOf({ v: 1, id, host: id }), { hostname: "192.0.2.7", port: 5 }, START_MS);
  hear("a");
  watch.tick(START_MS);
  hear("b");
  watch.tick(START_MS + 4_999);
  assertEquals(lines.length, 1);
  watch.tick(START_MS + 5_000);
  watch.tick(START_MS + OFFLINE_MS);
  assertEquals(lines, [
    "info a (192.0.2.7:5) is new",
    "info b (192.0.2.7:5) is new",
    "warn a (192.0.2.7:5) is offline: last heard 31s ago",
    "warn b (192.0.2.7:5) is offline: last heard 31s ago",
  ]);
});

Deno.test("describeOffline() and its like tell of few hosts one by one, of many in one line", () => {
  const hosts = ["a", "b", "c", "d", "e"].map((name) =>
    hostOf(name, { hostname: "192.0.2.7", port: 5, lastSeenMs: START_MS })
  );
  const nowMs = START_MS + 2 * 60_000;
  assertEquals(describeOffline(hosts.slice(0, 2), nowMs), [
    "a (192.0.2.7:5) is offline: last heard 2m ago",
    "b (192.0.2.7:5) is offline: last heard 2m ago",
  ]);
  assertEquals(describeOffline(hosts, nowMs), ["5 hosts are offline: a, b, c and 2 more"]);
  assertEquals(describeBack(hosts.slice(0, 1)), ["a (192.0.2.7:5) is back"]);
  assertEquals(describeBack(hosts), ["5 hosts are back: a, b, c and 2 more"]);
  assertEquals(describeEntered(hosts.slice(0, 1)), ["a (192.0.2.7:5) is new"]);
  assertEquals(describeEntered(hosts), ["5 hosts are new: a, b, c and 2 more"]);
  assertEquals(describeLeft(hosts.slice(0, 1)), ["a (192.0.2.7:5) left: its agent was stopped"]);
  assertEquals(describeLeft(hosts), ["5 hosts left: a, b, c and 2 more"]);
  assertEquals(describeRebooted(hosts.slice(0, 1)), ["a (192.0.2.7:5) was rebooted"]);
  assertEquals(describeRebooted(hosts), ["5 hosts were rebooted: a, b, c and 2 more"]);
  assertEquals([describeOffline([], nowMs), describeBack([])], [[], []]);
});
