import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Origin } from "../../../lib/common/address.ts";
import { MAX_DATAGRAM_BYTES } from "../../../lib/message/message.ts";
import { bindUdp, openKernelDrops, socketDrops } from "../../../lib/server/sources/udp.ts";
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

const TABLE =
  `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  140: 0100007F:138D 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1001 2 0000000000000000 7
 5005: 00000000:138D 00000000:0000 07 00000000:00034000 00:00000000 00000000     0        0 1002 2 0000000000000000 123456
  141: 00000000:1400 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1003 2 0000000000000000 9
`;
const TABLE_6 =
  `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 8421: 00000000000000000000000000000000:138D 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 2001 2 0000000000000000 5
`;

Deno.test("socketDrops() finds the row of our own socket", async (t) => {
  const cases: [
    name: string,
    table: string,
    port: number,
    inodes: string[],
    drops: number | null,
  ][] = [
    ["one of two on a port", TABLE, 5005, ["1002", "77"], 123_456],
    ["the other", TABLE, 5005, ["1001"], 7],
    ["ours on another port", TABLE, 5005, ["1003"], null],
    ["only others", TABLE, 5005, ["77"], null],
    ["IPv6", TABLE_6, 5005, ["2001"], 5],
    ["IPv6 and IPv4, bound apart", TABLE + TABLE_6, 5005, ["1002", "2001"], 123_461],
    ["no rows", TABLE.split("\n")[0]!, 5005, ["1001"], null],
    ["no text", "", 5005, ["1001"], null],
    ["a kernel that does not tell", TABLE.replaceAll(/ \d+\n/g, "\n"), 5005, ["1002"], null],
  ];
  for (const [name, table, port, inodes, drops] of cases) {
    await t.step(name, () => assertEquals(socketDrops(table, port, new Set(inodes)), drops));
  }
});

/** A file of /proc is read only by who may everything. */
const MAY_ALL = Deno.build.os === "linux" && await mayReadProc();
const MAY_NET = Deno.permissions.querySync({ name: "net" }).state === "granted";

async function mayReadProc(): Promise<boolean> {
  if (Deno.permissions.querySync({ name: "read" }).state !== "granted") return false;
  return await Deno.readTextFile("/proc/net/udp").then(() => true, () => false);
}

Deno.test({
  name: "openKernelDrops() counts what a full socket lost, once a second (needs --allow-all)",
  ignore: !MAY_ALL || !MAY_NET,
  fn: async () => {
    const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    const sender = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    try {
      const drops = openKernelDrops((socket.addr as Deno.NetAddr).port);
      assertEquals(drops(0), 0);
      const SENT = 2_000;
      for (let n = 0; n < SENT; n++) await sender.send(new Uint8Array(1_400), socket.addr);
      assertEquals(drops(999), 0, "not read again");
      const dropped = drops(1_000)!;
      // What was not dropped waits in the buffer.
      for (let n = 0; n < SENT - dropped; n++) await socket.receive();
      assertEquals(drops(2_000), dropped);
      assertEquals(dropped > 0 && dropped < SENT, true);
    } finally {
      socket.close();
      sender.close();
    }
    assertEquals(openKernelDrops(1)(0), null);
  },
});

Deno.test({
  name: "openKernelDrops() does not know what it may not read",
  permissions: { read: false },
  fn: () => assertEquals(openKernelDrops(5005)(0), null),
});
