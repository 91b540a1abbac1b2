import { assert, assertEquals } from "@std/assert";
import type { Metric, Metrics } from "../../lib/message/message.ts";
import {
  amountOf,
  columnsAt,
  type Counter,
  deviceName,
  FailureNotes,
  type Numbers,
  ratePerSecond,
  readCounter,
  withNumbers,
} from "../../lib/sampler/sample.ts";
import fc from "fast-check";

Deno.test("FailureNotes goes on after a failure and tells why", async () => {
  const notes = new FailureNotes();
  assertEquals(notes.attempt("cpu", () => 7), 7);
  assertEquals(
    notes.attempt("memory", () => {
      throw new SyntaxError("not listed");
    }),
    null,
  );
  assertEquals(await notes.settle("disk", Promise.resolve(8)), 8);
  assertEquals(await notes.settle("network", Promise.reject(new Error("gone"))), null);
  assertEquals(notes.all, new Map([["memory", "not listed"], ["network", "gone"]]));
});

Deno.test("amountOf() is what a message can carry", async (t) => {
  const cases: [number | null | undefined, number | null][] = [
    [0, 0],
    [1.5, 1.5],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    [Number.MAX_SAFE_INTEGER + 1, null],
    [-1, null],
    [NaN, null],
    [Infinity, null],
    [null, null],
    [undefined, null],
  ];
  for (const [value, expected] of cases) {
    await t.step(`${value}`, () => assertEquals(amountOf(value), expected));
  }
});

Deno.test("deviceName() is harmless and short", async (t) => {
  const cases: [string, string, string][] = [
    ["plain", "eth0", "eth0"],
    ["controls", "e\x1b[2J", "e\\x1b[2J"],
    ["too long", "abcdefghijk", "abcdefgh"],
    ["half a pair", "abcdefg\u{1f600}", "abcdefg\ufffd"],
    ["a lone surrogate", "\ud800", "\\ud800"],
  ];
  for (const [name, text, expected] of cases) {
    await t.step(name, () => assertEquals(deviceName(text, 8), expected));
  }
});

const MAX_PER_SECOND = 1_000_000;

/** The rate after each of some readings of one counter. */
function rates(values: readonly number[], elapsedMs = 1_000, maxPerSecond = MAX_PER_SECOND) {
  let before: Counter | undefined;
  return values.map((value): Metric => {
    const after = readCounter(value, before);
    const rate = ratePerSecond(before, after, elapsedMs, maxPerSecond);
    before = after;
    return rate;
  });
}

Deno.test("ratePerSecond() divides a counter's gain by the true time", async (t) => {
  const cases: [string, number, number, number, Metric][] = [
    ["a second", 0, 100, 1_000, 100],
    ["five seconds", 100, 600, 5_000, 100],
    ["a tenth of a second", 100, 200, 100, 1_000],
    ["an hour's gap", 0, 3_600, 3_600_000, 1],
    ["nothing happened", 7, 7, 1_000, 0],
    ["went back", 8, 7, 1_000, null],
    ["wrapped at 32 bits", 2 ** 32 - 10, 90, 1_000, null],
    ["no time passed", 0, 7, 0, null],
    ["time went back", 0, 7, -1, null],
    ["not a number", NaN, 7, 1_000, null],
    ["as much as can be", 0, MAX_PER_SECOND, 1_000, MAX_PER_SECOND],
    ["more than can be", 0, MAX_PER_SECOND + 1, 1_000, null],
    ["as much in a longer time", 0, MAX_PER_SECOND + 1, 2_000, (MAX_PER_SECOND + 1) / 2],
  ];
  for (const [name, before, after, elapsedMs, expected] of cases) {
    await t.step(name, () => assertEquals(rates([before, after], elapsedMs), [null, expected]));
  }
});

Deno.test("ratePerSecond() knows nothing while a counter goes back or comes back", async (t) => {
  const cases: [string, number[], Metric[]][] = [
    ["0 for one reading", [500, 0, 510, 530], [null, null, null, 20]],
    ["0 for three readings", [500, 0, 0, 0, 510, 530], [null, null, 0, 0, null, 20]],
    ["less for one reading", [500, 300, 510, 530], [null, null, null, 20]],
    ["back exactly to where it was", [500, 0, 500, 510], [null, null, null, 10]],
    ["begun anew", [500, 10, 30, 60], [null, null, 20, 30]],
    ["begun anew twice", [500, 10, 30, 0, 5], [null, null, 20, null, 5]],
    ["too much for one reading", [500, 9e9, 510, 530], [null, null, null, 20]],
  ];
  for (const [name, values, expected] of cases) {
    await t.step(name, () => assertEquals(rates(values), expected));
  }
});

Deno.test("ratePerSecond() is never negative and never more than can be", () => {
  fc.assert(
    fc.property(fc.array(fc.double()), fc.double(), (values, elapsedMs) => {
      for (const rate of rates(values, elapsedMs)) {
        assert(rate === null || (rate >= 0 && rate <= MAX_PER_SECOND), `${rate}`);
      }
    }),
    { numRuns: 200 },
  );
});

Deno.test("columnsAt() reads the whole numbers of a line, and NaN for what is none", () => {
  const text = "cpu 1  9007199254740991 -1 1.5 x9 ٣ 007 \n8";
  assertEquals(columnsAt(text, 3), [1, Number.MAX_SAFE_INTEGER, NaN, NaN, NaN, NaN, 7]);
  assertEquals(columnsAt(text, text.length - 1), [8]);
  assertEquals(columnsAt(text, text.length), []);
  fc.assert(fc.property(fc.array(fc.maxSafeNat()), (numbers) => {
    assertEquals(columnsAt(numbers.join(" "), 0), numbers);
  }));
});

Deno.test("withNumbers() adds numbers to their groups, and takes nothing known with those that failed", () => {
  const cpu = { mean: 1, cores: [], iowait: null, steal: null };
  const groups = ["system", "cpu"] as const;
  const add = (metrics: Metrics, ...numbers: (Numbers | null | undefined)[]): Metrics =>
    withNumbers(metrics, numbers.map((some, at) => ({ group: groups[at % 2]!, numbers: some })));
  assertEquals<object>(add({ cpu }, { load1: 2 }, { x: 3 }, { uptime: 4 }, { y: 5 }), {
    ...{ cpu: { ...cpu, x: 3, y: 5 }, system: { load1: 2, uptime: 4 } },
  });
  assertEquals(add({ cpu }, null, null), { cpu, system: null });
  assertEquals<object>(add({ cpu }, null, null, { load1: 2 }, null), { cpu, system: { load1: 2 } });
  assertEquals<object>(add({ cpu }, { load1: 2 }, null, null), { cpu, system: { load1: 2 } });
  assertEquals(add({ cpu }, undefined, undefined), { cpu });
  assertEquals(add({ cpu: null }, undefined, { x: 3 }), { cpu: null });
  assertEquals(cpu, { mean: 1, cores: [], iowait: null, steal: null });
});
