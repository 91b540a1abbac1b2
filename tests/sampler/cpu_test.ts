import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type CoreTimes, cpuMetrics, parseCpu } from "../../lib/sampler/cpu.ts";
import { FailureNotes } from "../../lib/sampler/sample.ts";

const IDLE_CORE: CoreTimes = [100, 100, 100, 1_000, 100, 100, 100, 100];
const plus = (...gains: number[]) => IDLE_CORE.map((ticks, column) => ticks + (gains[column] ?? 0));
const ELAPSED_MS = 1_000;
const NONE = { mean: null, cores: [null], iowait: null, steal: null };

/** What is compared besides the modes. */
function usage(...given: Parameters<typeof cpuMetrics>) {
  const { user: _user, nice: _nice, system: _system, irq: _irq, ...others } = cpuMetrics(...given);
  return others;
}

Deno.test("cpuMetrics() tells modes that sum to 100 and agree with the mean", () => {
  const cores = [plus(30, 10, 5, 40, 5, 2, 3, 5), plus(10, 0, 0, 90, 0, 0, 0, 0)];
  const { mean, iowait, steal, user, nice, system, irq } = cpuMetrics(
    [IDLE_CORE, IDLE_CORE],
    cores,
    ELAPSED_MS,
  );
  assertEquals([user, nice, system, irq, steal, iowait], [20, 5, 2.5, 2.5, 2.5, 2.5]);
  assertEquals(user! + nice! + system! + irq! + steal!, mean);
  const old = (core: CoreTimes) => core.slice(0, 4);
  const { irq: none, user: known } = cpuMetrics([old(IDLE_CORE)], [old(cores[0]!)], ELAPSED_MS);
  assertEquals(none, null);
  assert(known! > 0);
});

Deno.test("parseCpu() reads each core by its number", async (t) => {
  const cases: [string, string, ReturnType<typeof parseCpu>][] = [
    ["ten columns", "cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 1 2 3 4 5 6 7 8 9 10\n", [[
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
    ]]],
    ["seven columns, as before 2.6.11", "cpu0 1 2 3 4 5 6 7\n", [[1, 2, 3, 4, 5, 6, 7]]],
    ["four columns, as before 2.6", "cpu0 1 2 3 4\n", [[1, 2, 3, 4]]],
    ["a gap", "cpu1 1 2 3 4\ncpu3 5 6 7 8\n", [null, [1, 2, 3, 4], null, [5, 6, 7, 8]]],
    ["no newline at the end", "cpu0 1 2 3 4", [[1, 2, 3, 4]]],
  ];
  for (const [name, text, expected] of cases) {
    await t.step(name, () => assertEquals(parseCpu(text), expected));
  }
});

Deno.test("parseCpu() keeps the places of cores known before", () => {
  assertEquals(parseCpu("cpu0 1 2 3 4\n", 3), [[1, 2, 3, 4], null, null]);
});

Deno.test("parseCpu() throws where no core is listed", async (t) => {
  for (const text of ["", "cpu  1 2 3 4\n", "intr 0\n", "cpux 1 2\n"]) {
    await t.step(JSON.stringify(text), () => {
      assertThrows(() => parseCpu(text), SyntaxError, "Cannot parse CPU times");
    });
  }
});

Deno.test("cpuMetrics() shares out the time between two readings", async (t) => {
  const cases: [string, CoreTimes, CoreTimes, ReturnType<typeof cpuMetrics>][] = [
    ["idle", IDLE_CORE, plus(0, 0, 0, 50), { mean: 0, cores: [0], iowait: 0, steal: 0 }],
    ["busy in user", IDLE_CORE, plus(25, 0, 0, 75), { mean: 25, cores: [25], iowait: 0, steal: 0 }],
    ["nice, system, irq, softirq are busy", IDLE_CORE, plus(0, 10, 10, 60, 0, 10, 10), {
      mean: 40,
      cores: [40],
      iowait: 0,
      steal: 0,
    }],
    ["iowait is not busy", IDLE_CORE, plus(10, 0, 0, 60, 30), {
      mean: 10,
      cores: [10],
      iowait: 30,
      steal: 0,
    }],
    ["steal is busy and told", IDLE_CORE, plus(10, 0, 0, 70, 0, 0, 0, 20), {
      mean: 30,
      cores: [30],
      iowait: 0,
      steal: 20,
    }],
    ["all busy", IDLE_CORE, plus(100), { mean: 100, cores: [100], iowait: 0, steal: 0 }],
    ["no time passed", IDLE_CORE, IDLE_CORE, NONE],
    ["user stepped back by one tick", IDLE_CORE, plus(-1, 0, 20, 80), {
      mean: 20,
      cores: [20],
      iowait: 0,
      steal: 0,
    }],
    ["user went back", IDLE_CORE, plus(-101, 0, 0, 300), NONE],
    ["steal stepped back a little", IDLE_CORE, plus(50, 0, 0, 50, 0, 0, 0, -2), {
      mean: 50,
      cores: [50],
      iowait: 0,
      steal: 0,
    }],
    ["steal began anew", [0, 0, 0, 0, 0, 0, 0, 900], [50, 0, 0, 50, 0, 0, 0, 3], NONE],
    ["idle stepped back as far as all else went on", IDLE_CORE, plus(50, 0, 0, -50), NONE],
    ["idle stepped back a little", IDLE_CORE, plus(50, 0, 0, -20), {
      mean: 100,
      cores: [100],
      iowait: 0,
      steal: 0,
    }],
    ["iowait stepped back a little", IDLE_CORE, plus(50, 0, 0, 50, -3), {
      mean: 50,
      cores: [50],
      iowait: 0,
      steal: 0,
    }],
    ["iowait fell a lot", [0, 0, 0, 0, 900, 0, 0, 0], [50, 0, 0, 50, 100, 0, 0, 0], {
      mean: 50,
      cores: [50],
      iowait: null,
      steal: 0,
    }],
    [
      "iowait that was idle after all",
      [0, 0, 0, 0, 900, 0, 0, 0],
      [25, 0, 0, 875, 100, 0, 0, 0],
      { mean: 25, cores: [25], iowait: null, steal: 0 },
    ],
    [
      "idle that was iowait after all",
      [0, 0, 0, 900, 0, 0, 0, 0],
      [25, 0, 0, 100, 875, 0, 0, 0],
      { mean: 25, cores: [25], iowait: 75, steal: 0 },
    ],
    ["idle went back", IDLE_CORE, plus(50, 0, 0, -101), NONE],
    ["no idle time listed", [0, 0, 0], [50, 0, 50], NONE],
    ["another number of columns", IDLE_CORE.slice(0, 5), plus(50, 0, 0, 50), NONE],
    ["an old kernel without steal", [0, 0, 0, 0, 0, 0, 0], [50, 0, 0, 40, 10, 0, 0], {
      mean: 50,
      cores: [50],
      iowait: 10,
      steal: null,
    }],
    ["an old kernel without iowait", [0, 0, 0, 0], [50, 0, 0, 50], {
      mean: 50,
      cores: [50],
      iowait: null,
      steal: null,
    }],
  ];
  for (const [name, before, after, expected] of cases) {
    await t.step(name, () => assertEquals(usage([before], [after], ELAPSED_MS), expected));
  }
});

Deno.test("cpuMetrics() does not count guests twice", () => {
  const before = parseCpu("cpu0 1000 500 0 1000 0 0 0 0 900 400\n");
  const after = parseCpu("cpu0 1030 520 0 1050 0 0 0 0 930 420\n");
  assertEquals(usage(before, after, ELAPSED_MS).mean, 50);
});

Deno.test("cpuMetrics() knows nothing from one reading", () => {
  assertEquals(usage(null, [IDLE_CORE], ELAPSED_MS), NONE);
});

Deno.test("cpuMetrics() leaves a core out that comes, goes or restarts", async (t) => {
  const busy = plus(50, 0, 0, 50);
  type Reading = (CoreTimes | null)[];
  const cases: [string, [Reading, Reading], (number | null)[]][] = [
    ["comes online", [[IDLE_CORE, null], [busy, busy]], [50, null]],
    ["is new", [[IDLE_CORE], [busy, busy]], [50, null]],
    ["goes offline", [[IDLE_CORE, IDLE_CORE], [busy, null]], [50, null]],
    ["leaps", [[IDLE_CORE, IDLE_CORE], [busy, plus(0, 0, 0, 0, 0, 0, 0, 1e15)]], [50, null]],
    ["counts from 0 again", [[IDLE_CORE, IDLE_CORE], [busy, [1, 0, 0, 9, 0, 0, 0, 0]]], [50, null]],
  ];
  for (const [name, [before, after], cores] of cases) {
    await t.step(name, () => {
      assertEquals(usage(before, after, ELAPSED_MS), { mean: 50, cores, iowait: 0, steal: 0 });
    });
  }
});

Deno.test("cpuMetrics() lists as many cores as a message carries, and means all", () => {
  const cores = (value: CoreTimes) => new Array(1_100).fill(value);
  const { mean, cores: listed } = usage(
    cores(IDLE_CORE),
    cores(plus(1, 0, 0, 3)),
    ELAPSED_MS,
  );
  assertEquals([mean, listed.length], [25, 1_024]);
});

Deno.test("cpuMetrics() believes no more ticks than a core has, and says which", async (t) => {
  const huge = 8_317_131_874_320_235_395;
  const cases: [string, CoreTimes, CoreTimes, number, string | null][] = [
    ["a leap of steal", IDLE_CORE, plus(100, 0, 40, 96, 0, 0, 0, 1.8e15), 2_000, "in 2.0 s"],
    ["a leap of idle", IDLE_CORE, plus(20, 0, 0, 900), 2_000, "920 ticks in 2.0 s"],
    ["steal for a second too much", IDLE_CORE, plus(0, 0, 0, 100, 0, 0, 0, 100), 1_000, null],
    [
      "idle time that stands beyond 2^53",
      [1, 0, 0, huge],
      [11, 0, 0, huge],
      100,
      "ticks since it started",
    ],
    ["idle time that stands", [1, 0, 0, 9_999], [11, 0, 0, 9_999], 2_000, "10 ticks in 2.0 s"],
    ["a core with half of its time, as on a busy host", IDLE_CORE, plus(100), 2_000, null],
    ["a core that is counted late", IDLE_CORE, plus(5), 1_000, null],
    ["no time at all", IDLE_CORE, IDLE_CORE, 60_000, null],
  ];
  for (const [name, before, after, elapsedMs, reason] of cases) {
    await t.step(name, () => {
      const notes = new FailureNotes();
      const { cores } = usage([before], [after], elapsedMs, notes);
      assertEquals(cores[0] === null, reason !== null || before === after);
      assertStringIncludes(notes.all.get("cores") ?? "", reason ?? "");
      assertEquals(notes.all.size, reason === null ? 0 : 1);
    });
  }
});

const counter = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom(0, 1, 1e300));
const core = fc.option(fc.array(counter, { minLength: 4, maxLength: 8 }));

Deno.test("cpuMetrics() gives null or 0 to 100, whatever two readings hold", () => {
  fc.assert(
    fc.property(
      fc.array(core, { maxLength: 6 }),
      fc.array(core, { maxLength: 6 }),
      fc.nat(),
      (before, after, elapsedMs) => {
        const { mean, cores, iowait, steal } = usage(before, after, elapsedMs);
        for (const share of [mean, iowait, steal, ...cores]) {
          assert(share === null || (share >= 0 && share <= 100), `${share}`);
        }
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("a core whose times are no numbers is unknown, and said, and no other", () => {
  const notes = new FailureNotes();
  const texts = ["cpu0 1 0 0 100\ncpu1 1 0 0 100\n", "cpu0 51 0 0 150\ncpu1 x 0 0 150\n"];
  const [before, after] = texts.map((text) => parseCpu(text));
  const { mean, cores } = cpuMetrics(before!, after!, 1_000, notes);
  assertEquals({ mean, cores }, { mean: 50, cores: [50, null] });
  assertStringIncludes(notes.all.get("cores")!, "Cannot believe core 1: ");
});
