import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import {
  bindDrain,
  clockDifference,
  makeRing,
  RingReader,
} from "../../../lib/server/sources/drain.ts";
import { drain, RingWriter } from "../../../lib/server/sources/thread.js";
import { Clock } from "../../../lib/common/clock.ts";
import { jsonOf } from "../../messages.ts";
import { MAY_RUN, portOf, programOf, Running } from "../../processes.ts";

const LIMIT = 300;
const sender = { hostname: "2001:db8::7", port: 65_535 };

/** A ring of a few hundred bytes, and what was read from it: first byte, length and time. */
function open(bytes = 512) {
  const memory = makeRing(bytes);
  const [writer, reader] = [new RingWriter(memory), new RingReader(memory, LIMIT, 10)];
  const read: unknown[] = [];
  const take = (most: number) =>
    reader.read(most, (bytes, from, atMs) => {
      assertEquals(from, sender);
      read.push([bytes[0], bytes.length, atMs]);
    });
  return { memory, writer, reader, take, read };
}

Deno.test("RingReader reads what RingWriter wrote, with its sender and time", () => {
  const { writer, take, read } = open();
  assert(writer.write(Uint8Array.of(7, 8, 9), sender, 1_795_442_910_170.25));
  assert(writer.write(new Uint8Array(0), sender, 2));
  assertEquals([take(1), take(1), take(1)], [true, false, false]);
  assertEquals(read, [[7, 3, 1_795_442_910_170.25], [undefined, 0, 2]]);
});

Deno.test("RingWriter.write() overwrites nothing that was not read", () => {
  const { writer, take, read } = open();
  let written = 0;
  while (writer.write(Uint8Array.of(written), sender, 0)) written++;
  assert(written > 5);
  assert(!writer.write(Uint8Array.of(0), sender, 0));
  take(written);
  assertEquals(read, Array.from({ length: written }, (_, n) => [n, 1, 0]));
});

Deno.test("RingReader.rest() asks to be told once, and never while there is something to read", () => {
  const { writer, reader, take } = open();
  assert(!writer.takeIdle());
  assert(reader.rest());
  writer.write(Uint8Array.of(1), sender, 0);
  assertEquals([writer.takeIdle(), writer.takeIdle()], [true, false]);
  assertEquals([reader.rest(), writer.takeIdle()], [false, false]);
  take(1);
  assert(reader.rest());
});

Deno.test("RingReader.read() tells a thread that waits for room", async () => {
  const { memory, writer, take } = open();
  writer.write(Uint8Array.of(1), sender, 0);
  const tailAt = 1;
  const waiting = Atomics.waitAsync(new Int32Array(memory), tailAt, 0, 5_000);
  // Such a wait alone keeps no event loop running.
  const awake = setTimeout(() => {}, 10_000);
  take(1);
  assertEquals(await waiting.value, "ok");
  clearTimeout(awake);
});

Deno.test("RingWriter and RingReader lose and mix up nothing, however they take turns", () => {
  const step = fc.oneof(
    fc.record({ size: fc.integer({ min: 0, max: LIMIT }) }),
    fc.record({ most: fc.integer({ min: 1, max: 4 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { writer, take, read } = open(1_024);
      const expected: unknown[] = [];
      steps.forEach((step, n) => {
        if ("most" in step) {
          take(step.most);
          return;
        }
        const bytes = new Uint8Array(step.size).fill(n);
        if (writer.write(bytes, sender, n)) expected.push([bytes[0], step.size, n]);
      });
      take(1_000);
      assertEquals(read, expected);
    }),
    { numRuns: 500 },
  );
});

Deno.test("drain() lets datagrams gather once it has met an empty socket", async () => {
  const { writer, take, read } = open();
  const waits: number[] = [];
  const wait = Atomics.wait;
  Atomics.wait = (_array: unknown, _index: unknown, _value: unknown, timeoutMs = NaN) => {
    waits.push(timeoutMs);
    return "timed-out";
  };
  const finished = Promise.withResolvers<void>();
  let received = 0;
  const socket = {
    /** Each takes long, as it does where nothing is waiting. */
    async receive(buffer: Uint8Array) {
      if (received === 8) finished.resolve();
      if (received++ >= 8) await new Promise(() => {});
      const untilMs = performance.now() + 1;
      while (performance.now() < untilMs) await Promise.resolve();
      return [buffer.subarray(0, 1), sender];
    },
  };
  drain(socket as unknown as Deno.DatagramConn, writer, LIMIT, () => {});
  await finished.promise;
  Atomics.wait = wait;
  take(8);
  assertEquals(read.length, 8);
  assertEquals(waits, [0.3, 0.3]);
});

const ignore = Deno.permissions.querySync({ name: "net" }).state !== "granted";
const LOOPBACK = { hostname: "127.0.0.1", port: 0 };

const clock = new Clock();
const OPTIONS = { maxHosts: 10, nowMs: () => clock.nowMs() };

Deno.test({
  name: "bindDrain() tells when a datagram came by the program's clock (needs --allow-net)",
  ignore,
  async fn() {
    const hourAheadMs = 3_600_000;
    const nowMs = () => clock.nowMs() + hourAheadMs;
    const source = await bindDrain(LOOPBACK, { maxHosts: 10, nowMs });
    const socket = Deno.listenDatagram({ transport: "udp", ...LOOPBACK });
    await socket.send(new Uint8Array(1), { transport: "udp", ...source.addresses[0]! });
    const times: number[] = [];
    await source.run((_bytes, _origin, atMs) => {
      times.push(atMs);
      source.close();
    }, (error) => {
      throw error;
    });
    socket.close();
    assert(Math.abs(times[0]! - nowMs()) < 60_000);
  },
});

Deno.test("bindDrain() starts a thread that deno test neither checks nor prints", async () => {
  const { Worker } = globalThis;
  const urls: string[] = [];
  try {
    globalThis.Worker = class {
      constructor(url: string) {
        urls.push(url);
        throw new Error("no thread");
      }
    } as unknown as typeof Worker;
    await assertRejects(() => bindDrain(LOOPBACK, OPTIONS), Error, "no thread");
  } finally {
    globalThis.Worker = Worker;
  }
  const [text] = urls.map(decodeURIComponent);
  assertStringIncludes(text!, "RingWriter");
  assert(!text!.includes("@ts-check"));
});

Deno.test({
  name:
    "server of many hosts receives by its thread with --allow-net alone, and ends (needs --allow-run, -net, -read, -env)",
  ignore: !MAY_RUN,
  async fn() {
    await using server = new Running(programOf("server", ["--allow-net"]), [
      ...["--listen", "127.0.0.1:0", "--max-hosts", "10001", "--view", "json"],
    ]);
    const port = await portOf(server);
    const socket = Deno.listenDatagram({ transport: "udp", ...LOOPBACK });
    const to = { transport: "udp", hostname: "127.0.0.1", port } as const;
    await socket.send(jsonOf({ v: 1, host: "web-01" }), to);
    socket.close();
    const line = await server.stdout.find((line) => line.includes("web-01"), "the datagram");
    assertEquals(JSON.parse(line).message, { v: 1, host: "web-01" });
    assertEquals(await server.stop(), 0);
  },
});

Deno.test("clockDifference() is none but where the other clock began on another wall clock", () => {
  const cases: [theirs: number, difference: number][] = [
    ...[1_000, 1_007, 1_030].map((theirs): [number, number] => [theirs, 0]),
    [3_601_007, 1_030 - 3_601_007],
    [-3_598_993, 1_000 + 3_598_993],
  ];
  for (const [theirs, difference] of cases) {
    assertEquals(clockDifference(theirs, 1_000, 1_030), difference);
  }
});
