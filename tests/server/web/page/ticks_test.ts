import { assert, assertEquals } from "@std/assert";
import { formatBytes } from "../../../../lib/common/format.js";
import {
  BYTE_STEPS,
  clockLabels,
  clockSpace,
  evenTicks,
  stepOf,
  timeRange,
} from "../../../../lib/server/web/page/ticks.js";

/** The bytes that a label stands for. */
function bytesOf(label: string): number {
  const [, digits, unit] = /^([\d.]+)([KMGTPE]?)$/.exec(label)!;
  return Number(digits) * 1_024 ** " KMGTPE".indexOf(unit || " ");
}

Deno.test("BYTE_STEPS are round in the units shown, as many of one as there is room for", () => {
  for (const step of BYTE_STEPS.filter((step) => step <= 2 ** 50)) {
    for (const tick of [step, 2 * step, 3 * step]) assertEquals(bytesOf(formatBytes(tick)), tick);
  }
});

Deno.test("clockSpace() leaves room for the labels that the time shown will have", async (t) => {
  // What the chart counts time in, and about how wide a digit is.
  const steps = [1, 5, 10, 15, 30, 60, 300, 600, 900, 1_800, 3_600];
  for (const width of [260, 600, 1_200]) {
    for (const seconds of [20, 60, 240, 900, 3_600]) {
      await t.step(`${seconds} s in ${width} px`, () => {
        const least = clockSpace(seconds, width) * seconds / width;
        const step = steps.find((step) => step >= least)!;
        const [label] = clockLabels([0, step]);
        assert(step / seconds * width >= 7 * label!.length + 8);
      });
    }
  }
});

Deno.test("clockLabels() writes seconds where they matter", () => {
  const minute = new Date(2026, 10, 25, 22, 36).getTime() / 1_000;
  assertEquals(clockLabels([minute, minute + 30]), ["22:36:00", "22:36:30"]);
  assertEquals(clockLabels([minute, minute + 60]), ["22:36", "22:37"]);
  assertEquals(clockLabels([minute]), ["22:36"]);
  assertEquals(clockLabels([]), []);
});

Deno.test("a scale that ends at a multiple of stepOf() has its parts, and a tick at its top", () => {
  for (const steps of [null, BYTE_STEPS]) {
    for (const reach of [0.013, 1, 1.23, 9.4, 10, 1_025, 96_000_000]) {
      for (const parts of [1, 2, 5]) {
        const step = stepOf(reach, parts, steps);
        const top = Math.ceil(reach / step) * step;
        // The axis asks once more, for the top alone.
        const ticks = evenTicks(0, top, stepOf(top, parts, steps));
        assert(ticks.length >= 2 && ticks.length <= parts + 1, `${reach} in ${parts}`);
        assert(Math.abs(ticks.at(-1)! - top) < top * 1e-9, `${reach} in ${parts}`);
      }
    }
  }
  assertEquals(evenTicks(-7, 10, 5), [-5, 0, 5, 10]);
});

Deno.test("timeRange() puts a single sample at the end of a minute, and leaves all others as they are", () => {
  assertEquals(timeRange([1_000], 1_000, 86_401_000), [940, 1_000]);
  assertEquals(timeRange([1_000, 1_005], 1_000, 1_005), [1_000, 1_005]);
});
