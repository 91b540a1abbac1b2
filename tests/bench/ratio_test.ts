import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { besideControl, ratioOf } from "./ratio.ts";

Deno.test("ratioOf() is above 1 for what is better, whether more or less of it is", () => {
  const [before, after] = [[100, 200, 400], [110, 220, 440]];
  const faster = ratioOf(before, after, "/s");
  assertAlmostEquals(faster.mean, 1.1);
  assertAlmostEquals(faster.low, 1.1);
  assertAlmostEquals(ratioOf(before, after, "ms").mean, 1 / 1.1);
});

Deno.test("ratioOf() has the interval of Student's t over the logarithms", () => {
  // Logarithms 0 and 1: mean 0.5, standard error 0.5, t 12.71 for one degree of freedom.
  const { mean, low, high } = ratioOf([1, 1], [1, Math.E], "/s");
  assertAlmostEquals(mean, Math.exp(0.5));
  assertAlmostEquals(Math.log(low), 0.5 - 12.71 * 0.5);
  assertAlmostEquals(Math.log(high), 0.5 + 12.71 * 0.5);
  assertThrows(() => ratioOf([1], [1], "/s"), RangeError);
});

Deno.test("besideControl() takes the drift of the machine out of a speed, and of no size", () => {
  const [row, control] = [{ mean: 0.9, low: 0.8, high: 1 }, { mean: 0.5, low: 0.4, high: 0.6 }];
  assertEquals(besideControl(row, control, "/s"), { mean: 1.8, low: 1.6, high: 2 });
  assertEquals(besideControl(row, control, "ms"), { mean: 1.8, low: 1.6, high: 2 });
  assertEquals(besideControl(row, control, "MiB"), row);
});
