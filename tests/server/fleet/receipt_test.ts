import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { DROP_REASONS } from "../../../lib/common/status.js";
import { MAX_DATAGRAM_BYTES } from "../../../lib/message/message.ts";
import { RateMeter } from "../../../lib/server/fleet/receipt.ts";
import fc from "fast-check";

Deno.test("DROP_REASONS explain every reason in few words, with the true limit", () => {
  for (const [reason, words] of Object.entries(DROP_REASONS)) {
    assert(words.length > 0 && words.length <= 60, reason);
  }
  assertEquals(
    /[\d,]+/.exec(DROP_REASONS.oversize)![0],
    MAX_DATAGRAM_BYTES.toLocaleString("en-US"),
  );
});

/** The rate at a moment, after events at others. */
function rateAt(nowMs: number, events: readonly number[], startMs = 0): number | null {
  const meter = new RateMeter(startMs);
  for (const eventMs of events) meter.mark(eventMs);
  return meter.perSecond(nowMs);
}

Deno.test("RateMeter.perSecond() is the mean of the last complete seconds", async (t) => {
  const everyTenth = Array.from({ length: 100 }, (_, n) => n * 100);
  const cases: [string, number, number[], number | null][] = [
    ["nothing is known in the first second", 999, [0, 500], null],
    ["one second", 1_000, [0, 500], 2],
    ["the second that runs does not count", 1_999, [0, 500, 1_500, 1_600], 2],
    ["two seconds", 2_000, [0, 500, 1_500], 1.5],
    ["no events", 4_000, [], 0],
    ["five of ten seconds", 10_000, everyTenth, 10],
    ["only the last five", 7_000, [0, 100, 200, 5_000], 0.2],
    ["after a silence of six seconds", 6_000, [0, 0, 0], 0],
    ["after a longer silence", 7_000, [0, 0, 0], 0],
    ["after a long silence", 20_000, [10_000, 10_000], 0],
    ["after a very long one", 1e12, [0], 0],
    ["an event after a silence", 21_000, [0, 0, 0, 20_500], 0.2],
  ];
  for (const [name, nowMs, events, expected] of cases) {
    await t.step(name, () => assertEquals(rateAt(nowMs, events), expected));
  }
  await t.step("a clock that is set back", () => assertEquals(rateAt(3_000, [9_500, 100]), 0));
});

Deno.test("RateMeter agrees with a list of all events", () => {
  const pauses = fc.array(
    fc.oneof({ weight: 9, arbitrary: fc.nat(900) }, fc.integer({ min: 0, max: 15_000 })),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(fc.nat(100_000), pauses, fc.nat(12_000), (startMs, pauses, lastMs) => {
      const events: number[] = [];
      let nowMs = startMs;
      for (const pauseMs of pauses) events.push(nowMs += pauseMs);
      nowMs += lastMs;
      const second = Math.floor(nowMs / 1_000);
      const complete = Math.min(5, second - Math.floor(startMs / 1_000));
      const counted = events.filter((eventMs) => {
        const back = second - Math.floor(eventMs / 1_000);
        return back >= 1 && back <= complete;
      });
      const rate = rateAt(nowMs, events, startMs);
      if (complete === 0) assertEquals(rate, null);
      else assertAlmostEquals(rate!, counted.length / complete, 1e-9);
    }),
    { numRuns: 500 },
  );
});
