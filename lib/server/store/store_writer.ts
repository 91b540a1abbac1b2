/**
 * What the store writes, and what becomes of it: a minute that the disk does not take is counted as missing
 * and said once, hosts are saved later, and a thread that has ended, or a file that is damaged, is opened
 * anew. Nothing here waits for the disk.
 */
import { describeError, type Log } from "../../common/log.ts";
import type { Failures } from "../parts.ts";
import type { Correction, Database, HostRecord } from "./file/database.js";
import type { Opening } from "./file/thread.js";
import type { Registry } from "./registry.ts";
import { downsOf, type Interval } from "./stretches.ts";
import type { StoreThread } from "./thread.ts";

/** So many minutes may wait for a slow disk; of a view, which waits for it, as many as may pass at once. */
const [MAX_WAITING, MAX_PASSED] = [3, 64] as const;

/** A minute of the wall clock. */
type Minute = Omit<Parameters<Database["put"]>[0], "corrections" | "deleted" | "nowMs">;

/** What is told of how it goes, and to whom. */
interface WriterSurroundings {
  readonly nowMs: () => number;
  readonly log: Pick<Log, "info" | "warn">;
  readonly failures: Pick<Failures, "count">;
}

/** Has a thread write, and follows how that goes. */
export class StoreWriter {
  readonly #thread: StoreThread;
  readonly #registry: Registry;
  readonly #surroundings: WriterSurroundings;
  #opening: Opening;
  /** When the server ran before, on the wall clock, and when the present run began. */
  readonly #runs: (readonly number[])[];
  #runMs: number;
  #waiting = 0;
  #written: Promise<void> = Promise.resolve();
  #isSaving = false;
  #isTending = false;
  #isClosed = false;
  #isOpening = false;
  #missedMinutes = 0;
  #bytes = 0;
  #damaged = 0;
  #hasToldDamage = false;
  #paused: string | null = null;
  /** Why what is due with time could not be done. */
  #untended: string | null = null;

  /** With a thread that has opened the file, as `opening` says. */
  constructor(
    thread: StoreThread,
    opening: Opening,
    runs: readonly (readonly number[])[],
    registry: Registry,
    surroundings: WriterSurroundings,
  ) {
    this.#runs = [...runs];
    this.#runMs = opening.nowMs;
    this.#thread = thread;
    this.#opening = opening;
    this.#registry = registry;
    this.#surroundings = surroundings;
  }

  /** How it is: why nothing is written now, minutes that could not be written, and how much is kept. */
  get state() {
    const paused = this.#paused ?? this.#untended;
    return { paused, missedMinutes: this.#missedMinutes, bytes: this.#bytes };
  }

  /** Resolves when minutes may pass again; `null` where they may. */
  get backlog(): Promise<void> | null {
    return this.#waiting < MAX_WAITING ? null : this.#written;
  }

  /** Writes a minute once it is settled, and then does what is due with time. */
  put(
    minute: Minute,
    settled: Promise<readonly Correction[]>,
    nowMs: number,
    isWaitedFor: boolean,
  ): void {
    const deleted = this.#registry.takeDeleted();
    const miss = (error: unknown) => {
      this.#miss(error);
      this.#giveBack(minute.hosts, deleted);
    };
    if (this.#waiting >= (isWaitedFor ? MAX_PASSED : MAX_WAITING)) {
      return miss(new Error("the disk is too slow"));
    }
    this.#waiting++;
    const sums = minute.parts.map(({ sums }) => sums.buffer as ArrayBuffer);
    const given = settled.then((corrections) => ({ ...minute, corrections, deleted, nowMs }));
    this.#written = this.#thread.ask("put", given, sums).then(({ bytes, damaged }) => {
      this.#resume(bytes);
      this.#tellDamage(damaged);
      this.tend(nowMs);
    }, miss).finally(() => this.#waiting--);
  }

  /** Saves some hosts after others, until `take` has none; it is left out while others are being saved. */
  async save(take: () => readonly HostRecord[] | null, aheadMs: number): Promise<void> {
    if (this.#isSaving) return;
    this.#isSaving = true;
    try {
      while (!this.#isClosed) {
        const hosts = take();
        if (hosts === null || !await this.saveSome(hosts, aheadMs)) return;
      }
    } finally {
      this.#isSaving = false;
    }
  }

  /** Saves some hosts, and that the server runs; the wall clock is ahead of the fleet's by so much. Whether it could. */
  async saveSome(hosts: readonly HostRecord[], aheadMs: number): Promise<boolean> {
    const deleted = this.#registry.takeDeleted();
    const nowMs = this.#surroundings.nowMs() + aheadMs;
    return await this.#thread.ask("save", { hosts, deleted, nowMs }).then(() => true, () => {
      this.#giveBack(hosts, deleted);
      return false;
    });
  }

  /** Does what is due with time, piece by piece, so that others come in between. */
  async tend(nowMs: number): Promise<void> {
    if (this.#isTending || this.#isClosed) return;
    this.#isTending = true;
    try {
      while (await this.#thread.ask("tend", { nowMs }));
      this.#untended = null;
    } catch (error) {
      // It goes on there after a start.
      if (this.#isClosed) return;
      this.#tellUntended(describeError(error));
      this.#giveBack([], []);
    } finally {
      this.#isTending = false;
    }
  }

  /** When something was kept here for the first time, on the wall clock, which may have been set back since. */
  get sinceMs(): number {
    return Math.min(this.#runMs, ...this.#runs.map(([fromMs]) => fromMs!));
  }

  /** When the server did not run, on the wall clock. */
  get downs(): readonly Interval[] {
    return downsOf(this.#runs, this.#runMs);
  }

  /** A run of the server ends, and another begins, on the wall clock. */
  begin(endMs: number, nowMs: number): void {
    this.#runs.push([this.#runMs, endMs]);
    this.#runMs = nowMs;
    this.#opening = { ...this.#opening, nowMs };
    this.#thread.ask("begin", { nowMs }).catch(() => {});
  }

  /** Ends when all is written. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#thread.ask("close", undefined).catch(() => {});
    this.#thread.end();
  }

  #tellUntended(state: string): void {
    const { log, failures } = this.#surroundings;
    failures.count("store");
    if (this.#untended === state) return;
    this.#untended = state;
    log.warn(`Cannot compact history in ${this.#opening.path}: ${state}; trying each minute`);
  }

  #resume(bytes: number): void {
    this.#bytes = bytes;
    if (this.#paused === null) return;
    this.#paused = null;
    this.#surroundings.log.info(
      `Writing history to ${this.#opening.path} again; minutes missing: ${this.#missedMinutes}`,
    );
  }

  /** Counts a host that could not be read. */
  countDamage(): void {
    this.#surroundings.failures.count("store");
    this.#warnOfDamage();
  }

  /** Counts what was found to be damaged since the minute before; the thread's own count begins anew with each file. */
  #tellDamage(damaged: number): void {
    const { failures } = this.#surroundings;
    for (let n = this.#damaged; n < damaged; n++) failures.count("store");
    this.#damaged = damaged;
    if (damaged > 0) this.#warnOfDamage();
  }

  #warnOfDamage(): void {
    if (this.#hasToldDamage) return;
    this.#hasToldDamage = true;
    this.#surroundings.log.warn(
      `Cannot read some history in ${this.#opening.path}: it is damaged on disk; it is told as such`,
    );
  }

  #miss(error: unknown): void {
    const { log, failures } = this.#surroundings;
    failures.count("store");
    this.#missedMinutes++;
    const state = describeError(error);
    if (this.#paused === state) return;
    this.#paused = state;
    log.warn(
      `Cannot write history to ${this.#opening.path}: ${state}; going on without until it can`,
    );
  }

  /** Hosts could not be saved, as when the thread has ended, or found the file damaged. */
  async #giveBack(hosts: readonly HostRecord[], deleted: readonly number[]): Promise<void> {
    this.#registry.giveBack(hosts, deleted);
    if (this.#isOpening) return;
    this.#isOpening = true;
    try {
      const opened = await this.#thread.ask("open", this.#opening);
      if (opened === null) return;
      const isNew = opened.nextId === 0;
      if (isNew) this.#registry.forgetFile();
      const { path } = this.#opening;
      this.#surroundings.log.warn(
        isNew && opened.aside === null
          ? `Began ${path} anew, as nothing was in it`
          : describeOpening(path, opened.aside),
      );
    } catch (error) {
      this.#paused ??= describeError(error);
    } finally {
      this.#isOpening = false;
    }
  }
}

/** What is told where the file is opened while the server runs, or had to be another one. */
export function describeOpening(path: string, aside: string | null): string {
  return aside === null
    ? `Opened ${path} again, as the thread that writes it had ended`
    : `Cannot read ${path}: it is damaged; kept as ${aside}, beginning anew`;
}
