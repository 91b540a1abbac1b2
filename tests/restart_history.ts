/**
 * What the API tells of the past of hosts, held against what a server took in each of its lives: samples and
 * their numbers, causes, and when no server ran. Pure.
 */

/** What is so near to the end of a minute may be of either. */
const EDGE_MS = 400;
/** The gap in which one is lost is longer or shorter than usual by such a share, and once by as much as a machine that is busy stands still; of all hosts together by this share. */
const [PACE, TOTAL_PACE] = [0.5, 0.1];
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
  /** From one sample of an agent to the next, at the pace that this machine kept. */
  roundMs: number;
}

/** Between how much and how much, in milliseconds. */
export type Bounds = readonly [least: number, most: number];

/** What became of a host's datagrams, as the network and those who ended the server know it. */
export interface Sent {
  /** What the server took in all lives. */
  readonly history: readonly Taken[];
  /** How long that is missing which was lost on the way. */
  readonly lostMs: Bounds;
  /** Whether it sends no more. */
  readonly isQuiet: boolean;
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
    readonly silent: readonly number[];
    readonly left: readonly number[];
  };
}

/** Checks the past of one host after the other. */
export class HistoryCheck {
  /** Of all hosts: samples, and times that were lost and without a server. */
  readonly totals = { samples: 0, lostMs: 0, downMs: 0, quietMs: 0 };
  #lostMs: Bounds = [0, 0];
  readonly #lives: readonly Life[];
  readonly #say: (fault: string) => void;

  constructor(lives: readonly Life[], say: (fault: string) => void) {
    this.#lives = lives;
    this.#say = say;
  }

  /** Checks each minute of a host, and all of them together. */
  check(id: string, { history, lostMs, isQuiet }: Sent, answer: HistoryAnswer): void {
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
    const sum = (cause: string) => answer.causesMs[cause]!.reduce((a, ms) => a + ms, 0);
    const [least, most] = lostMs;
    this.#lostMs = [this.#lostMs[0] + least, this.#lostMs[1] + most];
    this.#expect(`${id} lost`, sum("lost"), [
      (1 - PACE) * least - BEAT_MS,
      (1 + PACE) * most + BEAT_MS,
    ]);
    this.totals.lostMs += sum("lost");
    if (!isQuiet || history.length === 0) return;
    // A good-bye may be forgotten by a server that was killed.
    const { atMs } = history.at(-1)!;
    const { times, causesMs: { silent, left } } = answer;
    const quietMs = times.reduce(
      (sum, ms, n) => ms + MINUTE_MS > atMs ? sum + silent[n]! + left[n]! : sum,
      0,
    );
    this.totals.quietMs += quietMs;
    this.#expect(`${id} quiet`, quietMs, this.#quietMs(atMs, answer.nowMs));
  }

  /** Checks what was lost of all hosts that were checked. */
  checkTotals(): void {
    const [least, most] = this.#lostMs;
    this.#expect("all hosts lost", this.totals.lostMs, [
      (1 - TOTAL_PACE) * least - BEAT_MS,
      (1 + TOTAL_PACE) * most + BEAT_MS,
    ]);
  }

  #expect(what: string, ms: number, [least, most]: Bounds): void {
    if (ms >= least && ms <= most) return;
    this.#say(`${what} for ${ms} ms, not ${Math.round(least)} to ${Math.round(most)}`);
  }

  /** How long servers ran that heard nothing since then; what was killed had not written its last minute. */
  #quietMs(sinceMs: number, nowMs: number): Bounds {
    const overlap = (from: number, until: number) =>
      Math.max(0, Math.min(until, nowMs) - Math.max(from, sinceMs));
    const lives = this.#lives.filter(({ exitMs }) => exitMs > sinceMs);
    const least = lives.map(({ readyMs, endMs, isKilled }) => {
      const untilMs = isKilled ? Math.floor((endMs - WRITE_MS) / MINUTE_MS) * MINUTE_MS : endMs;
      return overlap(readyMs, untilMs) - BEAT_MS;
    });
    const most = lives.map(({ startMs, exitMs }) => overlap(startMs, exitMs) + BEAT_MS);
    const sum = (all: readonly number[]) => all.reduce((a, ms) => a + Math.max(0, ms), 0);
    return [sum(least), sum(most)];
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
