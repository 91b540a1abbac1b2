import { assert, assertEquals } from "@std/assert";
import {
  laterStart,
  maxTexts,
  nextDueMs,
  type Place,
  Sessions,
  textsAt,
} from "../../lib/agent/schedule.ts";
import { CLOCK_TOLERANCE_MS } from "../../lib/sealed/sessions.ts";
import fc from "fast-check";

const NOW_MS = 1_795_442_910_170;
const DAY_MS = 86_400_000;

/** An agent whose clocks are in the hands of a test; its sessions are named by their starts. */
class Agent {
  #steadyMs = NOW_MS;
  #aheadMs: number;
  readonly set: number[] = [];
  readonly #sessions: Sessions;

  constructor(aheadMs = 0) {
    this.#aheadMs = aheadMs;
    const clock = {
      wallMs: () => this.#steadyMs + this.#aheadMs,
      aheadMs: () => this.#aheadMs,
    };
    this.#sessions = new Sessions(clock, String, (setMs) => this.set.push(setMs));
  }

  /** A datagram of a second later, the wall clock being set before it. */
  send(setMs = 0): Place {
    this.#steadyMs += 1_000;
    this.#aheadMs += setMs;
    return this.#sessions.next();
  }
}

/** The session's start against the real time of its agent's start, the number, and the time likewise. */
function placeOf({ session, seq, time }: Place): [number, number, number] {
  return [Number(session) - NOW_MS, seq, time - NOW_MS];
}

Deno.test("Sessions numbers the datagrams of one session while the clock is not set", () => {
  const agent = new Agent();
  const places = [0, 60, -60, 900, -900].map((setMs) => placeOf(agent.send(setMs)));
  assertEquals(places, [[0, 1, 1_000], [0, 2, 2_060], [0, 3, 3_000], [0, 4, 4_900], [0, 5, 5_000]]);
  assertEquals(agent.set, []);
});

Deno.test("Sessions begins anew when the clock is set", async (t) => {
  type Case = [string, number, number, [number, number, number]];
  const cases: Case[] = [
    ["right, from 400 days behind", -400 * DAY_MS, 400 * DAY_MS, [2_000, 1, 2_000]],
    ["ahead, as after it was set back or slept", 0, 5_000, [7_000, 1, 7_000]],
    ["right, from a minute ahead", 60_000, -60_000, [60_001, 1, 2_000]],
    ["right, from a day ahead", DAY_MS, -DAY_MS, [2_000, 1, 2_000]],
    ["back, but not behind its start", 0, -1_500, [500, 1, 500]],
  ];
  for (const [name, aheadMs, setMs, expected] of cases) {
    await t.step(name, () => {
      const agent = new Agent(aheadMs);
      assertEquals(placeOf(agent.send())[1], 1);
      assertEquals(placeOf(agent.send(setMs)), expected);
      assertEquals(placeOf(agent.send()), [expected[0], 2, expected[2] + 1_000]);
      assertEquals(agent.set, [setMs]);
    });
  }
});

Deno.test("laterStart() is later than the one before, or now where no server took that", () => {
  const time = fc.integer({ min: 0, max: 1e12 });
  fc.assert(fc.property(time, time, (beforeMs, nowMs) => {
    const startMs = laterStart(beforeMs, nowMs);
    const isFar = beforeMs > nowMs + CLOCK_TOLERANCE_MS;
    assertEquals(isFar ? startMs === nowMs : startMs > beforeMs && startMs >= nowMs, true);
    assertEquals(startMs <= nowMs + CLOCK_TOLERANCE_MS + 1, true);
  }));
});

Deno.test("nextDueMs() stays on the grid", async (t) => {
  const cases: [string, number, number][] = [
    ["just sampled", 10_002, 15_000],
    ["took nearly half the interval", 12_499, 15_000],
    ["took half the interval", 12_500, 15_000],
    ["took more than half", 12_501, 20_000],
    ["took longer than the interval", 15_100, 20_000],
    ["was suspended for an hour", 3_610_001, 3_615_000],
    ["exactly on time", 10_000, 15_000],
    ["a little early", 9_998, 15_000],
  ];
  for (const [name, nowMs, expected] of cases) {
    await t.step(name, () => assertEquals(nextDueMs(0, 5_000, nowMs), expected));
  }
});

Deno.test("nextDueMs() is half an interval to one and a half away, and on the grid", () => {
  const moments = fc.integer({ min: 0, max: 1e9 });
  fc.assert(
    fc.property(
      moments,
      fc.integer({ min: 100, max: 3_600_000 }),
      moments,
      (startMs, intervalMs, elapsedMs) => {
        const nowMs = startMs + elapsedMs;
        const dueMs = nextDueMs(startMs, intervalMs, nowMs);
        assertEquals((dueMs - startMs) % intervalMs, 0);
        assert(dueMs - nowMs >= intervalMs / 2, `${dueMs - nowMs} ms away`);
        assert(dueMs - nowMs < intervalMs * 1.5, `${dueMs - nowMs} ms away`);
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("nextDueMs() does not drift when every sample is late", () => {
  let dueMs = 250;
  for (let sample = 1; sample <= 1_000; sample++) {
    dueMs = nextDueMs(250, 100, dueMs + 17.3);
    assertEquals(dueMs, 250 + sample * 100);
  }
});

Deno.test("textsAt() sends each text in twelve datagrams, and within a minute", () => {
  const texts = { os: "a", kernel: "b", arch: "c", cpu: "d", agent: "e" };
  for (const intervalMs of [100, 5_000, 7_000, 15_000, 20_000, 60_000, 3_600_000]) {
    const turns = Math.min(12, Math.max(1, Math.floor(60_000 / intervalMs)));
    for (const first of [1, 5, 99]) {
      const said = Array.from({ length: turns }, (_, n) => textsAt(texts, first + n, intervalMs));
      assertEquals(Object.assign({}, ...said), texts, `${intervalMs} ms from ${first}`);
    }
  }
  assertEquals(textsAt({}, 1, 5_000), undefined);
  assertEquals(textsAt({ arch: "c" }, 2, 5_000), undefined);
  assertEquals(maxTexts(texts, 5_000, (some) => Object.keys(some).length), 1);
  assertEquals(maxTexts(texts, 60_000, (some) => Object.keys(some).length), 5);
});
