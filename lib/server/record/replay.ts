/**
 * Plays a record: a source like any other, whose datagrams come by the record's clock. It can pause, seek
 * and change speed; to go back it plays from the beginning. Its one job is to wait.
 */
import type { Log } from "../../common/log.ts";
import type { Decoder } from "../fleet/receipt.ts";
import type { Source, Take } from "../parts.ts";
import { ReplayClock, type ReplayState } from "./clock.ts";
import { RecordedDecoder } from "./decoder.ts";
import { EntryReader, KIND, RecordError } from "./format.ts";
import { openRecord, type Recording } from "./record.ts";

/** Work in one turn of the event loop. */
const TURN_MS = 5;
/** Number of datagrams between two looks at the time. */
const LOOK_INTERVAL = 32;
const MAX_WAIT_MS = 1_000;

/** Which record to play, how fast, and which part; times as they are shown. */
export interface ReplayOptions {
  readonly folder: string;
  /** How much faster than it came; `Infinity` for as fast as can be. */
  readonly speed: number;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly maxHosts: number;
  /** A clock that is never set. */
  readonly steadyMs: () => number;
  readonly log: Pick<Log, "warn">;
}

/** What users do to a replay, and see of it. */
export type ReplayControls = Pick<Replay, "state" | "play" | "setSpeed" | "seek" | "seekBy">;

/** Opens a record. @throws {RangeError} with one line for the user when there is nothing to play. */
export async function openReplay(options: ReplayOptions): Promise<Replay> {
  return new Replay(await openRecord(options.folder, (line) => options.log.warn(line)), options);
}

const spanText = (...times: readonly [number, number]) =>
  times.map((ms, n) => `${n === 0 ? "from" : "to"} ${new Date(ms).toISOString()}`).join(" ");

/** A record that is played. */
export class Replay implements Source {
  readonly name = "replay";
  /** The record's clock, by which all goes. */
  readonly clock: ReplayClock;
  /** Reads the datagram that is handed on, as it was judged when it came. */
  readonly decoder: Decoder = {
    decode: (...datagram) => this.#decoder.decode(...datagram),
  };
  /** When the fleet begins, on the record's clock. */
  readonly startMs: number;
  readonly #record: Recording;
  readonly #options: ReplayOptions;
  readonly #fromMs: number;
  readonly #toMs: number;
  readonly #entries: EntryReader;
  #decoder: RecordedDecoder;
  /** When the last datagram was handed on, or passed over. */
  #atMs: number;
  /** What is added to a run's times, so that none begins before the one before it has ended. */
  #shiftMs = 0;
  #run = NaN;
  #isBack = false;
  #isClosed = false;
  #onRestart: (nowMs: number) => void = () => {};
  #endsAtEnd = false;
  #omitted = 0;
  #wake = () => {};

  /** @throws {RangeError} where the record has nothing of the part that is asked for. */
  constructor(record: Recording, options: ReplayOptions) {
    const { fromMs, toMs, speed, steadyMs, maxHosts } = options;
    const { first, firstMs, lastMs, folder } = record;
    this.#record = record;
    this.#options = options;
    this.#fromMs = Math.max(fromMs ?? firstMs, firstMs);
    this.#toMs = Math.min(toMs ?? lastMs, lastMs);
    if (this.#fromMs > this.#toMs) {
      throw new RangeError(`Cannot replay ${folder}: it goes ${spanText(firstMs, lastMs)}`);
    }
    this.#entries = new EntryReader(maxHosts);
    this.#decoder = new RecordedDecoder(this.#entries, maxHosts);
    const { aheadMs, startedMs } = first;
    this.#atMs = this.#fromMs - aheadMs;
    this.clock = new ReplayClock({ nowMs: this.#atMs, aheadMs, speed, steadyMs });
    // As the fleet began that was recorded, so that even its first rates are the same.
    this.startMs = fromMs === null ? Math.min(startedMs, this.#atMs) : this.#atMs;
  }

  /**
   * Calls `onRestart` with a time of the record's clock when that goes back, and everything starts over.
   * With `endsAtEnd` it ends with its last datagram; else it waits there for a seek.
   */
  follow(onRestart: (nowMs: number) => void, endsAtEnd: boolean): void {
    this.#onRestart = onRestart;
    this.#endsAtEnd = endsAtEnd;
  }

  /** What is played, for the log. */
  get description(): string {
    return `Replaying ${this.#options.folder} ${spanText(this.#fromMs, this.#toMs)}`;
  }

  /** How it stands. */
  get state(): ReplayState {
    const { isPlaying, isSeeking, speed } = this.clock;
    return {
      nowMs: this.clock.shownMs(),
      fromMs: this.#fromMs,
      toMs: this.#toMs,
      isPlaying,
      isSeeking,
      speed: speed === Infinity ? null : speed,
      omitted: this.#omitted,
    };
  }

  play(isPlaying: boolean): void {
    this.clock.play(isPlaying);
    this.#wake();
  }

  setSpeed(speed: number): void {
    this.clock.setSpeed(speed);
    this.#wake();
  }

  /** Goes to a time, as it is shown: as fast as can be, and from the beginning when that was before. */
  seek(timeMs: number): void {
    const targetMs = Math.min(Math.max(timeMs, this.#fromMs), this.#toMs);
    this.#isBack ||= targetMs < this.clock.shownMs();
    this.clock.seek(targetMs);
    this.#wake();
  }

  /** Goes so far ahead, or back, from where it is or goes to. */
  seekBy(ms: number): void {
    this.seek(this.clock.targetMs + ms);
  }

  async run(take: Take): Promise<void> {
    while (!this.#isClosed) {
      await this.#playAll(take);
      if (this.#endsAtEnd && !this.#isBack) return;
      while (!this.#isClosed && !this.#isBack) {
        await this.#sleep(Infinity);
        if (!this.#isBack) this.clock.end();
      }
      if (this.#isBack) this.#restart();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  #restart(): void {
    const { aheadMs } = this.#record.first;
    this.#isBack = false;
    this.#run = NaN;
    this.#omitted = this.#shiftMs = 0;
    this.#decoder = new RecordedDecoder(this.#entries, this.#options.maxHosts);
    this.#atMs = this.#fromMs - aheadMs;
    this.clock.restart(this.#atMs, aheadMs);
    this.#onRestart(this.startMs);
  }

  async #playAll(take: Take): Promise<void> {
    for await (const frame of this.#record.frames(this.#options.fromMs ?? -Infinity)) {
      if (await this.#playFrame(frame, take)) return;
    }
    this.clock.end(this.#atMs);
  }

  /** Whether nothing more is to be handed on: it was the last, it was closed, or time goes back. */
  async #playFrame(frame: Uint8Array, take: Take): Promise<boolean> {
    const entries = this.#entries;
    const { steadyMs, fromMs, toMs } = this.#options;
    entries.begin(frame);
    let turnMs = steadyMs();
    for (let count = 1; this.#next(); count++) {
      const shownMs = entries.atMs + entries.aheadMs;
      // All of it where no part is asked for: a clock that was set back may end before the beginning.
      if (shownMs > (toMs ?? Infinity)) {
        this.clock.end(this.#toMs - this.clock.aheadMs());
        return true;
      }
      if (entries.kind >= KIND.clock || shownMs < (fromMs ?? -Infinity)) continue;
      this.#atMs = entries.atMs + this.#shiftMs;
      const isTurnOver = count % LOOK_INTERVAL === 0 && steadyMs() - turnMs >= TURN_MS;
      if (isTurnOver) await this.#sleep(0);
      if (isTurnOver || !this.clock.isDue(this.#atMs)) {
        await this.#until(this.#atMs);
        turnMs = steadyMs();
      }
      if (this.#isClosed || this.#isBack) return true;
      take(this.#decoder.bytes(), entries.origin, this.#atMs);
    }
    return false;
  }

  /** Reads the next entry; `false` at the end of the frame, or of what can be read of it. */
  #next(): boolean {
    const entries = this.#entries;
    try {
      if (!entries.next()) return false;
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      this.#options.log.warn(`Cannot read a part of ${this.#options.folder}: ${error.message}`);
      return false;
    }
    if (entries.kind === KIND.gap) this.#omitted += entries.count;
    if (entries.kind === KIND.clock) this.#takeClock();
    return true;
  }

  #takeClock(): void {
    const { atMs, startedMs, aheadMs } = this.#entries;
    if (startedMs !== this.#run) {
      this.#shiftMs = Number.isNaN(this.#run) ? 0 : Math.max(0, this.#atMs - atMs);
      this.#run = startedMs;
    }
    this.clock.follow(aheadMs - this.#shiftMs);
  }

  /** Waits for a time, or until it is closed or goes back. */
  async #until(atMs: number): Promise<void> {
    while (!this.#isClosed && !this.#isBack && !this.clock.isDue(atMs)) {
      await this.#sleep(this.clock.waitMs(atMs));
    }
  }

  async #sleep(waitMs: number): Promise<void> {
    let timer;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (waitMs < Infinity) timer = setTimeout(resolve, Math.min(waitMs, MAX_WAIT_MS));
    });
    clearTimeout(timer);
  }
}
