import { assert, assertEquals } from "@std/assert";
import { DeliveryError } from "../../../lib/server/outlets/destination.ts";
import { RemoteQueue } from "../../../lib/server/export/remote_queue.ts";

/** A receiver that answers as it is told to, and pauses that are over at once, or not before the end. */
function open(answers: (Error | "never")[], maxBytes = 1_000) {
  const sent: number[] = [];
  const pauses: number[] = [];
  const changes: (string | null)[] = [];
  const queue = new RemoteQueue({
    send(body, stop) {
      sent.push(body[0]!);
      const answer = answers.shift();
      if (answer === "never") {
        return new Promise((_, reject) =>
          stop.addEventListener("abort", () => reject(stop.reason))
        );
      }
      return answer === undefined ? Promise.resolve() : Promise.reject(answer);
    },
    wait: (ms) => {
      pauses.push(ms);
      return Promise.resolve();
    },
    random: () => 0.5,
    onChange: (failure) => changes.push(failure),
  }, maxBytes);
  const push = (name: number, samples = 10, bytes = 100) =>
    queue.push(new Uint8Array(bytes).fill(name), samples);
  return { queue, push, sent, pauses, changes };
}

/** Lets everything go on that can. */
async function settle() {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

Deno.test("RemoteQueue sends in order, one at a time", async () => {
  const { queue, push, sent, changes } = open([]);
  for (const name of [1, 2, 3]) push(name);
  assertEquals(sent, [1]);
  await settle();
  assertEquals(sent, [1, 2, 3]);
  const counts = { sent: 30, refused: 0, dropped: 0, retries: 0, waitingBytes: 0 };
  assertEquals([queue.counts, changes], [counts, []]);
});

Deno.test("RemoteQueue tries again with growing pauses, and tells once", async () => {
  const busy = new DeliveryError("HTTP 503: busy");
  const { queue, push, sent, pauses, changes } = open([
    new DeliveryError("no answer"),
    ...Array(8).fill(busy),
  ]);
  push(1);
  await settle();
  assertEquals(sent, Array(10).fill(1));
  assertEquals(pauses, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  assertEquals(changes, ["no answer", null]);
  assertEquals([queue.counts.sent, queue.counts.retries, queue.failure], [10, 9, null]);
  push(2);
  await settle();
  assertEquals(sent.at(-1), 2);
});

Deno.test("RemoteQueue waits as long as it is told to, within bounds", async () => {
  const { push, pauses } = open([
    new DeliveryError("HTTP 429", { retryAfterMs: 7_000 }),
    new DeliveryError("HTTP 503", { retryAfterMs: 9_999_000 }),
    new DeliveryError("HTTP 429", { retryAfterMs: 1 }),
  ]);
  push(1);
  await settle();
  assertEquals(pauses, [7_000, 30_000, 2_000]);
});

Deno.test("RemoteQueue drops what is refused for good, says why, and goes on", async () => {
  const { queue, push, sent, pauses, changes } = open([
    new DeliveryError("HTTP 400: out of order sample", { isFinal: true }),
    new DeliveryError("HTTP 401", { isFinal: true }),
    new DeliveryError("HTTP 302", { isFinal: true }),
  ]);
  for (const name of [1, 2, 3, 4]) push(name);
  await settle();
  assertEquals([sent, pauses], [[1, 2, 3, 4], []]);
  assertEquals(changes, ["HTTP 400: out of order sample", null]);
  assertEquals([queue.counts.refused, queue.counts.sent], [30, 10]);
});

Deno.test("RemoteQueue drops the oldest but the one on its way, and counts it", async () => {
  const { queue, push, sent, changes } = open(["never"], 300);
  for (const name of [1, 2, 3, 4, 5]) push(name, name);
  assertEquals([sent, queue.counts.dropped, queue.counts.waitingBytes], [[1], 2 + 3, 300]);
  push(6, 6, 5_000);
  assertEquals(queue.counts.dropped, 2 + 3 + 4 + 5);
  assertEquals([await queue.close(1_000), changes], [1 + 6, []]);
  assertEquals(queue.counts, {
    ...{ sent: 0, refused: 0, dropped: 2 + 3 + 4 + 5 + 1 + 6, retries: 0, waitingBytes: 0 },
  });
  push(7);
  assertEquals(sent, [1]);
});

Deno.test("RemoteQueue sends what waits when it is closed, and waits for nobody who fails", async () => {
  const { queue, push, sent } = open([]);
  for (const name of [1, 2, 3]) push(name);
  await queue.close(1_000);
  assert(queue.counts.sent + queue.counts.dropped === 30);
  assertEquals(sent[0], 1);
});
