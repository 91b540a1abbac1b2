/**
 * The past and the registry on disk, as an observer: each minute goes to a thread with the file, and each
 * host once in a while. Nothing here waits for the disk: what it cannot write is counted as missing, and
 * it goes on by itself as soon as it can. It opens nothing: the thread is given.
 */
import { describeError, type Log } from "../../common/log.ts";
import type { Failures, Observer } from "../parts.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Host } from "../fleet/host/host.ts";
import type { Accepted } from "../fleet/receipt.ts";
import type { HostId, HostRecord } from "./file/database.js";
import { TIERS } from "./file/blobs.js";
import { Registry, wasSilent } from "./registry.ts";
import { addMinute, minuteOf, Minutes } from "./minutes.ts";
import { downsOf, type Found, type Interval, type Plan } from "./stretches.ts";
import type { Keep } from "./file/compaction.js";
import type { StoreThread } from "./thread.ts";

/** What the store works with. */
export interface StoreSurroundings {
  readonly fleet: Fleet;
  /** When the server was started. */
  readonly startedMs: number;
  readonly nowMs: () => number;
  readonly aheadMs: () => number;
  readonly log: Log;
  readonly failures: Failures;
}

const MINUTE_MS = TIERS.minute.periodMs;
/** Each host is saved within so many ticks of a change. */
const SAVE_TICKS = 50;
/** So many minutes may wait for a slow disk. */
const MAX_WAITING = 3;
/** Minutes to end one by one after a pause; how long the last one may take. */
const [MAX_TURNS, CLOSE_MS] = [60, 500];

/** Follows the fleet, and writes it down. */
export class Store implements Observer {
  readonly name = "store";
  readonly keepMs: Keep;
  readonly #thread: StoreThread;
  readonly #path: string;
  readonly #surroundings: StoreSurroundings;
  readonly #minutes: Minutes;
  readonly #registry = new Registry();
  /** When the server ran before, on the wall clock. */
  readonly #runs: readonly (readonly number[])[];
  #endMs: number;
  #waiting = 0;
  #isSaving = false;
  #isTending = false;
  #missedMinutes = 0;
  #bytes = 0;
  #paused: string | null = null;

  constructor(
    thread: StoreThread,
    { path, keepMs }: { readonly path: string; readonly keepMs: Keep },
    runs: readonly (readonly number[])[],
    surroundings: StoreSurroundings,
  ) {
    const { startedMs } = surroundings;
    this.keepMs = keepMs;
    this.#thread = thread;
    this.#path = path;
    this.#runs = runs;
    this.#surroundings = surroundings;
    this.#minutes = new Minutes(startedMs);
    this.#endMs = this.#nextTurn(startedMs);
  }

  /** How it is: why nothing is written now, minutes that could not be written, and how much is kept. */
  get state() {
    return { paused: this.#paused, missedMinutes: this.#missedMinutes, bytes: this.#bytes };
  }

  /** Takes the hosts of the file; those that were heard last enter the fleet. */
  restore(ids: readonly HostId[], records: readonly HostRecord[]): void {
    const { fleet, startedMs } = this.#surroundings;
    const beatMs = this.#runs.at(-1)?.[1] ?? 0;
    for (const { key, id } of ids) this.#registry.add(key, id);
    for (const { id, host, record } of this.#registry.restore(records, fleet, startedMs)) {
      this.#minutes.enter(id, host, startedMs, wasSilent(host, record, beatMs));
    }
  }

  accepted({ host, summary }: Accepted, atMs: number): void {
    this.#turn(atMs);
    this.#minutes.accept(this.#idOf(host, atMs), summary, atMs);
  }

  tick(nowMs: number): void {
    this.#endMs = this.#nextTurn(Math.min(nowMs, this.#endMs - 1));
    this.#turn(nowMs);
    this.#saveSome(Math.ceil(this.#registry.size / SAVE_TICKS));
  }

  async close(): Promise<void> {
    const { nowMs, aheadMs } = this.#surroundings;
    this.#turn(nowMs());
    const untilMs = nowMs() + CLOSE_MS;
    this.#end(nowMs(), this.#registry.takeAll(aheadMs(), () => nowMs() < untilMs));
    await this.#thread.ask("close", undefined).catch(() => {});
    this.#thread.end();
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
    const path = this.#path.replace(/[^/]*$/, name);
    await this.#thread.ask("backUp", { path });
    return path;
  }

  /** What is known of hosts of the fleet in a range, up to now. */
  async read(hosts: readonly Host[], plan: Plan): Promise<readonly Found[]> {
    this.#turn(this.#surroundings.nowMs());
    const ids = hosts.map(({ key }) => this.#registry.get(key)?.id ?? -1);
    const { nowMs, aheadMs } = this.#surroundings;
    const nowAt = nowMs() + aheadMs();
    const present = ids.map((id) => this.#minutes.present(id, nowMs()));
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

  /** When the server did not run, on the wall clock. */
  get downs(): readonly Interval[] {
    const { startedMs, aheadMs } = this.#surroundings;
    return downsOf(this.#runs, startedMs + aheadMs());
  }

  #idOf(host: Host, nowMs: number): number {
    const present = this.#registry.at(host);
    if (present?.host === host) return present.id;
    const { id } = this.#registry.enter(host);
    this.#minutes.enter(id, host, nowMs);
    return id;
  }

  /** When the minute of the wall clock ends that a time is in. */
  #nextTurn(nowMs: number): number {
    const aheadMs = this.#surroundings.aheadMs();
    return (minuteOf(nowMs + aheadMs) + 1) * MINUTE_MS - aheadMs;
  }

  /** Ends the minutes that are over. */
  #turn(nowMs: number): void {
    for (let turns = 0; nowMs >= this.#endMs && turns < MAX_TURNS; turns++) {
      this.#end(this.#endMs, this.#registry.takeNew(this.#surroundings.aheadMs()));
      this.#endMs = this.#nextTurn(this.#endMs);
    }
    if (nowMs >= this.#endMs) this.#endMs = this.#nextTurn(nowMs);
  }

  #end(endMs: number, hosts: readonly HostRecord[]): void {
    const { nowMs, aheadMs } = this.#surroundings;
    const minute = this.#minutes.end(endMs, (host) => this.#isGone(host));
    const ahead = aheadMs();
    const corrections = minute.corrections.map(({ fromMs, untilMs, ...rest }) => ({
      ...rest,
      fromMs: fromMs + ahead,
      untilMs: untilMs + ahead,
    }));
    if (this.#waiting >= MAX_WAITING) return this.#miss(hosts, new Error("the disk is too slow"));
    this.#waiting++;
    const given = { minute: minuteOf(endMs + ahead - 1), parts: minute.parts, corrections, hosts };
    this.#thread.ask("put", { ...given, nowMs: nowMs() + ahead }).then(
      (bytes) => this.#resume(bytes),
      (error) => this.#miss(hosts, error),
    ).finally(() => this.#waiting--);
  }

  /** Whether the fleet has forgotten a host. */
  #isGone(host: Host): boolean {
    if (this.#surroundings.fleet.host(host.key) === host) return false;
    this.#registry.leave(host);
    return true;
  }

  #resume(bytes: number): void {
    this.#bytes = bytes;
    if (this.#paused !== null) {
      this.#surroundings.log.info(
        `Writing history to ${this.#path} again; minutes missing: ${this.#missedMinutes}`,
      );
    }
    this.#paused = null;
    this.#tend();
  }

  #miss(hosts: readonly HostRecord[], error: unknown): void {
    const { log, failures } = this.#surroundings;
    failures.count(this.name);
    this.#missedMinutes++;
    this.#registry.giveBack(hosts);
    const state = describeError(error);
    if (this.#paused !== state) {
      log.warn(`Cannot write history to ${this.#path}: ${state}; going on without until it can`);
    }
    this.#paused = state;
  }

  /** Saves the next few hosts, and that the server runs. */
  #saveSome(count: number): void {
    if (this.#isSaving) return;
    this.#isSaving = true;
    const { nowMs, aheadMs } = this.#surroundings;
    const ahead = aheadMs();
    const hosts = this.#registry.takeNext(count, ahead);
    this.#thread.ask("save", { hosts, nowMs: nowMs() + ahead })
      .catch(() => this.#registry.giveBack(hosts))
      .finally(() => this.#isSaving = false);
  }

  /** What is due with time, piece by piece, so that others come in between. */
  async #tend(): Promise<void> {
    if (this.#isTending) return;
    this.#isTending = true;
    const { nowMs, aheadMs } = this.#surroundings;
    try {
      while (await this.#thread.ask("tend", { nowMs: nowMs() + aheadMs() }));
    } catch (error) {
      this.#paused ??= describeError(error);
    } finally {
      this.#isTending = false;
    }
  }
}
