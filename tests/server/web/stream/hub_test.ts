import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { MAX_SILENCE_MS, MAX_WAITING_BYTES } from "../../../../lib/server/web/stream/client.ts";
import { HOSTS_PER_TURN } from "../../../../lib/server/web/api/context.ts";
import { MAX_STREAMS } from "../../../../lib/server/web/guard.ts";
import { HEARTBEAT_MS, ROUND_MS } from "../../../../lib/server/web/stream/chunks.ts";
import { MAX_REMOVALS } from "../../../../lib/server/fleet/admission/eviction.ts";
import { EventReader, FakeWorld, type ReadEvent, serve, settle, START_MS } from "../fakes.ts";

const idsOf = ({ data }: ReadEvent): string[] => data.rows.map(({ id }: { id: string }) => id);

/** A stream, and its first snapshot taken. */
async function openStream(world: FakeWorld, path = "/api/stream", headers = {}) {
  const reader = new EventReader(await serve(world).get(path, headers));
  return { reader, first: (await reader.next())! };
}

/** Waits for an event that comes only as time passes. */
async function after(world: FakeWorld, ms: number, reader: EventReader): Promise<ReadEvent> {
  const next = reader.next();
  await settle();
  await world.pass(ms);
  return (await next)!;
}

/** The first event that is more than a sign of life. */
async function skipTicks(reader: EventReader, event: ReadEvent | null): Promise<ReadEvent> {
  while (event!.event === "tick") event = await reader.next();
  return event!;
}

Deno.test("a stream begins with the whole fleet, in parts", async () => {
  const world = new FakeWorld();
  const count = 2 * HOSTS_PER_TURN + 1;
  world.sendMany(count);
  world.nowMs += 5_000;
  world.send({ id: "id-0", host: "web-0", cpu: { mean: 33.3 } });
  const reader = new EventReader(await serve(world).get("/api/stream"));
  const parts = [await reader.next(), await reader.next(), await reader.next()] as ReadEvent[];
  assertEquals(parts.map(({ event }) => event), ["snapshot", "snapshot", "snapshot"]);
  assertEquals(parts.map(({ data }) => [data.first, data.last]), [
    [true, false],
    [false, false],
    [false, true],
  ]);
  assertEquals(parts.map(({ data }) => data.rows.length), [HOSTS_PER_TURN, HOSTS_PER_TURN, 1]);
  assertEquals(parts.map(({ id }) => id), [null, null, `${START_MS}-${count + 1}`]);
  assertEquals(parts[0]!.data.totals.hosts, count);
  assertEquals(parts[0]!.data.rows[0].cpuRecent, [0, 33.3]);
  assertEquals(world.pauses, 2);
  await reader.close();
});

Deno.test("a stream of an empty fleet begins with an empty snapshot", async () => {
  const { reader, first } = await openStream(new FakeWorld());
  assertEquals([first.data.first, first.data.last, first.data.rows], [true, true, []]);
  assertEquals(first.id, `${START_MS}-0`);
  await reader.close();
});

Deno.test("a stream tells what has changed, each row as it is last", async () => {
  const world = new FakeWorld();
  world.sendMany(3);
  const { reader } = await openStream(world);
  const waiting = reader.next();
  await settle();
  world.send({ id: "id-1", host: "web-1", cpu: { mean: 1 } });
  world.send({ id: "id-1", host: "web-1", cpu: { mean: 2 } });
  world.send({ id: "new", host: "new" });
  await world.pass(ROUND_MS);
  const changes = (await waiting)!;
  assertEquals([changes.event, idsOf(changes)], ["changes", ["id-1", "new"]]);
  assertEquals(changes.data.rows[0].cpuPercent, 2);
  assertEquals([changes.id, changes.data.removed], [`${START_MS}-6`, []]);
  assertEquals(changes.data.totals.hosts, 4);
  await reader.close();
});

Deno.test("a stream says at least once a second that it is alive", async () => {
  const world = new FakeWorld();
  world.send({ id: "a" });
  const { reader } = await openStream(world);
  const times: number[] = [];
  for (let n = 0; n < 5; n++) {
    const event = await after(world, HEARTBEAT_MS + ROUND_MS, reader);
    assertEquals([event.event, event.data.rows], ["changes", []]);
    times.push(event.data.nowMs);
  }
  for (let n = 1; n < 5; n++) assert(times[n]! - times[n - 1]! <= 1_000, String(times));
  await reader.close();
});

Deno.test("a stream sends at most five rounds a second, however much comes", async () => {
  const world = new FakeWorld();
  const { reader } = await openStream(world);
  const times: number[] = [];
  const taking = (async () => {
    for (let event = await reader.next(); event !== null; event = await reader.next()) {
      times.push(event.data.nowMs);
    }
  })();
  await settle();
  for (let n = 0; n < 300; n++) {
    world.send({ id: `id-${n % 7}` });
    await world.pass(10);
  }
  await reader.close();
  await taking;
  assert(times.length >= 13 && times.length <= 15, String(times.length));
});

Deno.test("a stream goes on where it was interrupted", async (t) => {
  const world = new FakeWorld({ maxHosts: 3 });
  world.sendMany(3);
  const { reader, first } = await openStream(world);
  await reader.close();
  const id = first.id!;
  world.send({ id: "id-1", host: "web-1" });
  await t.step("by header", async () => {
    const { reader, first } = await openStream(world, "/api/stream", { "last-event-id": id });
    assertEquals([first.event, idsOf(first), first.id], ["changes", ["id-1"], `${START_MS}-4`]);
    await reader.close();
  });
  await t.step("by parameter", async () => {
    const { reader, first } = await openStream(world, `/api/stream?since=${id}`);
    assertEquals(idsOf(first), ["id-1"]);
    await reader.close();
  });
  await t.step("with the hosts that were forgotten meanwhile", async () => {
    world.nowMs += 3_600_000;
    world.send({ id: "other" });
    const { reader, first } = await openStream(world, `/api/stream?since=${id}`);
    assertEquals([first.data.removed, idsOf(first)], [["id-2"], ["id-1", "other"]]);
    await reader.close();
  });
  await t.step("with nothing but the totals when nothing has happened", async () => {
    const since = `${START_MS}-${world.fleet.version}`;
    const { reader, first } = await openStream(world, `/api/stream?since=${since}`);
    assertEquals([first.event, first.data.rows, first.data.removed], ["changes", [], []]);
    await reader.close();
  });
});

Deno.test("a stream begins anew when its id says nothing to this server", async (t) => {
  const world = new FakeWorld({ maxHosts: 1 });
  world.send({ id: "a" });
  for (const id of ["", "x", "1-1", `${START_MS}-99`, `${START_MS}--1`, `${START_MS}-1e3`]) {
    await t.step(JSON.stringify(id), async () => {
      const { reader, first } = await openStream(world, "/api/stream", { "last-event-id": id });
      assertEquals([first.event, first.data.first], ["snapshot", true]);
      await reader.close();
    });
  }
  await t.step("too many hosts forgotten since", async () => {
    for (let n = 0; n <= MAX_REMOVALS + 1; n++) {
      world.nowMs += 3_600_000;
      world.send({ id: `id-${n}` });
    }
    const { reader, first } = await openStream(world, `/api/stream?since=${START_MS}-1`);
    assertEquals(first.event, "snapshot");
    await reader.close();
  });
});

Deno.test("a client that joins late misses nothing that happened while it was introduced", async () => {
  const world = new FakeWorld();
  world.sendMany(2 * HOSTS_PER_TURN);
  const { get } = serve(world);
  const quick = new EventReader(await get("/api/stream"));
  for (let n = 0; n < 2; n++) await quick.next();
  const late = new EventReader(await get("/api/stream"));
  await late.next();
  world.send({ id: "id-0", host: "web-0", cpu: { mean: 77 } });
  assertEquals(idsOf(await after(world, ROUND_MS, quick)), ["id-0"]);
  assertEquals((await late.next())!.data.last, true);
  const caughtUp = (await late.next())!;
  assertEquals([caughtUp.event, idsOf(caughtUp)], ["changes", ["id-0"]]);
  await Promise.all([quick.close(), late.close()]);
});

Deno.test("a client begins anew when too many hosts are forgotten while it is introduced", async () => {
  const count = 2 * HOSTS_PER_TURN + MAX_REMOVALS;
  const world = new FakeWorld({ maxHosts: count });
  world.sendMany(count);
  world.nowMs += 3_600_000;
  const { get } = serve(world);
  const quick = new EventReader(await get("/api/stream"));
  while (!(await quick.next())!.data.last);
  const late = new EventReader(await get("/api/stream"));
  assertEquals((await late.next())!.data.last, false);
  for (let n = 0; n <= MAX_REMOVALS; n++) {
    world.send({ id: `new-${n}` });
    // Round by round, so that whoever is there is told of each.
    if (n % HOSTS_PER_TURN === 0) await after(world, ROUND_MS, quick);
  }
  while (!(await late.next())!.data.last);
  const parts = [(await late.next())!];
  assertEquals([parts[0]!.event, parts[0]!.data.first], ["snapshot", true]);
  while (!parts.at(-1)!.data.last) parts.push((await late.next())!);
  const hosts = [...world.fleet.hosts()].map(({ key }) => key);
  assertEquals(parts.flatMap(idsOf), hosts);
  assertEquals((await after(world, HEARTBEAT_MS + ROUND_MS, late)).event, "changes");
  await Promise.all([quick.close(), late.close()]);
});

Deno.test("a slow client is dropped and told so, and the others go on", async (t) => {
  const cores = Array.from({ length: 32 }, (_, n) => n + 0.1);
  const big = { cpu: { mean: 1, cores, iowait: 0, steal: 0 } };
  await t.step("too many bytes wait", async () => {
    const world = new FakeWorld();
    const { get } = serve(world);
    const slow = new EventReader(await get("/api/stream"));
    await slow.next();
    const pending = slow.next();
    await settle();
    const bytesPerRound = 2_000 * 500;
    let received = 0;
    for (let n = 0; n < 2 * MAX_WAITING_BYTES / bytesPerRound; n++) {
      for (let host = 0; host < 2_000; host++) world.send({ id: `id-${host}`, ...big });
      await world.pass(ROUND_MS);
    }
    for (let event = await pending; event !== null; event = await slow.next()) {
      received++;
      if (event.event === "dropped") {
        assertStringIncludes(event.data.reason, "too slow");
        assertEquals(await slow.next(), null);
        assertEquals(received, 2);
        return;
      }
    }
    throw new Error("the stream ended without a reason");
  });
  await t.step("it takes nothing for long", async () => {
    const world = new FakeWorld();
    const { get } = serve(world);
    const [slow, quick] = [
      new EventReader(await get("/api/stream")),
      new EventReader(await get("/api/stream")),
    ];
    for (const reader of [slow, quick]) await reader.next();
    const pending = slow.next();
    for (let ms = 0; ms < MAX_SILENCE_MS + 2_000; ms += 1_000) {
      assertEquals((await after(world, 1_000, quick)).event, "changes");
    }
    assertEquals((await pending)!.event, "changes");
    assertEquals((await slow.next())!.event, "dropped");
    assertEquals(await slow.next(), null);
    assertEquals((await after(world, 1_000, quick)).event, "changes");
    await quick.close();
  });
});

Deno.test("a client that stops within the snapshot gives its place back", async () => {
  const world = new FakeWorld();
  world.sendMany(2 * HOSTS_PER_TURN);
  const { get } = serve(world);
  const readers: EventReader[] = [];
  for (let n = 0; n < MAX_STREAMS; n++) readers.push(new EventReader(await get("/api/stream")));
  for (const reader of readers) assertEquals((await reader.next())!.data.last, false);
  assertEquals((await get("/api/stream")).status, 429);
  await world.pass(MAX_SILENCE_MS + 10_000);
  const response = await get("/api/stream");
  assertEquals(response.status, 200);
  await response.body!.cancel();
  await assertRejects(() => readers[0]!.next(), Error, "too slow");
  assertEquals(world.timers, 0);
});

Deno.test("a stream of one host tells all of it, at once and when it changes", async () => {
  const world = new FakeWorld({ maxHosts: 1 });
  world.send({ id: "a", session: "s", seq: 1, cpu: { mean: 1 } });
  const { reader, first } = await openStream(world, "/api/stream?host=a");
  assertEquals([first.event, first.data.row.id, first.data.message.cpu.mean], ["host", "a", 1]);
  assertEquals(first.data.delivery.sequence, 1);
  assertEquals((await after(world, 1_000, reader)).event, "tick");
  const waiting = reader.next();
  await settle();
  world.send({ id: "a", session: "s", seq: 2, cpu: { mean: 2 } });
  await world.pass(ROUND_MS);
  assertEquals((await skipTicks(reader, await waiting)).data.message.cpu.mean, 2);
  world.send({ id: "a", session: "s", seq: 3, bye: true });
  // Who was heard just now makes no room yet, even if it left.
  world.nowMs += 200;
  world.send({ id: "b" });
  const gone = await skipTicks(reader, await after(world, ROUND_MS, reader));
  assertEquals([gone.event, gone.data], ["gone", { id: "a" }]);
  await reader.close();
});

Deno.test("a stream of one host goes on after a fault of ours", async () => {
  const world = new FakeWorld();
  world.send({ id: "a", cpu: { mean: 1 } });
  const { reader } = await openStream(world, "/api/stream?host=a");
  const waiting = reader.next();
  await settle();
  const { fleet } = world;
  const host = fleet.host.bind(fleet);
  fleet.host = () => {
    throw new RangeError("fault");
  };
  await world.pass(2 * ROUND_MS);
  assertEquals(world.faults.length, 2);
  fleet.host = host;
  world.send({ id: "a", cpu: { mean: 2 } });
  await world.pass(HEARTBEAT_MS + ROUND_MS);
  assertEquals((await waiting)!.data.message.cpu.mean, 2);
  await reader.close();
});

Deno.test("a stream of a host that is not known waits for it", async () => {
  const world = new FakeWorld();
  const { reader, first } = await openStream(world, "/api/stream?host=192.0.2.7%2F%C3%BC");
  assertEquals([first.event, first.data.id], ["gone", "192.0.2.7/ü"]);
  const waiting = reader.next();
  await settle();
  world.send({ host: "ü" });
  await world.pass(ROUND_MS);
  assertEquals((await waiting)!.event, "host");
  await reader.close();
});

Deno.test("nothing is done while nobody listens", async () => {
  const world = new FakeWorld();
  world.send({ id: "a" });
  const { reader } = await openStream(world);
  await after(world, 1_000, reader);
  await reader.close();
  await world.pass(2 * ROUND_MS);
  assertEquals([world.timers, world.faults], [0, []]);
});

Deno.test("a stream tells all times anew when the wall clock is set, and no other news", async (t) => {
  const aheadMs = 3 * 86_400_000;
  await t.step("of the fleet", async () => {
    const world = new FakeWorld();
    world.send({ id: "a" });
    const { reader, first } = await openStream(world);
    assertEquals((await after(world, ROUND_MS, reader)).event, "changes");
    world.aheadMs = aheadMs;
    const told = await after(world, ROUND_MS, reader);
    assertEquals([told.event, told.data.first, told.data.last], ["snapshot", true, true]);
    assertEquals(told.data.startedMs, START_MS + aheadMs);
    assertEquals(told.data.rows[0].lastSeenMs, START_MS + aheadMs);
    assertEquals(told.data.rows[0].ageMs, 2 * ROUND_MS);
    const heartbeat = await after(world, HEARTBEAT_MS + ROUND_MS, reader);
    assertEquals(heartbeat.event, "changes");
    assert(heartbeat.data.nowMs > START_MS + aheadMs);
    const back = { "last-event-id": told.id! };
    assertEquals((await openStream(world, "/api/stream", back)).first.event, "changes");
    const stale = { "last-event-id": first.id! };
    assertEquals((await openStream(world, "/api/stream", stale)).first.event, "snapshot");
  });
  await t.step("of one who is introduced meanwhile", async () => {
    const world = new FakeWorld();
    world.sendMany(HOSTS_PER_TURN + 1);
    const { reader } = await openStream(world);
    world.aheadMs = aheadMs;
    await reader.next();
    const told = await reader.next();
    assertEquals([told!.event, told!.data.first], ["snapshot", true]);
    assertEquals(told!.data.rows[0].lastSeenMs, START_MS + aheadMs);
  });
  await t.step("of a part", async () => {
    const world = new FakeWorld();
    world.send({ id: "a", cpu: { mean: 1 } });
    const { reader } = await openStream(world, "/api/stream?limit=5");
    world.aheadMs = -aheadMs;
    const { data } = await after(world, ROUND_MS, reader);
    assertEquals([data.nowMs, data.ids], [START_MS + ROUND_MS - aheadMs, null]);
    assertEquals(data.rows[0].lastSeenMs, START_MS - aheadMs);
    assertEquals(data.rows[0].cpuRecent, [1]);
  });
  await t.step("of a host", async () => {
    const world = new FakeWorld();
    world.send({ id: "a", session: "s", seq: 1, time: START_MS });
    const { reader } = await openStream(world, "/api/stream?host=a");
    world.aheadMs = aheadMs;
    const { event, data } = await after(world, ROUND_MS, reader);
    assertEquals([event, data.nowMs], ["host", START_MS + ROUND_MS + aheadMs]);
    assertEquals(data.firstSeenMs, START_MS + aheadMs);
    assertEquals(data.delivery.clockOffsetMs, aheadMs);
  });
});
