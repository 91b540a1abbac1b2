/** What the minutes of hosts are, against what was sent. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Fleet } from "../../../lib/server/fleet/fleet.ts";
import type { Correction, Part } from "../../../lib/server/store/file/database.js";
import { COLUMNS, KEPT } from "../../../lib/server/store/columns.ts";
import { KernelShare } from "../../../lib/server/store/gaps.ts";
import { Minutes } from "../../../lib/server/store/minutes.ts";
import { AT, HEAD, PER_METRIC, rowLength } from "../../../lib/server/store/file/rows.js";
import { jsonOf } from "../../messages.ts";

const START_MS = 1_795_442_880_000;
const MINUTE_MS = 60_000;
const CPU = KEPT.findIndex(({ id }) => id === "cpu");

/** A fleet of one host, whose minutes are told. */
function open(intervalMs = 5_000) {
  const fleet = new Fleet({ maxHosts: 10, historyMs: 900_000, nowMs: START_MS });
  const minutes = new Minutes(START_MS);
  let isKnown = false;
  return {
    minutes,
    fleet,
    send(seq: number, afterMs: number, fields = {}) {
      const message = { v: 1, id: "a", host: "a", session: "s", seq, interval: intervalMs };
      const sender = { hostname: "192.0.2.7", port: 40_000 };
      const nowMs = START_MS + afterMs;
      const receipt = fleet.receive(jsonOf({ ...message, ...fields }), sender, nowMs);
      if (!receipt.accepted) return;
      if (!isKnown) minutes.enter(0, receipt.host, nowMs);
      isKnown = true;
      minutes.accept(0, receipt.summary, nowMs);
    },
    /** What became of the minute that ends then, in seconds. */
    end(afterMs: number) {
      const ended = minutes.end(START_MS + afterMs, () => false);
      return { ...timesOf(ended.parts[0]!), corrections: minutes.settle(ended, null) } as Times;
    },
  };
}

/** Seconds of each kind, but those that are 0. */
type Times = Partial<Record<"span" | "lost" | "refused" | "silent" | "left", number>> & {
  readonly corrections: readonly Correction[];
};

function timesOf({ sums }: Part) {
  const names = ["span", "lost", "refused", "silent", "left"] as const;
  const times = names.map((name) => [name, Math.round(sums[AT[name]]! / 100) / 10] as const);
  return Object.fromEntries(times.filter(([, seconds]) => seconds !== 0)) as Record<string, number>;
}

Deno.test("Minutes keeps mean, lowest and highest of what was known", () => {
  const { send, minutes } = open();
  const values = [10, null, 30, 5];
  values.forEach((mean, n) => send(n + 1, 5_000 * n, { cpu: mean === null ? null : { mean } }));
  const [{ sums }] = minutes.end(START_MS + MINUTE_MS, () => false).parts as [Part];
  assertEquals(sums.length, rowLength(COLUMNS.length));
  assertEquals([...sums.subarray(HEAD + PER_METRIC * CPU).slice(0, PER_METRIC)], [3, 45, 5, 30]);
  assertEquals([sums[AT.samples], sums[AT.status]], [4, 2], "offline by then");
});

Deno.test("Minutes tells why something is not known", async (t) => {
  const every = (from: number, until: number, without: number[] = []) =>
  (
    { send }: ReturnType<typeof open>,
  ) => {
    for (let n = from; n < until; n++) if (!without.includes(n)) send(n + 1, 5_000 * n + 100);
  };
  type Case = [string, (scene: ReturnType<typeof open>) => void, object[]];
  const whole = { span: 60, corrections: [] };
  const cases: Case[] = [
    ["all came", every(0, 36), [{ span: 59.9, corrections: [] }, whole, whole]],
    ["one was lost", every(0, 36, [15]), [
      { span: 59.9, corrections: [] },
      { ...whole, lost: 5 },
      whole,
    ]],
    ["four in a row were", every(0, 36, [15, 16, 17, 18]), [{ span: 59.9, corrections: [] }, {
      ...whole,
      lost: 20,
    }, whole]],
    ["one was lost between two minutes", every(0, 36, [12]), [{ span: 59.9, corrections: [] }, {
      ...whole,
      lost: 5,
    }, whole]],
    ["it was silent, and knew it", (scene) => {
      every(0, 13)(scene);
      for (let n = 0; n < 6; n++) scene.send(14 + n, 5_000 * (30 + n) + 100);
    }, [{ span: 59.9, corrections: [] }, { ...whole, silent: 54.9 }, { ...whole, silent: 30.1 }]],
    ["nothing came through", (scene) => {
      every(0, 13)(scene);
      every(30, 36)(scene);
    }, [{ span: 59.9, corrections: [] }, { ...whole, silent: 54.9 }, {
      ...whole,
      lost: 30.1,
      corrections: [
        {
          host: 0,
          fromMs: START_MS + 65_100,
          untilMs: START_MS + 120_000,
          lost: 1,
          refused: 0,
          dropped: 0,
        },
      ],
    }]],
    ["it said good-bye", (scene) => {
      every(0, 13)(scene);
      scene.send(14, 62_000, { bye: true });
    }, [{ span: 59.9, corrections: [] }, { ...whole, left: 58 }, { ...whole, left: 60 }]],
    ["it said good-bye, and came back", (scene) => {
      every(0, 13)(scene);
      scene.send(14, 62_000, { bye: true });
      for (let n = 0; n < 16; n++) scene.send(15 + n, 100_100 + 5_000 * n);
    }, [{ span: 59.9, corrections: [] }, { ...whole, left: 38.1 }, whole]],
    ["more was lost than its interval has room for", (scene) => {
      every(0, 13)(scene);
      for (let n = 0; n < 18; n++) scene.send(113 + n, 90_100 + 5_000 * n);
    }, [{ span: 59.9, corrections: [] }, { ...whole, lost: 25 }, whole]],
    ["one came late", (scene) => {
      every(0, 17, [15])(scene);
      scene.send(16, 81_000);
      for (let n = 17; n < 36; n++) scene.send(n + 1, 5_000 * n + 100);
    }, [{ span: 59.9, corrections: [] }, whole, whole]],
  ];
  for (const [name, play, expected] of cases) {
    await t.step(name, () => {
      const scene = open();
      const ends = [MINUTE_MS, 2 * MINUTE_MS, 3 * MINUTE_MS];
      const sent: [number, number, object?][] = [];
      play({ ...scene, send: (...args) => void sent.push(args as [number, number]) });
      const actual = ends.map((end) => {
        for (const args of sent.filter(([, at]) => at < end && at >= end - MINUTE_MS)) {
          scene.send(...args);
        }
        return scene.end(end);
      });
      assertEquals(actual, expected);
    });
  }
});

Deno.test("Minutes.leave() leaves nothing of a host for who gets its number", () => {
  const { send, minutes, fleet } = open();
  for (let n = 0; n < 3; n++) send(n + 1, 5_000 * n, { cpu: { mean: 90 } });
  minutes.leave(0);
  minutes.enter(0, fleet.host("a")!, START_MS + 15_000);
  send(4, 20_000, { cpu: { mean: 10 } });
  const [{ sums }] = minutes.end(START_MS + MINUTE_MS, () => false).parts as [Part];
  assertEquals(sums[AT.samples], 1);
  assertEquals([...sums.subarray(HEAD + PER_METRIC * CPU).slice(0, PER_METRIC)], [1, 10, 10, 10]);
});

Deno.test("what is lost adds up to the numbers that are missing, wherever minutes end", () => {
  const events = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 40, maxLength: 200 });
  fc.assert(fc.property(events, fc.integer({ min: 0, max: 4_999 }), (lost, offset) => {
    const { send, end } = open();
    const totals: Record<string, number> = {};
    let endMs = MINUTE_MS;
    const turn = () => {
      const { corrections, ...times } = end(endMs);
      assertEquals(corrections, []);
      for (const [name, s] of Object.entries(times as Record<string, number>)) {
        totals[name] = (totals[name] ?? 0) + s;
      }
      endMs += MINUTE_MS;
    };
    let seq = 0;
    for (const skipped of lost) {
      seq += 1 + skipped;
      while (offset + 5_000 * seq >= endMs) turn();
      send(seq, offset + 5_000 * seq);
    }
    turn();
    const missing = lost.slice(1).reduce((a, b) => a + b, 0);
    assertNear(totals.lost ?? 0, 5 * missing);
    assertNear(totals.span!, (endMs - MINUTE_MS - offset) / 1_000 - 5 * (1 + lost[0]!));
  }));
});

/** To a tenth of a second for each minute. */
function assertNear(actual: number, expected: number): void {
  assert(Math.abs(actual - expected) <= 2, `${actual} is not ${expected}`);
}

Deno.test("a host that is gone leaves with its minute, and may come back", () => {
  const { minutes, send, fleet } = open();
  send(1, 0);
  assertEquals(minutes.end(START_MS + MINUTE_MS, () => true).parts.length, 1);
  assertEquals(minutes.end(START_MS + 2 * MINUTE_MS, () => true).parts, []);
  assertEquals(minutes.present(0, START_MS, null), null);
  minutes.enter(0, fleet.host("a")!, START_MS + 2 * MINUTE_MS);
  assertEquals(timesOf(minutes.end(START_MS + 3 * MINUTE_MS, () => true).parts[0]!), {
    span: 60,
    silent: 55,
  });
});

Deno.test("KernelShare explains losses by the kernel's count, once, in its minute or the next", async (t) => {
  type Minute = [counted: number | null, lost: number, share: number | null];
  const cases: [string, Minute[]][] = [
    ["none was dropped", [[0, 10, 0], [0, 0, 0]]],
    ["a part was dropped here", [[5, 20, 0.25], [5, 20, 0]]],
    ["more than are missing", [[50, 20, 1], [50, 10, 1], [50, 10, 0]]],
    ["the losses show in the next minute", [[8, 0, 0], [8, 16, 0.5], [8, 16, 0]]],
    ["a count that is not known", [[null, 10, null], [4, 8, 0.5], [null, 8, null], [6, 8, 0.25]]],
    ["one that begins anew", [[9, 9, 1], [3, 10, 0], [4, 10, 0.1]]],
    ["some that came late after all", [[4, -2, 0], [4, 8, 0.5]]],
  ];
  for (const [name, minutes] of cases) {
    await t.step(name, () => {
      const share = new KernelShare();
      for (const [counted, lost, expected] of minutes) {
        assertEquals(share.present(counted, lost), expected);
        assertEquals(share.end(counted, lost), expected);
      }
    });
  }
});
