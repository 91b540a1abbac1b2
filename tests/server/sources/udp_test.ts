import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Origin } from "../../../lib/common/address.ts";
import { MAX_DATAGRAM_BYTES } from "../../../lib/message/message.ts";
import { bindUdp } from "../../../lib/server/sources/udp.ts";
import { FakeTimers } from "../../timers.ts";

const ignore = Deno.permissions.querySync({ name: "net" }).state !== "granted";

/** The time of every test, with a fraction that none is told. */
const NOW_MS = 1_000.4;

/** By how many hosts each way to receive is chosen; all do the same. */
const WAYS: readonly [name: string, maxHosts: number][] = [["a loop", 10_000], [
  "a thread",
  10_001,
]];

function bind(hostname: string, maxHosts = 10, nowMs = () => NOW_MS) {
  return bindUdp({ hostname, port: 0 }, { maxHosts, nowMs });
}

function onFailure(error: Error): never {
  throw error;
}

/** What a source that is bound there hands on, until it has handed on so many. */
async function receive(hostname: string, datagrams: readonly Uint8Array[], maxHosts?: number) {
  const source = await bind(hostname, maxHosts);
  const { port } = source.addresses[0]!;
  const sender = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const taken: { length: number; first: number | undefined; origin: Origin; atMs: number }[] = [];
  const running = source.run((bytes, origin, atMs) => {
    taken.push({ length: bytes.length, first: bytes[0], origin, atMs });
    if (taken.length === datagrams.length) source.close();
  }, onFailure);
  for (const bytes of datagrams) {
    await sender.send(bytes, { transport: "udp", hostname: "127.0.0.1", port });
  }
  await running;
  const ownPort = (sender.addr as Deno.NetAddr).port;
  sender.close();
  return { taken, ownPort };
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name} (needs --allow-net)`, ignore, fn });
}

for (const [way, maxHosts] of WAYS) {
  test(`bindUdp() hands on every datagram with origin and whole time, even an empty one, by ${way}`, async () => {
    const datagrams = [Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)];
    const { taken, ownPort } = await receive("127.0.0.1", datagrams, maxHosts);
    const origin = { hostname: "127.0.0.1", port: ownPort };
    assertEquals(taken.map(({ atMs: _, ...others }) => others), [
      { length: 2, first: 1, origin },
      { length: 0, first: undefined, origin },
      { length: 1, first: 3, origin },
    ]);
    assert(taken.every(({ atMs }) => Number.isInteger(atMs)));
  });

  test(`bindUdp() lets a datagram that is too long be told from one that is not, by ${way}`, async () => {
    const sizes = [MAX_DATAGRAM_BYTES, MAX_DATAGRAM_BYTES + 1, 60_000];
    const { taken } = await receive("127.0.0.1", sizes.map((n) => new Uint8Array(n)), maxHosts);
    assertEquals(taken.map(({ length }) => length), [
      MAX_DATAGRAM_BYTES,
      MAX_DATAGRAM_BYTES + 1,
      MAX_DATAGRAM_BYTES + 1,
    ]);
  });

  test(`bindUdp() shows IPv4 senders of a dual-stack socket as IPv4, by ${way}`, async () => {
    const { taken } = await receive("::", [Uint8Array.of(1)], maxHosts);
    assertEquals(taken[0]!.origin.hostname, "127.0.0.1");
  });

  test(`bindUdp() says what to do when it cannot bind, by ${way}`, async () => {
    const first = await bind("127.0.0.1", maxHosts);
    const again = () => bindUdp(first.addresses[0]!, { maxHosts, nowMs: () => NOW_MS });
    await assertRejects(
      again,
      Error,
      `Cannot receive on 127.0.0.1:${first.addresses[0]!.port}: the port is taken`,
    );
    first.close();
    await assertRejects(
      () => bind("192.0.2.1", maxHosts),
      Error,
      "no network interface of this machine has that address",
    );
  });

  test(`bindUdp() has nothing to hand on when it is closed before it runs, by ${way}`, async () => {
    const source = await bind("127.0.0.1", maxHosts);
    source.close();
    let taken = 0;
    await source.run(() => taken++, onFailure);
    assertEquals(taken, 0);
  });
}

test("bindUdp() pauses after a failure, so that one that stays fills no core", async () => {
  const source = await bind("127.0.0.1");
  const sender = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  using timers = new FakeTimers();
  const failed = Promise.withResolvers<string>();
  const running = source.run(() => {
    throw new Error("a fault");
  }, ({ message }) => failed.resolve(message));
  await sender.send(Uint8Array.of(1), { transport: "udp", ...source.addresses[0]! });
  assertEquals(await failed.promise, "a fault");
  await Promise.resolve();
  assertEquals(timers.delaysMs, [100]);
  source.close();
  timers.ring();
  await running;
  sender.close();
});
