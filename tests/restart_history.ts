/**
 * What the API tells of the past of hosts, held against what a server took in each of its lives: samples and
 * their numbers, causes, and when no server ran. Pure.
 */

/** What is so near to the end of a minute may be of either. */
const EDGE_MS = 400;
/** The step of the history. */
export const MINUTE_MS = 60_000;
/** That it runs is written each second, or later where the machine is busy. */
export const BEAT_MS = 5_000;
/** A minute that ended so shortly before a kill may be lost too. */
export const WRITE_MS = 3_000;

/** When a server ran, and whether it was killed. */
export interface Life {
  readonly startMs: number;
  readyMs: number;
  endMs: number;
  /** When it had ended. */
  exitMs: number;
  isKilled: boolean;
}

/** A sample that was taken: when, and in which life of the server. */
export interface Taken {
  readonly atMs: number;
  readonly value: number;
  readonly life: number;
}

/** What the API tells of a host. */
interface HistoryAnswer {
  readonly nowMs: number;
  readonly fromMs: number;
  readonly times: readonly number[];
  readonly cpu: readonly number[];
  readonly samples: { readonly cpu: readonly number[] };
  readonly lowest: { readonly cpu: readonly number[] };
  readonly highest: { readonly cpu: readonly number[] };
  readonly causesMs: Readonly<Record<string, readonly number[]>> & {
    readonly known: readonly number[];
    readonly lost: readonly number[];
    readonly down: readonly number[];
  };
}

/** Checks the past of one host after the other. */
export class HistoryCheck {
  /** Of all hosts: samples, and times that were lost and without a server. */
  readonly totals = { samples: 0, lostMs: 0, downMs: 0 };
  readonly #lives: readonly Life[];
  readonly #say: (fault: string) => void;

  constructor(lives: readonly Life[], say: (fault: string) => void) {
    this.#lives = lives;
    this.#say = say;
  }

  /** Checks each minute of a host, from which so much was taken. */
  check(id: string, history: readonly Taken[], answer: HistoryAnswer): void {
    answer.times.forEach((ms, n) => {
      const inMinute = history.filter(({ atMs, life }) =>
        atMs >= ms - EDGE_MS && atMs < ms + MINUTE_MS + EDGE_MS && this.#isKept(life, ms)
      );
      const isSure = (atMs: number) => atMs >= ms + EDGE_MS && atMs < ms + MINUTE_MS - EDGE_MS;
      const sure = inMinute.filter(({ atMs }) => isSure(atMs));
      const [samples, mean] = [answer.samples.cpu[n]!, answer.cpu[n]!];
      this.totals.samples += samples;
      if (samples < sure.length || samples > inMinute.length) {
        this.#say(
          `${id} has ${samples} samples at ${ms}, not ${sure.length} to ${inMinute.length}`,
        );
      } else if (samples > 0 && samples === sure.length && samples === inMinute.length) {
        const values = sure.map(({ value }) => value);
        const exact = values.reduce((a, b) => a + b) / samples;
        const [low, high] = [Math.min(...values), Math.max(...values)];
        const isRight = Math.abs(mean - exact) <= 0.0051 + exact / 1_000 &&
          answer.lowest.cpu[n] === low && answer.highest.cpu[n] === high;
        if (!isRight) this.#say(`${id} at ${ms}: mean ${mean}, not ${exact}`);
      }
      this.#checkCauses(id, answer, n);
    });
  }

  /** Causes add up to the whole, and when the server did not run is told to the second. */
  #checkCauses(
    id: string,
    { times, causesMs, fromMs, nowMs }: HistoryAnswer,
    n: number,
  ): void {
    const ms = times[n]!;
    const parts = Object.values(causesMs).map((all) => all[n] ?? 0);
    const sum = parts.reduce((a, b) => a + b);
    const isWhole = n > 0 && sum > 0 && ms + MINUTE_MS <= nowMs &&
      causesMs.known[n - 1] !== undefined;
    const before = n === 0
      ? 0
      : Object.values(causesMs).reduce((a, all) => a + (all[n - 1] ?? 0), 0);
    if (isWhole && before > 0 && Math.abs(sum - MINUTE_MS) > parts.length) {
      this.#say(`${id}: causes at ${ms} are ${sum} ms, since ${fromMs}`);
    }
    this.totals.lostMs += causesMs.lost[n]!;
    this.totals.downMs += causesMs.down[n]!;
    const downMs = (isLongest: boolean) =>
      this.#lives.reduce((sum, { endMs, exitMs }, life) => {
        const next = this.#lives[life + 1];
        if (next === undefined) return sum;
        const [from, until] = isLongest ? [endMs, next.readyMs] : [exitMs, next.startMs];
        return sum + Math.max(0, Math.min(ms + MINUTE_MS, until) - Math.max(ms, from));
      }, 0);
    // The minute of a kill is lost from its beginning on, and told as such.
    const isOfKill = this.#lives.some(({ isKilled, endMs }) =>
      isKilled && endMs >= ms && endMs < ms + MINUTE_MS
    );
    if (before === 0 || isOfKill) return;
    const [least, most] = [downMs(false) - BEAT_MS, downMs(true) + BEAT_MS];
    const told = causesMs.down[n]!;
    if (told < least || told > most) {
      this.#say(`${id} at ${ms}: down for ${told} ms, not ${least} to ${most}`);
    }
  }

  /** Whether what a life heard in a minute is in the file. */
  #isKept(life: number, ms: number): boolean {
    const { isKilled, endMs } = this.#lives[life]!;
    return !isKilled || ms + MINUTE_MS + WRITE_MS <= endMs;
  }
}
