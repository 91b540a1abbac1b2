/** Whether one of two programs is slower, from runs in turn: ratios pair by pair, with their interval. Pure. */

/** Student's t for 95 % on both sides, by degrees of freedom from 1 on; then that of the normal distribution. */
const T95 = [
  ...[12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228],
  ...[2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093, 2.086],
];
const T95_MANY = 1.96;

/** A ratio of speeds: above 1 is faster than before. */
export interface Ratio {
  /** The geometric mean. */
  readonly mean: number;
  /** The ends of the 95 % interval of that mean (Student's t over the logarithms). */
  readonly low: number;
  readonly high: number;
}

/** Units of which less is better; those of memory do not drift with the machine's speed. */
const TIMES: ReadonlySet<string> = new Set(["ms"]);
const SIZES: ReadonlySet<string> = new Set(["B", "bytes", "MiB"]);

/** The ratio of what was measured in pairs, turned so that above 1 is better. @throws {RangeError} for fewer than two pairs. */
export function ratioOf(
  before: readonly number[],
  after: readonly number[],
  unit: string,
): Ratio {
  const sign = TIMES.has(unit) || SIZES.has(unit) ? -1 : 1;
  const logs = before.map((value, n) => sign * Math.log(after[n]! / value));
  const count = logs.length;
  if (count < 2) throw new RangeError("Cannot compare: it takes two pairs at the least");
  const mean = logs.reduce((sum, log) => sum + log, 0) / count;
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (count - 1);
  const half = (T95[count - 2] ?? T95_MANY) * Math.sqrt(variance / count);
  return { mean: Math.exp(mean), low: Math.exp(mean - half), high: Math.exp(mean + half) };
}

/** By how much a row is better than the drift of the machine explains, which `control` shows. */
export function besideControl(row: Ratio, control: Ratio, unit: string): Ratio {
  const drift = SIZES.has(unit) ? 1 : control.mean;
  return { mean: row.mean / drift, low: row.low / drift, high: row.high / drift };
}
