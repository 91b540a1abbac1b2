import { assertEquals } from "@std/assert";
import type { BusConnection } from "../../../lib/server/bus/connection.ts";
import { BusStream } from "../../../lib/server/bus/stream.ts";

/** A bus that has some messages at once, which are delivered under these numbers. */
function connectionOf(numbers: readonly number[]): BusConnection {
  async function* deliver() {
    for (const deliverySequence of numbers) {
      const info = { deliverySequence, streamSequence: 1, timestampNanos: 0, pending: 0 };
      yield { subject: "pulso.v1.a.0", data: new Uint8Array(), info };
    }
  }
  const never = new Promise<never>(() => {});
  const messages = Object.assign(deliver(), {
    async *status() {},
    closed: () => never,
    stop() {},
  });
  const place = { consume: () => Promise.resolve(messages) };
  const info = { created: new Date(0).toISOString() };
  const libraries = {
    jetstreamManager: () => ({ consumers: { add: () => info } }),
    jetstream: () => ({ consumers: { getConsumerFromInfo: () => place } }),
    ...{ AckPolicy: {}, DeliverPolicy: {} },
  };
  const losing = new AbortController().signal;
  return { arrival: () => {}, present: {}, libraries, losing } as never;
}

/** Reads them, of which each takes a millisecond; how many had been handed on when what each left for later was done. */
async function read(numbers: readonly number[]): Promise<readonly number[]> {
  let nowMs = 0;
  const stream = new BusStream(connectionOf(numbers), {
    log: { info: String, warn: String } as never,
    wallMs: () => 0,
    steadyMs: () => nowMs,
    schedule() {},
  });
  const stop = new AbortController();
  const done: number[] = [];
  const onMessage = () => {
    nowMs++;
    setTimeout(() => {
      if (done.push(nowMs) === numbers.length) stop.abort();
    }, 0);
    return null;
  };
  const partitions = { first: 0, last: 63, count: 64 };
  await stream.reader(partitions)(0, () => {}, onMessage, stop.signal);
  return done;
}

Deno.test("BusStream.reader() leaves others their turns while a view catches up", async () => {
  const numbers = Array.from({ length: 20 }, (_, n) => n + 1);
  assertEquals(await read(numbers), numbers.map((n) => 4 * Math.ceil(n / 4)));
});

Deno.test("BusStream.reader() ends where a message was lost on its way", async () => {
  const outcome = await read([1, 2, 4]).catch(({ message }) => message);
  assertEquals(outcome, "a message was lost");
});

Deno.test("BusStream.publish() tells once why there is no stream, and anew when that changes", async () => {
  let reason = "jetstream is not enabled";
  const untaken = Object.assign(new Error(), { name: "JetStreamNotEnabled" });
  const libraries = {
    jetstream: () => ({ publish: () => Promise.reject(untaken) }),
    jetstreamManager: () => ({ streams: { add: () => Promise.reject(new Error(reason)) } }),
    ...{ RetentionPolicy: {}, DiscardPolicy: {} },
  };
  const lines: string[] = [];
  const stream = new BusStream({ failure: null, present: {}, libraries } as never, {
    log: { info: String, warn: (line: string) => lines.push(line) } as never,
    wallMs: () => 0,
    steadyMs: () => 0,
    // As if each attempt came when the next is due.
    schedule: (action) => queueMicrotask(action),
  });
  for (const why of [reason, reason, "insufficient resources"]) {
    reason = why;
    const outcome = await stream.publish("pulso.v1.a.0", new Uint8Array())
      .catch(({ message }) => message);
    assertEquals(outcome, "no stream takes it now");
  }
  const told = lines.map((line) => line.split("; ")[0]);
  assertEquals(told, [
    "Cannot make the stream PULSO: jetstream is not enabled",
    "Cannot make the stream PULSO: insufficient resources",
  ]);
});
