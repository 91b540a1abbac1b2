/**
 * CPU use from `/proc/stat`: text into counters, two readings into percent. Pure; a percentage is
 * from 0 to 100 or `null`, whatever the counters do, and times that no core can have had are not
 * believed.
 */
import { percentOf } from "../common/status.js";
import { type CpuMetrics, MAX_CORES, type Metric } from "../message/message.ts";
import { columnsAt, FailureNotes } from "./sample.ts";

/**
 * One core's time in clock ticks since boot: user, nice, system, idle, iowait, irq, softirq, steal;
 * an old kernel knows fewer of them. The columns after these, guest and guest_nice, are left out as
 * the kernel has counted them in user and nice already (proc_stat(5)).
 */
export type CoreTimes = readonly number[];

/** The times of each core by its number; `null` for one that is offline. */
export type CpuReading = readonly (CoreTimes | null)[];

/** What one core did between two readings, in ticks; `null` for a part that is not known. */
interface Gain {
  readonly total: number;
  readonly busy: number;
  readonly iowait: Metric;
  readonly steal: Metric;
  readonly user: number;
  readonly nice: number;
  readonly system: number;
  /** Hard and soft ones. */
  readonly irq: Metric;
}

const [USER, NICE, SYSTEM] = [0, 1, 2];
const IDLE = 3;
const IOWAIT = 4;
const [IRQ, SOFTIRQ] = [5, 6];
const STEAL = 7;
const COLUMNS = 8;

/** Ticks that a core makes: a second has 100 on every system that Deno runs on (USER_HZ). */
const TICKS_PER_MS = 0.1;
/** How late the kernel may count, in ticks: once a second for a core that runs without a clock tick (nohz_full). */
const LATE_TICKS = 100;
/** How many times the ticks of the time that passed a core can have, as readings are not exactly on time. */
const MAX_SHARE = 1.25;
/** The same at the least. Less than all is what a virtual core without steal time has; hardly any is an idle counter that stands still. */
const MIN_SHARE = 0.2;
/** How far a counter may step back without meaning anything, in ticks: the kernel estimates some of them. */
const MAX_STEP_BACK = 100;

/**
 * Parses the lines of the cores in `/proc/stat`. The line of the sum over all cores is not used: it
 * jumps when a core goes offline, as the kernel then takes that core's idle time from elsewhere.
 *
 * @param knownCores how many cores were known before, so that those offline keep their places.
 * @throws {SyntaxError} when there is no core.
 */
export function parseCpu(text: string, knownCores = 0): CpuReading {
  const cores: (CoreTimes | null)[] = new Array(knownCores).fill(null);
  for (const { 0: label, 1: core, index } of text.matchAll(/^cpu(\d{1,4})(?= )/gm)) {
    const times = columnsAt(text, index + label.length);
    if (times.length === 0) continue;
    while (cores.length < Number(core)) cores.push(null);
    cores[Number(core)] = times.slice(0, COLUMNS);
  }
  if (cores.every((times) => times === null)) {
    throw new SyntaxError("Cannot parse CPU times: no core is listed");
  }
  return cores;
}

/**
 * CPU use between two readings: busy = (total − idle − iowait) / total, the same for each core and,
 * over the times of all cores added up, for the mean. A core that was offline at one of the
 * readings, whose counters went back, or whose times cannot be true, is `null` and not part of the mean.
 *
 * @param elapsedMs time between the two, on the clock by which the cores count theirs.
 * @param notes told which times cannot be true.
 */
export function cpuMetrics(
  before: CpuReading | null,
  after: CpuReading,
  elapsedMs: number,
  notes: FailureNotes = new FailureNotes(),
): CpuMetrics {
  const gains = after.map((times, core) =>
    notes.attempt("cores", () => gainBetween(before?.[core] ?? null, times, core, elapsedMs))
  );
  const known = gains.filter((gain) => gain !== null);
  return {
    mean: share(known, "busy"),
    cores: gains.slice(0, MAX_CORES).map((gain) => gain && percentOf(gain.busy, gain.total)),
    iowait: share(known, "iowait"),
    steal: share(known, "steal"),
    user: share(known, "user"),
    nice: share(known, "nice"),
    system: share(known, "system"),
    irq: share(known, "irq"),
  };
}

/**
 * What a core did; `null` when it was offline or its counters went back.
 *
 * @throws {RangeError} when no core can have done that.
 */
function gainBetween(
  before: CoreTimes | null,
  after: CoreTimes | null,
  core: number,
  elapsedMs: number,
): Gain | null {
  if (before === null || after === null || before.length !== after.length) return null;
  const most = Math.max(...after);
  if (!(most <= Number.MAX_SAFE_INTEGER)) throw notBelieved(core, `${most} ticks since it started`);
  const steps = after.map((ticks, column) => ticks - before[column]!);
  if (steps.length <= IDLE || wentBack(steps)) return null;
  const gain = gainOf(steps, maxTicks(elapsedMs));
  const isTooLittle = gain.total > 0 && gain.total < minTicks(elapsedMs);
  if (isTooLittle || gain.total > maxTicks(elapsedMs)) {
    throw notBelieved(core, `${gain.total} ticks in ${(elapsedMs / 1_000).toFixed(1)} s`);
  }
  return gain;
}

function notBelieved(core: number, state: string): RangeError {
  return new RangeError(`Cannot believe core ${core}: ${state}, where a second has 100`);
}

function maxTicks(elapsedMs: number): number {
  return MAX_SHARE * TICKS_PER_MS * elapsedMs + LATE_TICKS;
}

function minTicks(elapsedMs: number): number {
  return MIN_SHARE * (TICKS_PER_MS * elapsedMs - LATE_TICKS);
}

/** Whether more stepped back than means nothing, or leaves enough to reckon a share from. */
function wentBack(steps: readonly number[]): boolean {
  // Nearly always: nothing did.
  if (Math.min(...steps) >= 0) return false;
  // Whether a core waited is settled when it wakes up: idle may fall by as much as iowait grows, and
  // iowait may fall at any time.
  const idle = steps[IDLE]! + forward(steps[IOWAIT] ?? 0);
  const falls = steps.with(IDLE, idle).map((step, column) =>
    column === IOWAIT ? 0 : forward(-step)
  );
  return falls.some((ticks) => ticks > MAX_STEP_BACK) || 2 * total(falls) > totalForward(steps);
}

/** What the steps of a core's counters come to; no more than `most` where idle and iowait were exchanged. */
function gainOf(steps: readonly number[], most: number): Gain {
  const idle = steps[IDLE]!;
  const iowait = steps[IOWAIT] ?? 0;
  const apart = totalForward(steps);
  const busy = apart - forward(idle) - forward(iowait);
  const total = apart <= most ? apart : busy + forward(idle + iowait);
  const isIowaitKnown = IOWAIT < steps.length && iowait >= -MAX_STEP_BACK;
  return {
    total,
    busy,
    iowait: isIowaitKnown ? Math.min(forward(iowait), total - busy) : null,
    steal: STEAL < steps.length ? forward(steps[STEAL]!) : null,
    user: forward(steps[USER]!),
    nice: forward(steps[NICE]!),
    system: forward(steps[SYSTEM]!),
    irq: SOFTIRQ < steps.length ? forward(steps[IRQ]!) + forward(steps[SOFTIRQ]!) : null,
  };
}

function forward(step: number): number {
  return Math.max(0, step);
}

function totalForward(steps: readonly number[]): number {
  return steps.reduce((total, step) => total + forward(step), 0);
}

function total(ticks: readonly number[]): number {
  return ticks.reduce((sum, value) => sum + value, 0);
}

/** One part's share of the time of all cores of which it is known. */
function share(gains: readonly Gain[], part: Exclude<keyof Gain, "total">): Metric {
  let some = 0;
  let all = 0;
  gains.forEach((gain) => {
    if (gain[part] === null) return;
    some += gain[part];
    all += gain.total;
  });
  return percentOf(some, all);
}
