/** What a site publishes: all of it once and in order, whatever the bus does, or it is counted. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { EntryReader, KIND } from "../../../lib/server/record/format.ts";
import { FakeBus, siteOf } from "./batches.ts";

const START_MS = 1_795_442_910_170;
const ORIGIN = { hostname: "192.0.2.7", port: 40_000 };

/** What the stream has of each host, in its order, and how many it is told were left out. */
function readAll({ messages }: FakeBus) {
  const entries = new EntryReader(10);
  const byHost = new Map<number, number[]>();
  let omitted = 0;
  for (const { subject, bytes } of messages) {
    if (subject.endsWith(".beat")) continue;
    entries.begin(bytes);
    while (entries.next()) {
      if (entries.kind === KIND.gap) omitted += entries.count;
      if (entries.kind !== KIND.passed) continue;
      const [host, number] = entries.bytes as unknown as [number, number];
      byHost.set(host, [...byHost.get(host) ?? [], number]);
    }
  }
  return { byHost, omitted };
}

const datagram = (host: number, number: number, length = 600) => {
  const bytes = new Uint8Array(length);
  bytes.set([host, number]);
  return bytes;
};

Deno.test("Publisher sends what was accepted in batches, of a partition one at a time", async () => {
  const bus = new FakeBus(START_MS);
  const { publisher, settle } = siteOf(bus, "berlin");
  for (let number = 0; number < 100; number++) {
    for (const host of [1, 2, 3]) {
      publisher.add(`host-${host}`, datagram(host, number), ORIGIN, START_MS, { kind: "plain" });
    }
  }
  await settle();
  const { byHost, omitted } = readAll(bus);
  const all = Array.from({ length: 100 }, (_, number) => number);
  assertEquals([...byHost.values(), omitted], [all, all, all, 0]);
  assert(bus.messages.every(({ bytes }) => bytes.length <= 32_768));
  assert(bus.messages.length < 20, "hundreds of datagrams are few batches");
  const counts = { published: 300, dropped: 0, retries: 0, waitingBytes: 0 };
  assertEquals([publisher.counts, publisher.failure], [counts, null]);
});

Deno.test("Publisher tries again with growing pauses, says so once, and nothing is there twice", async () => {
  const bus = new FakeBus(START_MS);
  const { publisher, settle, pauses, changes } = siteOf(bus, "berlin");
  bus.answers.push("lost", "late", "lost", "lost", "lost", "lost", "lost");
  publisher.add("host-1", datagram(1, 1), ORIGIN, START_MS, { kind: "plain" });
  await settle(10);
  assertEquals(pauses, [100, 200, 400, 800, 1_600, 2_000, 2_000]);
  assertEquals(changes, ["away", null]);
  assertEquals(readAll(bus).byHost, new Map([[1, [1]]]));
  assertEquals(publisher.counts.retries, 7);
});

Deno.test("Publisher drops and counts the oldest of what is too much to wait, and views are told", async () => {
  const bus = new FakeBus(START_MS);
  const { publisher, settle, warned } = siteOf(bus, "berlin", { maxWaitingBytes: 200_000 });
  bus.isAway = true;
  for (let number = 0; number < 200; number++) {
    publisher.add("host-1", datagram(1, number, 5_000), ORIGIN, START_MS, { kind: "plain" });
    await settle(1);
  }
  assert(publisher.counts.waitingBytes <= 200_000);
  bus.isAway = false;
  await settle(50);
  const { byHost, omitted } = readAll(bus);
  const numbers = byHost.get(1)!;
  assertEquals(numbers, numbers.toSorted((a, b) => a - b), "what is left is in order");
  assertEquals(numbers.at(-1), 199, "the newest are kept");
  const { dropped, published, waitingBytes } = publisher.counts;
  assertEquals([numbers.length, waitingBytes, omitted], [published, 0, dropped]);
  assertEquals(published + dropped, 200);
  assert(dropped > 100);
  assertEquals(warned[0], "Cannot publish all to the bus: datagrams dropped so far: 6");
});

Deno.test("Publisher drops the oldest of all, so that what is rare outlives what is not", async () => {
  const bus = new FakeBus(START_MS);
  const { publisher, settle } = siteOf(bus, "berlin", { maxWaitingBytes: 500_000 });
  bus.isAway = true;
  const add = async (host: number, number: number) => {
    // Of the second host each is a batch.
    const bytes = datagram(host, number, host === 1 ? 5_000 : 25_000);
    publisher.add(`host-${host}`, bytes, ORIGIN, START_MS + number, { kind: "plain" });
    await settle(1);
  };
  for (let number = 0; number < 200; number++) {
    await add(1, number);
    if (number >= 120 && number % 20 === 0) await add(2, number);
  }
  assert(publisher.counts.waitingBytes <= 500_000);
  assert(publisher.counts.dropped > 50);
  bus.isAway = false;
  await settle(60);
  const { byHost, omitted } = readAll(bus);
  // What is on its way stays; of the rest the newest do, whoever's they are.
  const [often, rare] = [byHost.get(1)!, byHost.get(2)!];
  assertEquals(rare, [120, 140, 160, 180]);
  assert(often[1]! > 80 && often[1]! < 140, `${often[1]}`);
  assertEquals(publisher.counts.dropped + often.length + rare.length, 204);
  assert(omitted > 0);
});

Deno.test("Publisher holds batches for longer where there would be many", async () => {
  const bus = new FakeBus(START_MS);
  const { publisher, settle, delays } = siteOf(bus, "berlin", { partitions: 64 });
  const round = async (hosts: number) => {
    for (let host = 0; host < hosts; host++) {
      publisher.add(`host-${host}`, datagram(host, 1), ORIGIN, START_MS, { kind: "plain" });
    }
    await settle(1);
    return delays.at(-1)!;
  };
  assertEquals([await round(3), await round(3)], [20, 20]);
  // Of many hosts most partitions have one; what is said then holds for the next.
  assertEquals([await round(1_000), await round(1_000)], [20, 100]);
  assertEquals([await round(3), await round(3)], [100, 20]);
});

Deno.test("Publisher says how far it has got: not past what the stream does not have", async () => {
  const bus = new FakeBus(START_MS);
  const { publisher, settle, clock } = siteOf(bus, "berlin");
  const reached = () => {
    publisher.tick();
    const entries = new EntryReader(1);
    entries.begin(bus.messages.at(-1)!.bytes);
    const times = [];
    while (entries.next() && entries.kind === KIND.clock) times.push(entries.atMs - START_MS);
    assertEquals([entries.kind, entries.count], [KIND.gap, 4], "how many partitions there are");
    return times;
  };
  assertEquals(reached(), [0, 0]);
  bus.answers.push("lost");
  publisher.add("host-1", datagram(1, 1), ORIGIN, START_MS + 5, { kind: "plain" });
  clock.nowMs = START_MS + 1_000;
  assertEquals(reached(), [1_000, 5]);
  await settle(1);
  assertEquals(reached(), [1_000, 5]);
  await settle(3);
  assertEquals(reached(), [1_000, 1_000]);
});

Deno.test("Publisher.close() sends what is open, and counts what the bus does not take", async () => {
  const bus = new FakeBus(START_MS);
  const first = siteOf(bus, "berlin");
  first.publisher.add("host-1", datagram(1, 1), ORIGIN, START_MS, { kind: "plain" });
  await first.publisher.close();
  assertEquals(readAll(bus).byHost, new Map([[1, [1]]]));
  bus.isAway = true;
  const { publisher, settle } = siteOf(bus, "paris");
  publisher.add("host-1", datagram(1, 1), ORIGIN, START_MS, { kind: "plain" });
  await settle(2);
  const closing = publisher.close();
  await settle(2);
  await closing;
  assertEquals(publisher.counts.dropped, 1);
});

Deno.test("Publisher.close() sends what came while a batch was on its way", async () => {
  const bus = new FakeBus(START_MS);
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  const publish = bus.publish.bind(bus);
  bus.publish = (...message) => answered.then(() => publish(...message));
  const { publisher, settle } = siteOf(bus, "berlin");
  publisher.add("host-1", datagram(1, 1), ORIGIN, START_MS, { kind: "plain" });
  await settle(1);
  publisher.add("host-1", datagram(1, 2), ORIGIN, START_MS, { kind: "plain" });
  const closing = publisher.close();
  answer();
  await closing;
  assertEquals(readAll(bus).byHost, new Map([[1, [1, 2]]]));
  assertEquals(publisher.counts.dropped, 0);
});

Deno.test("Publisher keeps the order of each host, whatever the bus answers", async () => {
  const answers = fc.array(fc.constantFrom("lost" as const, "late" as const), { maxLength: 30 });
  const hosts = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 250 });
  await fc.assert(
    fc.asyncProperty(answers, hosts, fc.nat(20), async (answers, hosts, every) => {
      const bus = new FakeBus(START_MS);
      const { publisher, settle } = siteOf(bus, "berlin");
      bus.answers.push(...answers);
      const sent = new Map<number, number[]>();
      for (const [number, host] of hosts.entries()) {
        const bytes = datagram(host, number, 3_000);
        publisher.add(`host-${host}`, bytes, ORIGIN, START_MS + number, { kind: "plain" });
        sent.set(host, [...sent.get(host) ?? [], number]);
        if (every > 0 && number % every === 0) await settle(1);
      }
      await settle(60);
      const { byHost } = readAll(bus);
      for (const [host, numbers] of sent) assertEquals(byHost.get(host), numbers);
      assertEquals(publisher.counts.dropped, 0);
    }),
    { numRuns: 30 },
  );
});
