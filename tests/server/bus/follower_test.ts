/** A view of what sites published: the same fleet, nothing twice, and only its part. */
import { assert, assertEquals } from "@std/assert";
import { readPartitions } from "../../../lib/server/bus_options.ts";
import { Follower } from "../../../lib/server/bus/follower.ts";
import {
  partitionOf,
  readSubject,
  type StreamMessage,
  subjectsOf,
} from "../../../lib/server/bus/subjects.ts";
import { ViewClock } from "../../../lib/server/bus/view_clock.ts";
import { Fleet } from "../../../lib/server/fleet/fleet.ts";
import type { Decoder } from "../../../lib/server/fleet/receipt.ts";
import { VerdictDecoder } from "../../../lib/server/record/decoder.ts";
import { EntryWriter, KIND } from "../../../lib/server/record/format.ts";
import { decoderOf, sealSome, START_MS, traffic } from "../record/recording.ts";
import { encodeMessage } from "../../../lib/message/encode.ts";
import { sampleOf } from "../../messages.ts";
import { FakeBus, siteOf } from "./batches.ts";

const OPTIONS = { maxHosts: 1_000, historyMs: 900_000, nowMs: START_MS };

/** A site that receives what comes, and publishes what it accepts. */
async function receiveAll(bus: FakeBus, seed: number, decoder?: Decoder) {
  const arrivals = traffic(seed, 40, 30);
  const verdicts = new VerdictDecoder(decoder);
  const fleet = new Fleet({ ...OPTIONS, ...(decoder && { decoder: verdicts }) });
  const { publisher, clock, settle } = siteOf(bus, "berlin");
  for (const [n, { bytes, origin, atMs }] of (decoder ? sealSome(arrivals) : arrivals).entries()) {
    clock.nowMs = bus.nowMs = atMs;
    const receipt = fleet.receive(bytes, origin, atMs);
    if (receipt.host !== undefined) {
      publisher.add(receipt.host.key, bytes, origin, atMs, verdicts.verdictOn(receipt));
    }
    if (n % 50 === 0) await settle(1);
    if (n % 40 === 0) publisher.tick();
  }
  await settle();
  publisher.tick();
  return fleet;
}

/** Reads of a stream, of which each ends where it is told to. */
function viewOf({ messages, nowMs }: FakeBus, partitions = "0-3/4", ends: readonly number[] = []) {
  const cuts = [...ends];
  const asked: number[] = [];
  const read = (
    fromMs: number,
    onOpen: (busMs: number, wallMs: number, pending: number) => void,
    onMessage: (message: StreamMessage) => void,
  ) => {
    asked.push(fromMs);
    const from = messages.filter(({ storedMs }) => storedMs >= fromMs);
    const end = cuts.shift() ?? Infinity;
    onOpen(nowMs, nowMs, from.length);
    from.slice(0, end).forEach((message, n) =>
      onMessage({ ...message, pending: from.length - 1 - n })
    );
    if (end === Infinity) follower.close();
    return Promise.reject(new Error("the connection was lost"));
  };
  const told: string[] = [];
  const clock = new ViewClock(START_MS - 1, () => nowMs, () => 0);
  const follower = new Follower(
    {
      read,
      wait: () => Promise.resolve(),
      throttledLog: { warn: (_, textOf) => void told.push(textOf()) },
    },
    clock,
    { partitions: readPartitions(partitions), sinceMs: START_MS - 1, maxHosts: 1_000 },
  );
  const fleet = new Fleet({ ...OPTIONS, decoder: follower.contents.decoder });
  follower.contents.join(fleet);
  const failures: string[] = [];
  const run = async () => {
    await follower.run(
      (bytes, origin, atMs, site) => void fleet.receive(bytes, origin, atMs, site),
      ({ message }) => void failures.push(message),
    );
    return fleet;
  };
  return { run, follower, failures, asked, told };
}

/** What is equal at a site and at its view. */
function pictureOf(fleet: Fleet, atMs: number) {
  const hosts = Array.from(fleet.hosts(), ({ key, text, lastSeenMs, delivery, history }) => ({
    ...{ key, text, lastSeenMs, counts: delivery?.counts },
    ...{ times: history?.times(), cpu: history?.values("cpu") },
  }));
  const { accepted, lost, dropped } = fleet.totals(atMs);
  const copies = [dropped.get("duplicate"), dropped.get("old")];
  const byKey = hosts.sort((a, b) => a.key < b.key ? -1 : 1);
  return { hosts: byKey, totals: { accepted, lost, copies } };
}

Deno.test("Follower: a view has the fleet of its site, plain and sealed", async () => {
  for (const decoder of [undefined, decoderOf()]) {
    const bus = new FakeBus(START_MS);
    const site = await receiveAll(bus, 7, decoder);
    assert(
      Array.from(site.hosts()).some(({ keyId }) => keyId !== null) === (decoder !== undefined),
    );
    const { run, failures, follower } = viewOf(bus);
    const view = await run();
    assertEquals(pictureOf(view, bus.nowMs), pictureOf(site, bus.nowMs));
    assertEquals([failures, follower.state.missed], [[], 0]);
  }
});

Deno.test("Follower goes on behind what it has taken, wherever reading ends, and takes nothing twice", async () => {
  const bus = new FakeBus(START_MS);
  const site = await receiveAll(bus, 8);
  const { run, failures, asked } = viewOf(bus, "0-3/4", [3, 40, 0, 90, 200]);
  const view = await run();
  assertEquals(pictureOf(view, bus.nowMs), pictureOf(site, bus.nowMs));
  assertEquals(failures, Array(5).fill("the connection was lost"));
  assert(asked.every((fromMs, n) => n === 0 || fromMs >= asked[n - 1]! - 2_000));
});

Deno.test("Follower takes once what the bus has twice, as it was away for too long to notice", async () => {
  const bus = new FakeBus(START_MS);
  bus.forgets = true;
  bus.answers.push("late", "lost", "late", "late");
  const site = await receiveAll(bus, 11);
  const ids = bus.messages.flatMap(({ id }) => id ?? []);
  assertEquals(ids.length - new Set(ids).size, 3);
  const view = await viewOf(bus).run();
  assertEquals(pictureOf(view, bus.nowMs), pictureOf(site, bus.nowMs));
});

Deno.test("Follower: views of parts are together the view of all", async () => {
  const bus = new FakeBus(START_MS);
  const site = await receiveAll(bus, 9);
  const parts = await Promise.all(["0-1/4", "2-3/4"].map((text) => viewOf(bus, text).run()));
  const pictures = parts.map((fleet) => pictureOf(fleet, bus.nowMs));
  assert(pictures.every(({ hosts }) => hosts.length > 5));
  const hosts = pictures.flatMap(({ hosts }) => hosts).sort((a, b) => a.key < b.key ? -1 : 1);
  const whole = pictureOf(site, bus.nowMs);
  assertEquals(hosts, whole.hosts);
  const accepted = pictures.reduce((sum, { totals }) => sum + totals.accepted, 0);
  assertEquals(accepted, whole.totals.accepted);
});

Deno.test("Follower counts messages that were gone before it read them, and garbage harms nothing", async () => {
  const bus = new FakeBus(START_MS);
  await receiveAll(bus, 10);
  bus.messages.splice(20, 5);
  const before = bus.messages[20]!;
  const garbage = new Uint8Array([9, 9, 9]);
  bus.messages[25] = { ...bus.messages[25]!, bytes: garbage };
  bus.messages[30] = { ...bus.messages[30]!, subject: "pulso.v1.berlin.x.y", bytes: garbage };
  const { run, follower, failures } = viewOf(bus);
  const fleet = await run();
  assertEquals([follower.state.missed, failures, before.sequence], [5, [], 26]);
  assert(fleet.size >= 40);
});

Deno.test("Follower says what a site dropped, and follows a stream that was made anew", async () => {
  const bus = new FakeBus(START_MS);
  const bytes = new Uint8Array(500);
  const entries = new EntryWriter(bytes);
  entries.clock({ nowMs: START_MS, startedMs: START_MS, aheadMs: 0 });
  entries.gap(7);
  const batch = bytes.slice(0, entries.length);
  const subject = "pulso.v1.paris.2";
  bus.messages.push({ subject, bytes: batch, storedMs: START_MS, sequence: 900, pending: 0 });
  bus.messages.push({ subject, bytes: batch, storedMs: START_MS + 1, sequence: 1, pending: 0 });
  const { run, follower } = viewOf(bus);
  await run();
  assertEquals(follower.state.sites.map(({ site, omitted }) => [site, omitted]), [["paris", 14]]);
});

Deno.test("a view of all takes what sites with more partitions have, and one of a part knows how many those are", async () => {
  const bus = new FakeBus(START_MS);
  const { publisher, settle } = siteOf(bus, "wide", { partitions: 32 });
  for (let n = 0; n < 100; n++) {
    const sample = sampleOf({ cores: 1, volumes: 1, interfaces: 1 });
    const bytes = encodeMessage({ ...sample, id: `h-${n}`, host: "h", session: "s", seq: 1 });
    publisher.add(`h-${n}`, bytes, { hostname: "192.0.2.7", port: 1 }, START_MS, { kind: "plain" });
  }
  await settle();
  publisher.tick();
  const [all, part] = [viewOf(bus, "0-3/4"), viewOf(bus, "0-1/4")];
  assertEquals((await all.run()).size, 100);
  assert((await part.run()).size < 20);
  assertEquals(part.follower.clock.setupOf("wide"), { isSeveral: false, partitions: 32 });
});

Deno.test("a view knows that several servers publish by one name, and not of one that was started anew", async () => {
  const bus = new FakeBus(START_MS);
  const publish = async (...runs: string[]) => {
    const servers = Object.fromEntries(
      runs.map((run) => [run, siteOf(bus, "berlin", { run, partitions: 4 })]),
    );
    for (const run of runs) {
      const { publisher, settle } = servers[run]!;
      publisher.add("a", new Uint8Array(9), { hostname: "a", port: 1 }, START_MS, {
        kind: "plain",
      });
      await settle();
    }
    const { run, follower } = viewOf(bus);
    await run();
    return follower.clock.setupOf("berlin").isSeveral;
  };
  assertEquals(await publish("a", "a"), false);
  assertEquals(await publish("b", "c"), false);
  assertEquals(await publish("d", "e", "d"), true);
  // Once it was long ago, it is over.
  bus.nowMs += 61_000;
  assertEquals(await publish("f"), false);
});

Deno.test("hosts that a site has let in are let in by a view, however many are new at once", () => {
  const [direct, bySite] = [0, 1].map((site) => {
    const fleet = new Fleet({ ...OPTIONS, maxHosts: 2_000 });
    const fill = (prefix: string) => {
      for (let n = 0; n < 2_000; n++) {
        const sample = sampleOf({ cores: 1, volumes: 1, interfaces: 1 });
        const bytes = encodeMessage({ ...sample, id: prefix + n, host: "h", session: "s", seq: 1 });
        fleet.receive(bytes, { hostname: "192.0.2.7", port: n }, START_MS, site);
      }
    };
    fill("a");
    for (const host of Array.from(fleet.hosts())) fleet.forget(host);
    fill("b");
    return fleet.size;
  });
  assert(direct! < 2_000);
  assertEquals(bySite, 2_000);
});

Deno.test("subjects are read as they are made, and no other is", () => {
  assertEquals(readSubject("pulso.v1.a.12"), { site: "a", partition: 12 });
  assertEquals(readSubject("pulso.v1.a.beat"), { site: "a", partition: null });
  for (
    const other of ["pulso.v2.a.1", "pulso.v1.a", "pulso.v1..1", "pulso.v1.a.1.b", "pulso.v1.a.-1"]
  ) {
    assertEquals(readSubject(other), null);
  }
  assertEquals(subjectsOf(readPartitions("0-63/64")), null);
  assertEquals(subjectsOf(readPartitions("2-3/64")), [
    ...["pulso.v1.*.2", "pulso.v1.*.3", "pulso.v1.*.beat", "pulso.v1.told"],
  ]);
});

Deno.test("partitionOf() spreads hosts evenly, the same in every process", () => {
  const counts = new Array(64).fill(0);
  for (let n = 0; n < 64_000; n++) counts[partitionOf(`Vn3kQ0f8Zr-1sYb7${n}`, 64)]++;
  assert(Math.min(...counts) > 850 && Math.max(...counts) < 1_150, `${counts}`);
  assertEquals([partitionOf("web-01", 64), partitionOf("192.0.2.7/web-01", 64)], [12, 47]);
});

Deno.test("Follower counts the sites for which there is no number left", async () => {
  const bus = new FakeBus(START_MS);
  for (let n = 0; n < 18; n++) {
    const { publisher, settle } = siteOf(bus, `site-${n}`);
    const bytes = encodeMessage({
      ...sampleOf({ cores: 1, volumes: 1, interfaces: 1 }),
      seq: n + 1,
    });
    const origin = { hostname: "192.0.2.7", port: 1 };
    publisher.add("a", bytes, origin, START_MS, { kind: "plain" });
    await settle();
  }
  const { run, follower } = viewOf(bus);
  await run();
  assertEquals(follower.state.sharing, 2);
});

/** A batch of what entries a test writes. */
function batchOf(write: (entries: EntryWriter) => void): Uint8Array {
  const bytes = new Uint8Array(200_000);
  const entries = new EntryWriter(bytes);
  write(entries);
  return bytes.slice(0, entries.length);
}

const CLOCK = { nowMs: START_MS, startedMs: START_MS, aheadMs: 0 };
const ORIGIN = { hostname: "192.0.2.7", port: 1 };

/** A datagram of a host, as a site lets it in at a time. */
function sampleAt(entries: EntryWriter, id: string, atMs: number, seq = 1, origin = ORIGIN) {
  const sample = sampleOf({ cores: 1, volumes: 1, interfaces: 1 });
  const bytes = encodeMessage({ ...sample, id, host: "h", session: "s", seq });
  entries.datagram(bytes, origin, atMs, { kind: "passed" });
}

Deno.test("Follower refuses what no site publishes, and takes what of it can be read", async () => {
  const good = batchOf((entries) => {
    entries.clock(CLOCK);
    sampleAt(entries, "a", START_MS);
  });
  const withOrigin = (hostname: string, port = 1) =>
    batchOf((entries) => {
      entries.clock(CLOCK);
      sampleAt(entries, `bad-${hostname.length}-${port}`, START_MS, 1, { hostname, port });
    });
  const messages: readonly [subject: string, bytes: Uint8Array, id?: string][] = [
    ["pulso.v1.berlin.1", good],
    ["pulso.v1.berlin.1", good, "x".repeat(65)],
    ["pulso.v1.berlin.1024", good],
    ["pulso.v1.berlin.01", good],
    ["pulso.v1.berlin.other", good],
    ["pulso.v1.ber\x1b[2J.1", good],
    [`pulso.v1.${"b".repeat(33)}.1`, good],
    ["pulso.v1.berlin.1", new Uint8Array([...good, ...new Uint8Array(65_536)])],
    ["pulso.v1.told", new Uint8Array(1_000_000)],
    ["pulso.v1.berlin.1", new TextEncoder().encode('{"another":"program"}')],
    ["pulso.v1.berlin.1", good.subarray(good.indexOf(KIND.passed, 20))],
    ["pulso.v1.berlin.1", new Uint8Array([...good, 99])],
    ["pulso.v1.berlin.1", good.subarray(0, -1)],
    ["pulso.v1.berlin.beat", new Uint8Array([KIND.gap, 7])],
    ["pulso.v1.berlin.1", withOrigin("\x1b]0;x\x07")],
    ["pulso.v1.berlin.1", withOrigin("")],
    ["pulso.v1.berlin.1", withOrigin("192.0.2.7", 65_536)],
  ];
  const bus = new FakeBus(START_MS);
  for (const [subject, bytes, id] of messages) bus.put(subject, bytes, id);
  const { run, follower, told } = viewOf(bus);
  const fleet = await run();
  assertEquals(Array.from(fleet.hosts(), ({ key, datagrams }) => [key, datagrams]), [["a", 1]]);
  assertEquals(follower.state.refused, messages.length - 1);
  assertEquals(told.length, messages.length - 1);
  assertEquals(
    told[0],
    `Cannot read a message of the bus at pulso.v1.berlin.1: an id that is none of a site's`,
  );
});

Deno.test("Follower takes no time that a site cannot have had: hosts do not live for ever, nor are other sites silent", async () => {
  const bus = new FakeBus(START_MS);
  const farMs = START_MS + 365 * 86_400_000;
  const beatOf = (nowMs: number) =>
    batchOf((entries) => {
      for (const _ of "12") entries.clock({ ...CLOCK, nowMs });
    });
  bus.put("pulso.v1.good.beat", beatOf(START_MS));
  for (const [n, atMs] of [farMs, 0, START_MS - 3_600_000, START_MS + 900].entries()) {
    const bytes = batchOf((entries) => {
      entries.clock({ ...CLOCK, nowMs: atMs });
      sampleAt(entries, `h-${n}`, atMs);
    });
    bus.put("pulso.v1.bad.1", bytes);
  }
  bus.put("pulso.v1.bad.beat", beatOf(farMs));
  const { run, follower, told } = viewOf(bus);
  const fleet = await run();
  assertEquals(Array.from(fleet.hosts(), ({ lastSeenMs }) => lastSeenMs - START_MS), [
    ...[0, 0, -3_600_000, 900],
  ]);
  const { misdated, refused, sites } = follower.state;
  assertEquals([misdated, refused, told.length], [2, 0, 2]);
  assertEquals(sites.map(({ site, silentMs }) => [site, silentMs]), [["good", null], [
    "bad",
    null,
  ]]);
  assertEquals(fleet.totals(START_MS + 60_000).byStatus.live, 0);
});

Deno.test("Follower knows some hundred sites, and refuses what is of more", async () => {
  const bus = new FakeBus(START_MS);
  const bytes = batchOf((entries) => {
    entries.clock(CLOCK);
    sampleAt(entries, "a", START_MS);
  });
  for (let n = 0; n < 300; n++) bus.put(`pulso.v1.s${n}.1`, bytes);
  const { run, follower } = viewOf(bus);
  await run();
  assertEquals([follower.state.sites.length, follower.state.refused], [256, 44]);
});
