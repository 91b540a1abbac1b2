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
import { Registry, wasSilent } from "./registry.ts";
import { addMinute, minuteOf } from "./columns.ts";
import { Minutes } from "./minutes.ts";
import { downsOf, type Found, type Interval, type Plan, rounded } from "./stretches.ts";
import type { Opening } from "./file/thread.js";
import type { StoreThread } from "./thread.ts";
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
}

const MINUTE_MS = TIERS.minute.periodMs;
/** Ticks within which a changed host is saved. */
const SAVE_TICKS = 50;
/** Minutes to end one by one after a pause, and the time limit for saving hosts at the end. */
const [MAX_TURNS, CLOSE_MS] = [60, 500];
/** A wall clock that is set by so much begins another run: what it leaps over is as if no server had run. */
const MIN_STEP_MS = MINUTE_MS;

/** Follows the fleet, and saves it. */
export class Store implements Observer {
  readonly name = "store";
  readonly #opening: Opening;
  readonly #thread: StoreThread;
  readonly #surroundings: StoreSurroundings;
  readonly #minutes: Minutes;
  readonly #registry: Registry;
  readonly #writer: StoreWriter;
  /** When the server ran before, on the wall clock. */
  readonly #runs: (readonly number[])[];
  /** When the present run began on the wall clock, and how far that is ahead of the fleet's. */
  #runMs: number;
  #aheadMs: number;
  #endMs: number;

  /** With a thread that has opened the file, as `opening` says. */
  constructor(
    thread: StoreThread,
    opening: Opening,
    runs: readonly (readonly number[])[],
    surroundings: StoreSurroundings,
  ) {
    const { startedMs, aheadMs } = surroundings;
    this.#thread = thread;
    this.#opening = opening;
    this.#surroundings = surroundings;
    this.#runs = [...runs];
    this.#runMs = opening.nowMs;
    this.#aheadMs = aheadMs();
    this.#registry = new Registry(opening.maxHosts);
    this.#writer = new StoreWriter(thread, opening, this.#registry, surroundings);
    this.#minutes = new Minutes(startedMs);
    this.#endMs = this.#nextTurn(startedMs);
  }

  /** How long each tier is kept. */
  get keepMs() {
    return this.#opening.keepMs;
  }

  /** When a server kept something here for the first time, on the wall clock, which may have been set back since. */
  get sinceMs(): number {
    return Math.min(this.#runMs, ...this.#runs.map(([fromMs]) => fromMs!));
  }

  /** Its state: why nothing is written now, how many minutes were missed, and how much is kept. */
  get state() {
    return this.#writer.state;
  }

  /** Takes the hosts of the file; those that were heard last enter the fleet. */
  restore(stored: StoredHosts): void {
    const { fleet, startedMs } = this.#surroundings;
    const beatMs = this.#runs.at(-1)?.[1] ?? 0;
    for (const { id, host, record } of this.#registry.restore(stored, fleet, startedMs)) {
      this.#minutes.enter(id, host, startedMs, wasSilent(host, record, beatMs));
    }
    this.#writer.tend(this.#runMs);
  }

  accepted({ host, summary }: Accepted, atMs: number): void {
    this.#turn(atMs);
    this.#minutes.accept(this.#idOf(host, atMs), summary, atMs);
  }

  tick(nowMs: number): void {
    this.#followWallClock(nowMs);
    this.#endMs = this.#nextTurn(Math.min(nowMs, this.#endMs - 1));
    this.#turn(nowMs);
    this.#writer.saveSome(Math.ceil(this.#registry.size / SAVE_TICKS), this.#aheadMs);
  }

  async close(): Promise<void> {
    const { nowMs } = this.#surroundings;
    this.#turn(nowMs());
    const untilMs = nowMs() + CLOSE_MS;
    this.#end(nowMs(), this.#registry.takeAll(this.#aheadMs, () => nowMs() < untilMs));
    await this.#writer.close();
  }

  /** Deletes a host and its history; whether there was one. */
  async forget(key: string): Promise<boolean> {
    const known = this.#registry.get(key);
    if (known === undefined) return false;
    this.#registry.delete(known);
    this.#minutes.leave(known.id);
    await this.#thread.ask("forget", { host: known.id });
    return true;
  }

  /** Writes all of it into another file of the folder, and says where. */
  async backUp(name: string): Promise<string> {
    const path = this.#opening.path.replace(/[^/]*$/, name);
    await this.#thread.ask("backUp", { path });
    return path;
  }

  /** What is known of hosts of the fleet in a range, up to now. */
  async read(hosts: readonly Host[], plan: Plan): Promise<readonly Found[]> {
    this.#turn(this.#surroundings.nowMs());
    const ids = hosts.map(({ key }) => this.#registry.get(key)?.id ?? -1);
    const endMs = this.#surroundings.nowMs();
    const nowAt = endMs + this.#aheadMs;
    const dropped = this.#surroundings.kernelDrops.known(endMs);
    const present = ids.map((id) => this.#minutes.present(id, endMs, dropped));
    const found = await this.#thread.ask("past", { hosts: ids, range: plan });
    found.forEach(({ sums }, n) => {
      const minute = present[n] ?? null;
      if (minute !== null) addMinute(plan, sums, minute, nowAt);
    });
    return found;
  }

  /** The hosts of the fleet with the highest mean of a metric in a range, the highest first. */
  async top(plan: Plan, most: number): Promise<readonly Host[]> {
    const ids = await this.#thread.ask("top", { range: plan, most });
    return ids.flatMap((id) => this.#registry.of(id)?.host ?? []);
  }

  /** The mean of the first metric of a plan over some hosts, or all, in each stretch, up to the present minute. */
  async mean(plan: Plan, hosts: readonly Host[] | null) {
    const ids = hosts?.flatMap(({ key }) => this.#registry.get(key)?.id ?? []) ?? null;
    const { hosts: count, mean } = await this.#thread.ask("mean", { hosts: ids, range: plan });
    return { hosts: count, mean: mean.map((value) => value && rounded(value)) };
  }

  /** When the server did not run, on the wall clock. */
  get downs(): readonly Interval[] {
    return downsOf(this.#runs, this.#runMs);
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
      this.#end(nowMs, this.#registry.takeNew(this.#aheadMs));
      this.#runs.push([this.#runMs, nowMs + this.#aheadMs]);
      this.#runMs = nowMs + aheadMs;
      this.#writer.begin(this.#runMs);
    }
    this.#aheadMs = aheadMs;
  }

  /** Ends the minutes that are over. */
  #turn(nowMs: number): void {
    for (let turns = 0; nowMs >= this.#endMs && turns < MAX_TURNS; turns++) {
      this.#end(this.#endMs, this.#registry.takeNew(this.#aheadMs));
      this.#endMs = this.#nextTurn(this.#endMs);
    }
    if (nowMs >= this.#endMs) this.#endMs = this.#nextTurn(nowMs);
  }

  #end(endMs: number, hosts: readonly HostRecord[]): void {
    const { nowMs, kernelDrops } = this.#surroundings;
    const ended = this.#minutes.end(endMs, (host) => this.#isGone(host));
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
    this.#writer.put(minute, settled, nowMs() + ahead);
  }

  /** Whether the fleet has forgotten a host. */
  #isGone(host: Host): boolean {
    if (this.#surroundings.fleet.host(host.key) === host) return false;
    this.#registry.leave(host);
    return true;
  }
}
