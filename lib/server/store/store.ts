/**
 * History and registry on disk, as an observer: each minute goes to the thread that has the file, and each
 * host once in a while. Nothing here waits for the disk. It opens nothing: the thread is given.
 */
import type { Log } from "../../common/log.ts";
import type { Failures, KernelDrops, Observer } from "../parts.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Host } from "../fleet/host/host.ts";
import type { Accepted } from "../fleet/receipt.ts";
import type { HostRecord, StoredHosts } from "./file/database.js";
import { TIERS } from "./file/blobs.js";
import { wasSilent } from "./gaps.ts";
import { Registry } from "./registry.ts";
import type { Followed, Resumption } from "./resumption.ts";
import { minuteOf } from "./columns.ts";
import { Minutes } from "./minutes.ts";
import type { Interval } from "./stretches.ts";
import type { Opening } from "./file/thread.js";
import type { StoreThread } from "./thread.ts";
import { StoreQueries } from "./queries.ts";
import { StoreWriter } from "./store_writer.ts";

/** What the store works with. */
export interface StoreSurroundings {
  readonly fleet: Fleet;
  /** When the server was started. */
  readonly startedMs: number;
  readonly nowMs: () => number;
  readonly aheadMs: () => number;
  readonly log: Log;
  readonly failures: Failures;
  readonly kernelDrops: KernelDrops;
  /** Of a view, the stream that it follows. */
  readonly followed?: Followed | undefined;
}

const MINUTE_MS = TIERS.minute.periodMs;
/** Minutes to end one by one after a pause, and the time limit for saving hosts at the end. */
const [MAX_TURNS, CLOSE_MS] = [60, 500];
/** A wall clock that is set by so much begins another run: what it leaps over is as if no server had run. */
const MIN_STEP_MS = MINUTE_MS;

/** Follows the fleet, and saves it. */
export class Store implements Observer {
  readonly name = "store";
  readonly #opening: Opening;
  readonly #surroundings: StoreSurroundings;
  #minutes: Minutes;
  readonly #registry: Registry;
  readonly #writer: StoreWriter;
  readonly #resumption: Resumption | null;
  /** What the file is asked for, and told besides. */
  readonly read: StoreQueries["read"];
  readonly top: StoreQueries["top"];
  readonly mean: StoreQueries["mean"];
  readonly forget: StoreQueries["forget"];
  readonly backUp: StoreQueries["backUp"];
  /** When the last run before ended, and how far the wall clock is ahead of the fleet's. */
  readonly #beatMs: number;
  #aheadMs: number;
  #endMs: number;

  /** With a thread that has opened the file, as `opening` says. */
  constructor(
    thread: StoreThread,
    opening: Opening,
    runs: readonly (readonly number[])[],
    surroundings: StoreSurroundings,
    resumption: Resumption | null,
  ) {
    const { startedMs, nowMs, aheadMs } = surroundings;
    this.#opening = opening;
    this.#surroundings = surroundings;
    this.#beatMs = runs.at(-1)?.[1] ?? 0;
    this.#aheadMs = aheadMs();
    this.#resumption = resumption;
    const resumeOf = resumption &&
      ((id: number) => resumption.recordOf(id, this.#minutes, nowMs(), this.#aheadMs));
    this.#registry = new Registry(opening.maxHosts, resumeOf ?? undefined);
    this.#writer = new StoreWriter(thread, opening, runs, this.#registry, surroundings);
    this.#minutes = new Minutes(resumption?.beginMs(this.#aheadMs) ?? startedMs);
    this.#endMs = this.#nextTurn(this.#minutes.beginMs);
    const queries = new StoreQueries(thread, opening.path, this.#registry, {
      present: (ids) => this.#present(ids),
      leave: (id) => this.#minutes.leave(id),
    });
    ({ read: this.read, top: this.top, mean: this.mean } = queries);
    ({ forget: this.forget, backUp: this.backUp } = queries);
  }

  /** When the server was started; of a view that goes on, when it was saved last. */
  get startedMs(): number {
    return this.#surroundings.startedMs;
  }

  /** How long each tier is kept. */
  get keepMs() {
    return this.#opening.keepMs;
  }

  /** When something was kept here for the first time, on the wall clock. */
  get sinceMs(): number {
    return this.#writer.sinceMs;
  }

  /** Its state: why nothing is written now, how many minutes were missed, and how much is kept. */
  get state() {
    return this.#writer.state;
  }

  /** Takes the hosts of the file; those that were heard last enter the fleet. */
  restore(stored: StoredHosts): void {
    const { fleet, startedMs } = this.#surroundings;
    const onFault = () => this.#writer.countDamage();
    for (const { id, host, record } of this.#registry.restore(stored, fleet, startedMs, onFault)) {
      if (this.#resumption?.restore(id, host, this.#minutes, this.#aheadMs)) continue;
      this.#minutes.enter(id, host, startedMs, wasSilent(host, record, this.#beatMs));
    }
    this.#resumption?.begin(this.#aheadMs, {
      onBegin: (storedMs) => this.#begin(storedMs - this.#aheadMs),
      backlog: () => this.#writer.backlog,
    });
    this.#writer.tend(this.#opening.nowMs);
  }

  /** A view goes on; where the stream has not all of what came meanwhile, it was down until a time. */
  #begin(nowMs: number): void {
    if (this.#resumption!.isWhole) return;
    const { startedMs } = this.#surroundings;
    this.#beginRun(startedMs, nowMs + this.#aheadMs);
    this.#minutes = new Minutes(nowMs);
    this.#endMs = this.#nextTurn(nowMs);
    for (const { id, host } of this.#registry.present()) {
      const isSilent = wasSilent(host, { lastMs: host.lastSeenMs }, startedMs);
      this.#minutes.enter(id, host, nowMs, isSilent);
    }
  }

  accepted({ host, summary }: Accepted, atMs: number): void {
    this.#turn(atMs);
    const id = this.#idOf(host, atMs);
    if (this.#resumption?.isWritten(atMs, this.#minutes.beginMs)) this.#minutes.pass(id, atMs);
    else this.#minutes.accept(id, summary, atMs);
  }

  tick(nowMs: number): void {
    if (this.#resumption?.hasBegun === false) return;
    const aheadMs = this.#aheadMs;
    this.#followWallClock(nowMs);
    // A view takes what came after a time that it has not reached: only a clock that was set moves the end.
    if (this.#aheadMs !== aheadMs) this.#endMs = this.#nextTurn(Math.min(nowMs, this.#endMs - 1));
    this.#turn(nowMs);
    const next = this.#registry.takeNext(this.#aheadMs);
    this.#writer.save(() => {
      const { value = null } = next.next();
      this.#resumption?.follow(this.#registry.rounds);
      return value;
    }, this.#aheadMs);
  }

  async close(): Promise<void> {
    const { nowMs } = this.#surroundings;
    const untilMs = nowMs() + CLOSE_MS;
    const takeAll = () => this.#registry.takeAll(this.#aheadMs, () => nowMs() < untilMs);
    // The minute of a view goes on after a restart.
    if (this.#resumption?.hasBegun) this.#writer.saveSome(takeAll(), this.#aheadMs);
    if (this.#resumption === null) this.#turn(nowMs());
    if (this.#resumption === null) this.#end(nowMs(), takeAll());
    await this.#writer.close();
  }

  /** When the server did not run, on the wall clock. */
  get downs(): readonly Interval[] {
    return this.#writer.downs;
  }

  /** The present minutes of hosts as they stand, and when that is on the wall clock. */
  #present(ids: readonly number[]) {
    const nowMs = this.#surroundings.nowMs();
    this.#turn(nowMs);
    const dropped = this.#surroundings.kernelDrops.known(nowMs);
    const minutes = ids.map((id) => this.#minutes.present(id, nowMs, dropped));
    return { minutes, nowAt: nowMs + this.#aheadMs };
  }

  #idOf(host: Host, nowMs: number): number {
    const present = this.#registry.at(host);
    if (present?.host === host) return present.id;
    // Who had its place in the fleet before is gone.
    if (present?.host && this.#registry.leave(present.host)) this.#minutes.leave(present.id);
    const { id } = this.#registry.enter(host);
    this.#minutes.enter(id, host, nowMs);
    return id;
  }

  /** When the minute of the wall clock ends that a time is in. */
  #nextTurn(nowMs: number): number {
    return (minuteOf(nowMs + this.#aheadMs) + 1) * MINUTE_MS - this.#aheadMs;
  }

  /** Where the wall clock was set far, the minute ends there and another run begins. */
  #followWallClock(nowMs: number): void {
    const aheadMs = this.#surroundings.aheadMs();
    if (Math.abs(aheadMs - this.#aheadMs) >= MIN_STEP_MS) {
      this.#turn(nowMs);
      this.#beginRun(nowMs, nowMs + aheadMs);
    }
    this.#aheadMs = aheadMs;
  }

  /** A run ends at a time, and another begins at one of the wall clock. */
  #beginRun(nowMs: number, beginMs: number): void {
    this.#end(nowMs);
    this.#writer.begin(nowMs + this.#aheadMs, beginMs);
  }

  /** Ends the minutes that are over. */
  #turn(nowMs: number): void {
    for (let turns = 0; nowMs >= this.#endMs && turns < MAX_TURNS; turns++) {
      this.#end(this.#endMs);
      this.#endMs = this.#nextTurn(this.#endMs);
    }
    if (nowMs >= this.#endMs) this.#endMs = this.#nextTurn(nowMs);
  }

  #end(endMs: number, all?: readonly HostRecord[]): void {
    const hosts = all ?? this.#registry.takeNew(this.#aheadMs);
    const { nowMs, kernelDrops } = this.#surroundings;
    const ended = this.#minutes.end(endMs, (host) => this.#isGone(host));
    this.#resumption?.turn();
    const ahead = this.#aheadMs;
    const minute = { minute: minuteOf(endMs + ahead - 1), parts: ended.parts, hosts };
    // What was found to be lost may have been dropped a moment before: only a reading from now on has it.
    const settled = kernelDrops.read(nowMs()).then((dropped) =>
      this.#minutes.settle(ended, dropped).map(({ fromMs, untilMs, ...rest }) => ({
        ...rest,
        fromMs: fromMs + ahead,
        untilMs: untilMs + ahead,
      }))
    );
    this.#writer.put(minute, settled, nowMs() + ahead, this.#resumption !== null);
  }

  /** Whether the fleet has forgotten a host. */
  #isGone(host: Host): boolean {
    if (this.#surroundings.fleet.host(host.key) === host) return false;
    this.#registry.leave(host);
    return true;
  }
}
