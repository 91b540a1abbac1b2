import { assertEquals, assertThrows } from "@std/assert";
import { bindDrain } from "../../../lib/server/sources/drain.ts";
import type { Address } from "../../../lib/common/format.ts";
import { MAX_DATAGRAM_BYTES } from "../../../lib/message/message.ts";
import { bindReceiver, type Receiver } from "../../../lib/server/sources/udp.ts";
import { FakeTimers } from "../../timers.ts";

const ignore = Deno.permissions.querySync({ name: "net" }).state !== "granted";

/** What a receiver that is bound there hands on, until it has handed on so many. */
async function receive(hostname: string, from: string, datagrams: readonly Uint8Array[]) {
  const receiver = bindReceiver({ hostname, port: 0 });
  const { port } = receiver.addresses[0]!;
  const sender = Deno.listenDatagram({ transport: "udp", hostname: from, port: 0 });
  const taken: { length: number; first: number | undefined; sender: Address }[] = [];
  const receiving = receiver.receiveAll((bytes, sender) => {
    taken.push({ length: bytes.length, first: bytes[0], sender });
    if (taken.length === datagrams.length) receiver.close();
  }, (error) => {
    throw error;
  });
  for (const bytes of datagrams) {
    await sender.send(bytes, { transport: "udp", hostname: from, port });
  }
  await receiving;
  const ownPort = (sender.addr as Deno.NetAddr).port;
  sender.close();
  return { taken, ownPort };
}

Deno.test({
  name:
    "bindReceiver() hands on every datagram with its sender, even an empty one (needs --allow-net)",
  ignore,
  async fn() {
    const datagrams = [Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)];
    const { taken, ownPort } = await receive("127.0.0.1", "127.0.0.1", datagrams);
    const sender = { hostname: "127.0.0.1", port: ownPort };
    assertEquals(taken, [
      { length: 2, first: 1, sender },
      { length: 0, first: undefined, sender },
      { length: 1, first: 3, sender },
    ]);
  },
});

Deno.test({
  name:
    "bindReceiver() lets a datagram that is too long be told from one that is not (needs --allow-net)",
  ignore,
  async fn() {
    const sizes = [MAX_DATAGRAM_BYTES, MAX_DATAGRAM_BYTES + 1, 60_000];
    const { taken } = await receive("127.0.0.1", "127.0.0.1", sizes.map((n) => new Uint8Array(n)));
    assertEquals(taken.map(({ length }) => length), [
      MAX_DATAGRAM_BYTES,
      MAX_DATAGRAM_BYTES + 1,
      MAX_DATAGRAM_BYTES + 1,
    ]);
  },
});

Deno.test({
  name: "bindReceiver() shows IPv4 senders of a dual-stack socket as IPv4 (needs --allow-net)",
  ignore,
  async fn() {
    const { taken } = await receive("::", "127.0.0.1", [Uint8Array.of(1)]);
    assertEquals(taken[0]!.sender.hostname, "127.0.0.1");
  },
});

Deno.test({
  name: "bindReceiver() says what to do when it cannot be bound (needs --allow-net)",
  ignore,
  fn() {
    const first = bindReceiver({ hostname: "127.0.0.1", port: 0 });
    assertThrows(() => bindReceiver(first.addresses[0]!), Error, "the port is taken");
    first.close();
    assertThrows(
      () => bindReceiver({ hostname: "192.0.2.1", port: 0 }),
      Error,
      "no network interface of this machine has that address",
    );
  },
});

/** Every way to receive, which all do the same. */
const BINDS: readonly [name: string, bind: (listen: Address) => Receiver | Promise<Receiver>][] = [
  ["bindReceiver()", bindReceiver],
  ["bindDrain()", (listen) => bindDrain(listen, 10)],
];

for (const [name, bind] of BINDS) {
  Deno.test({
    name: `${name} goes on after a fault of the one who takes (needs --allow-net)`,
    ignore,
    async fn() {
      const receiver = await bind({ hostname: "127.0.0.1", port: 0 });
      const { port } = receiver.addresses[0]!;
      const sender = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
      const faults: string[] = [];
      const receiving = receiver.receiveAll(() => {
        if (faults.length > 0) return receiver.close();
        throw new Error("a fault");
      }, (error) => faults.push(error.message));
      for (const byte of [1, 2]) {
        await sender.send(Uint8Array.of(byte), { transport: "udp", hostname: "127.0.0.1", port });
      }
      await receiving;
      sender.close();
      assertEquals(faults, ["a fault"]);
    },
  });

  Deno.test({
    name: `${name} has nothing to hand on when it is closed before it begins (needs --allow-net)`,
    ignore,
    async fn() {
      const receiver = await bind({ hostname: "127.0.0.1", port: 0 });
      receiver.close();
      let taken = 0;
      await receiver.receiveAll(() => taken++, (error) => {
        throw error;
      });
      assertEquals(taken, 0);
    },
  });
}

Deno.test({
  name:
    "bindReceiver() pauses after a failure, so that one that stays fills no core (needs --allow-net)",
  ignore,
  async fn() {
    const receiver = bindReceiver({ hostname: "127.0.0.1", port: 0 });
    const sender = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    using timers = new FakeTimers();
    const failed = Promise.withResolvers<void>();
    const receiving = receiver.receiveAll(() => {
      throw new Error("a fault");
    }, () => failed.resolve());
    await sender.send(Uint8Array.of(1), { transport: "udp", ...receiver.addresses[0]! });
    await failed.promise;
    await Promise.resolve();
    assertEquals(timers.delaysMs, [100]);
    receiver.close();
    timers.ring();
    await receiving;
    sender.close();
  },
});
