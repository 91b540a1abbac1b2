import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  PastReader,
  recentPast,
  type ShownPast,
} from "../../../../../lib/server/views/terminal/state/past.ts";

/** A reader whose answers the test gives. */
function open() {
  const asked: [
    key: string,
    spanMs: number,
    answer: (past: ShownPast | null) => void,
    untilMs: number | null,
  ][] = [];
  let news = 0;
  const reader = new PastReader((key, { spanMs, untilMs }) => {
    const { promise, resolve } = Promise.withResolvers<ShownPast | null>();
    asked.push([key, spanMs, resolve, untilMs]);
    return promise;
  }, () => news++);
  const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
  return { asked, reader, news: () => news, settle };
}

const upToNow = (range: number) => ({ range, untilMs: null });
const past = (fromMs: number) => ({ fromMs }) as ShownPast;

Deno.test("PastReader asks for a range once, and again as time passes", async () => {
  const { asked, reader, news, settle } = open();
  assertEquals(reader.at("a", upToNow(1), 0), { ...upToNow(1), shown: null });
  reader.at("a", upToNow(1), 10);
  assertEquals(asked.map(([key, spanMs]) => [key, spanMs]), [["a", 3_600_000]]);
  asked[0]![2](past(1));
  await settle();
  assertEquals(news(), 1);
  assertEquals(reader.at("a", upToNow(1), 20)?.shown, past(1));
  assertEquals(reader.at("a", upToNow(1), 20_000)?.shown, past(1), "until the next has come");
  assertEquals(asked.length, 2);
});

Deno.test("PastReader shows nothing of another range or host, and nothing of what is live", async () => {
  const { asked, reader, settle } = open();
  reader.at("a", upToNow(1), 0);
  assertEquals(reader.at("b", upToNow(2), 0), { ...upToNow(2), shown: null });
  asked[0]![2](past(1));
  await settle();
  assertEquals(reader.at("b", upToNow(2), 0)?.shown, null);
  assertEquals(asked.map(([key]) => key), ["a", "b"]);
  assertEquals(reader.at("b", upToNow(0), 0), { ...upToNow(0), shown: null });
  asked[1]![2](past(2));
  await settle();
  assertEquals(reader.at("b", upToNow(0), 30_000)?.shown, null);
  assertEquals(asked.length, 2);
});

Deno.test("PastReader says why nothing is to be had, until it is", async () => {
  const answers = [Promise.reject(new Error("Cannot read it")), Promise.resolve(past(1))];
  const reader = new PastReader(() => answers.shift()!, () => {});
  const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
  const range = upToNow(1);
  reader.at("a", range, 0);
  await settle();
  assertEquals(reader.at("a", range, 10), { ...range, shown: null, problem: "Cannot read it" });
  reader.at("a", range, 20_000);
  await settle();
  assertEquals(reader.at("a", range, 20_010), { ...range, shown: past(1) });
});

Deno.test("PastReader has nothing to choose where nothing is kept", () => {
  assertEquals(new PastReader(null, () => {}).at("a", upToNow(1), 0), null);
});

Deno.test("PastReader asks for a part that ended before", () => {
  const { asked, reader } = open();
  const earlier = { range: 0, untilMs: 5_000_000 };
  assertEquals(reader.at("a", earlier, 0), { ...earlier, shown: null });
  assertEquals(asked.map(([key, spanMs, , untilMs]) => [key, spanMs, untilMs]), [
    ["a", 900_000, 5_000_000],
  ]);
});

const NOW_MS = 1_000_000_000;

function pastOf(secondsAgo: readonly number[], values: readonly (number | null)[], points = 60) {
  const times = secondsAgo.map((seconds) => NOW_MS - 1_000 * seconds);
  const known = { times, history: { cpu: values }, intervalMs: 2_000, aheadMs: 500 };
  return recentPast(known, NOW_MS, points);
}

Deno.test("recentPast() lies between points that follow each other, and not over a gap", () => {
  const { values, gaps, shares, fromMs, toMs } = pastOf([30, 28, 26, 8, 6], [0, 2, 4, 9, 9]);
  assertEquals(toMs - fromMs, 60_000);
  assertEquals(values.cpu!.slice(30, 36), [0, 1, 2, 3, 4, null]);
  assertEquals(values.cpu!.slice(50, 56), [null, null, 9, 9, 9, null]);
  const at = (seconds: number) => NOW_MS + 500 - 1_000 * seconds;
  assertEquals(gaps, [
    { fromMs: at(24), toMs: at(8), cause: "unheard" },
    { fromMs: at(4), toMs: at(0), cause: "unheard" },
  ]);
  assertEquals(shares.unheard!.toFixed(3), (20 / 30).toFixed(3));
});

Deno.test("recentPast() is as long as it need be, in few steps", () => {
  const spanOf = (oldest: number) => {
    const { fromMs, toMs } = pastOf([oldest, 0], [1, 1]);
    return (toMs - fromMs) / 60_000;
  };
  assertEquals([1, 50, 70, 400, 900, 910, 3_000].map(spanOf), [1, 1, 2, 10, 15, 15, 60]);
});

Deno.test("recentPast() moves by whole stretches", () => {
  const times = [NOW_MS - 9_000];
  const known = { times, history: { cpu: [1] }, intervalMs: 2_000, aheadMs: 0 };
  const at = (ms: number) => recentPast(known, NOW_MS + ms, 60).toMs;
  assertEquals([at(1), at(400), at(1_000)], [NOW_MS + 1_000, NOW_MS + 1_000, NOW_MS + 1_000]);
});

Deno.test("recentPast() shows no value that was not there, and as many as are asked for", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.integer({ min: 1, max: 20_000 }), fc.option(fc.integer({ min: 1, max: 100 }))),
      ),
      fc.integer({ min: 1, max: 200 }),
      (points, count) => {
        let ms = NOW_MS - 900_000;
        const times = points.map(([stepMs]) => ms += stepMs);
        const values = points.map(([, value]) => value);
        const known = { times, history: { cpu: values }, intervalMs: 5_000, aheadMs: 0 };
        const { cpu } = recentPast(known, Math.max(ms, NOW_MS), count).values;
        assertEquals(cpu!.length, count);
        const all = values.filter((value) => value !== null);
        const shown = cpu!.filter((value) => value !== null);
        const [low, high] = [Math.min(...all), Math.max(...all)];
        return shown.every((value) => value >= low - 1e-9 && value <= high + 1e-9);
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("recentPast() goes back to an earlier time where that is asked for", () => {
  const young = {
    times: [NOW_MS - 30_000, NOW_MS],
    history: { cpu: [1, 1] },
    intervalMs: 30_000,
    aheadMs: 0,
  };
  const spanOf = ({ fromMs, toMs }: ShownPast) => Math.round((toMs - fromMs) / 60_000);
  assertEquals(spanOf(recentPast(young, NOW_MS, 60)), 1);
  assertEquals(spanOf(recentPast(young, NOW_MS, 60, NOW_MS - 800_000)), 15);
});
