/**
 * CPU use from `/proc/stat`: text into counters, two readings into percent. Pure; a percentage is
 * from 0 to 100 or `null`, whatever the counters do.
 */
import { type CpuMetrics, MAX_CORES, type Metric } from "../message.ts";
import { percentOf } from "../metrics.ts";

/**
 * One core's time in clock ticks since boot: user, nice, system, idle, iowait, irq, softirq, steal;
 * an old kernel knows fewer of them. The columns after these, guest and guest_nice, are left out as
 * the kernel has counted them in user and nice already (proc_stat(5)).
 */
export type CoreTimes = readonly number[];

/** The times of each core by its number; `null` for one that is offline. */
export type CpuReading = readonly (CoreTimes | null)[];

const IDLE = 3;
const IOWAIT = 4;
const STEAL = 7;
const COLUMNS = 8;

/**
 * How far idle and iowait may step back without meaning anything, in ticks (a second at the usual
 * 100 Hz): the kernel estimates both, and its documentation says that iowait can decrease.
 */
const MAX_IDLE_STEP_BACK = 100;

/**
 * Parses the lines of the cores in `/proc/stat`. The line of the sum over all cores is not used: it
 * jumps when a core goes offline, as the kernel then takes that core's idle time from elsewhere.
 *
 * @param knownCores how many cores were known before, so that those offline keep their places.
 * @throws {SyntaxError} when there is no core.
 */
export function parseCpu(text: string, knownCores = 0): CpuReading {
  const cores: (CoreTimes | null)[] = new Array(knownCores).fill(null);
  for (const [, core, times] of text.matchAll(/^cpu(\d{1,4})((?: +\d+)+)/gm)) {
    while (cores.length < Number(core)) cores.push(null);
    cores[Number(core)] = times!.trim().split(/ +/, COLUMNS).map(Number);
  }
  if (cores.every((times) => times === null)) {
    throw new SyntaxError("Cannot parse CPU times: no core is listed");
  }
  return cores;
}

/**
 * CPU use between two readings: busy = (total − idle − iowait) / total, the same for each core and,
 * over the times of all cores added up, for the mean. A core that was offline at one of the
 * readings, or whose counters went back, is `null` and not part of the mean.
 */
export function cpuMetrics(before: CpuReading | null, after: CpuReading): CpuMetrics {
  const cores = after.map((times, core) => timesBetween(before?.[core] ?? null, times));
  const all = addUp(cores.filter((times) => times !== null));
  return {
    mean: busyPercent(all),
    cores: cores.slice(0, MAX_CORES).map(busyPercent),
    iowait: sharePercent(all, IOWAIT),
    steal: sharePercent(all, STEAL),
  };
}

function timesBetween(before: CoreTimes | null, after: CoreTimes | null): CoreTimes | null {
  if (before === null || after === null || before.length !== after.length) return null;
  const times = after.map((ticks, column) => ticks - before[column]!);
  const wentBack = times.some((ticks, column) =>
    ticks < (column === IDLE || column === IOWAIT ? -MAX_IDLE_STEP_BACK : 0)
  );
  const forward = times.map((ticks) => Math.max(0, ticks));
  // A step back that is not small beside what went forward leaves nothing to reckon a share from.
  const stepBack = total(forward) - total(times);
  return wentBack || 2 * stepBack > total(forward) ? null : forward;
}

function addUp(cores: readonly CoreTimes[]): CoreTimes | null {
  if (cores.length === 0) return null;
  return cores[0]!.map((_, column) => total(cores.map((times) => times[column] ?? 0)));
}

function busyPercent(times: CoreTimes | null): Metric {
  if (times === null) return null;
  const busy = times.filter((_, column) => column !== IDLE && column !== IOWAIT);
  return percentOf(total(busy), total(times));
}

function sharePercent(times: CoreTimes | null, column: number): Metric {
  return times === null || column >= times.length ? null : percentOf(times[column]!, total(times));
}

function total(ticks: readonly number[]): number {
  return ticks.reduce((sum, value) => sum + value, 0);
}
