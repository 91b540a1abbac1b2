import { assert, assertEquals } from "@std/assert";
import {
  EvictionQueue,
  MAX_REMOVALS,
  Removals,
} from "../../../../lib/server/fleet/admission/eviction.ts";
import { Fleet } from "../../../../lib/server/fleet/fleet.ts";
import { Stores } from "../../../../lib/server/fleet/host/stores.ts";
import { FleetIndex } from "../../../../lib/server/fleet/index/fleet_index.ts";
import type { Receipt } from "../../../../lib/server/fleet/receipt.ts";
import { encodeMessage } from "../../../../lib/message/encode.ts";
import fc from "fast-check";

const START_MS = 1_795_442_910_170;
const SECOND_MS = 1_000;

/** A fleet with room for few, and senders of it. */
class Scene {
  readonly fleet: Fleet;
  nowMs = START_MS;

  constructor(maxHosts: number) {
    this.fleet = new Fleet({ maxHosts, historyMs: 60_000, nowMs: START_MS });
  }

  send(id: string, hostname: string, interval = 1_000, bye = false): Receipt {
    const bytes = encodeMessage({ v: 1, id, host: id, interval, ...(bye && { bye: true }) });
    return this.fleet.receive(bytes, { hostname, port: 4_000 }, this.nowMs);
  }

  /** What becomes of one datagram. */
  fate(...sent: Parameters<Scene["send"]>): string {
    const receipt = this.send(...sent);
    return receipt.accepted ? "accepted" : receipt.reason;
  }

  fill(prefix: string, hostname: string, count: number, interval?: number): void {
    for (let n = 0; n < count; n++) this.send(`${prefix}${n}`, hostname, interval);
  }

  /** Who is there, by the beginnings of their ids. */
  count(prefix: string): number {
    return [...this.fleet.hosts()].filter(({ key }) => key.startsWith(prefix)).length;
  }

  has(id: string): boolean {
    return this.fleet.host(id) !== undefined;
  }
}

const [EVIL, HONEST, OTHER] = ["198.51.100.9", "192.0.2.1", "203.0.113.5"];

Deno.test("Fleet lets one network fill the table, and give way when another knocks", () => {
  const scene = new Scene(100);
  scene.fill("evil", EVIL, 200);
  assertEquals(scene.count("evil"), 100);
  assertEquals(scene.fate("evil200", EVIL), "capacity");
  for (let n = 0; n < 50; n++) assertEquals(scene.fate(`honest${n}`, HONEST), "accepted");
  assertEquals([scene.count("evil"), scene.count("honest")], [50, 50]);
  assertEquals(scene.fate("honest50", HONEST), "capacity", "both have as many");
  assertEquals(scene.fate("other", OTHER), "accepted");
});

Deno.test("Fleet puts those out first that were heard once, the first of them first", () => {
  const scene = new Scene(4);
  scene.fill("evil", EVIL, 4);
  scene.nowMs += SECOND_MS;
  scene.send("evil0", EVIL);
  for (let n = 0; n < 2; n++) scene.send(`honest${n}`, HONEST);
  assertEquals(["evil0", "evil1", "evil2", "evil3"].map((id) => scene.has(id)), [
    ...[true, false, false, true],
  ]);
});

Deno.test("Fleet forgets silent hosts before all others, the longest silent first", () => {
  const scene = new Scene(3);
  scene.send("left", HONEST, 1_000, true);
  scene.send("gone", HONEST);
  scene.nowMs += 8 * SECOND_MS;
  scene.send("live", EVIL);
  for (const n of [0, 1]) assertEquals(scene.fate(`new${n}`, OTHER), "accepted");
  assertEquals(["left", "gone", "live"].map((id) => scene.has(id)), [false, false, true]);
});

Deno.test("Fleet believes an interval only when it was kept, and shows it at once", () => {
  const hour = 3_600_000;
  const scene = new Scene(2);
  scene.send("declares", HONEST, hour);
  scene.nowMs += hour;
  scene.send("keeps", HONEST, hour);
  scene.send("declares", HONEST, hour);
  scene.nowMs += 32 * SECOND_MS;
  const statuses = scene.fleet.rows(scene.nowMs).map(({ status }) => status);
  assertEquals(statuses, ["live", "live"]);
  scene.send("new", HONEST);
  assertEquals(["declares", "keeps", "new"].map((id) => scene.has(id)), [true, false, true]);
});

Deno.test("Fleet never puts a host out that was heard for ten intervals, and is", () => {
  const scene = new Scene(5);
  for (let n = 0; n <= 10; n++) {
    scene.fill("old", EVIL, 5);
    scene.nowMs += SECOND_MS;
  }
  for (let n = 0; n < 20; n++) {
    assertEquals(scene.fate(`new${n}`, `10.0.${n}.1`), "capacity");
    scene.nowMs += 100;
  }
  scene.nowMs += 10 * SECOND_MS;
  assertEquals(scene.fate("new", OTHER), "accepted", "they are silent");
});

Deno.test("Fleet knows a site of IPv6 as one network", () => {
  const scene = new Scene(10);
  for (let n = 0; n < 20; n++) scene.send(`evil${n}`, `2001:db8:7:${n.toString(16)}::1`);
  assertEquals(scene.count("evil"), 10);
  scene.fill("honest", "2001:db8:8::1", 10);
  assertEquals([scene.count("evil"), scene.count("honest")], [5, 5]);
});

Deno.test("Fleet has room for a rollout behind one router while others flood", () => {
  const scene = new Scene(10_000);
  scene.fill("evil", EVIL, 10_000, 3_600_000);
  for (let n = 0; n < 60; n++) {
    scene.nowMs += 5 * SECOND_MS;
    scene.fill("honest", HONEST, 5_000, 5_000);
    scene.fill("evil", EVIL, 1_000);
  }
  assertEquals(scene.count("honest"), 5_000);
});

Deno.test("EvictionQueue.next() looks at all hosts at most once a second, however many knock", () => {
  const index = new FleetIndex(1, new Stores(60_000));
  let looks = 0;
  index.select = () => {
    looks++;
    return new Uint32Array();
  };
  const capacity = new EvictionQueue(1, index);
  for (let nowMs = 0; nowMs < 3_000; nowMs += 10) assertEquals(capacity.next(0, nowMs), null);
  // Each time for the silent ones, and for the two kinds of others.
  assertEquals(looks, 3 * 3);
});

/** Random arrivals: some networks flood with hosts that come once, some hosts are honest. */
const arrivals = fc.record({
  maxHosts: fc.integer({ min: 20, max: 200 }),
  floods: fc.array(
    fc.record({
      network: fc.integer({ min: 0, max: 250 }),
      perSecond: fc.integer({ min: 1, max: 60 }),
      interval: fc.constantFrom(100, 1_000, 5_000, 3_600_000),
      fromMs: fc.nat(20_000),
      repeats: fc.boolean(),
    }),
    { maxLength: 6 },
  ),
  honest: fc.array(fc.record({ fromMs: fc.nat(40_000) }), { minLength: 1, maxLength: 15 }),
});

Deno.test("Fleet lets every honest host of a new network in, and keeps who was heard for ten intervals", () => {
  fc.assert(
    fc.property(arrivals, ({ maxHosts, floods, honest }) => {
      const scene = new Scene(maxHosts);
      const heard = honest.map(() => 0);
      let made = 0;
      for (let ms = 0; ms < 60_000; ms += 500) {
        scene.nowMs = START_MS + ms;
        for (const { network, perSecond, interval, fromMs, repeats } of floods) {
          for (let n = 0; ms >= fromMs && n < perSecond / 2; n++) {
            const id = repeats ? made++ % (2 * maxHosts) : made++;
            // Who keeps an interval ten times has its place.
            scene.send(`evil${id}`, `10.0.${network}.9`, repeats ? 3_600_000 : interval);
          }
        }
        honest.forEach(({ fromMs }, n) => {
          if (ms < fromMs || Math.floor(ms / 500) % 2 === 1) return;
          if (heard[n]! > 10) assert(scene.has(`honest${n}`), `honest${n} was put out`);
          assertEquals(scene.fate(`honest${n}`, `192.168.${n}.1`), "accepted", `honest${n}`);
          heard[n]!++;
        });
      }
    }),
    {
      numRuns: 40,
      // Those that were new since the last look crowd too.
      examples: [[{
        maxHosts: 20,
        floods: [{ network: 0, perSecond: 19, interval: 100, fromMs: 5_501, repeats: false }],
        honest: [{ fromMs: 8_001 }, { fromMs: 0 }],
      }]],
    },
  );
});

Deno.test("Removals.since() names what was forgotten after a version", () => {
  const removals = new Removals();
  assertEquals(removals.since(0), []);
  removals.add("a", 3);
  removals.add("b", 7);
  assertEquals([0, 2, 3, 6, 7, 9].map((version) => removals.since(version)), [
    ["a", "b"],
    ["a", "b"],
    ["b"],
    ["b"],
    [],
    [],
  ]);
});

Deno.test("Removals.since() says when it no longer knows", () => {
  const removals = new Removals();
  for (let n = 1; n <= MAX_REMOVALS + 2; n++) removals.add(`k${n}`, n);
  assertEquals([removals.since(0), removals.since(1)], [null, null]);
  assertEquals(removals.since(2)!.length, MAX_REMOVALS);
  assertEquals(removals.since(MAX_REMOVALS + 1), [`k${MAX_REMOVALS + 2}`]);
});
