/**
 * A sign of life for those who watch the watcher: a request each minute as long as this server does its
 * work, so that another tells people when none comes. It says nothing of the fleet. Pure: clock, timers
 * and requests are given.
 */
import { Failures as FailureLog, type Log } from "../../common/log.ts";
import type { HostStatus } from "../../common/status.js";
import type { Failures, Observer } from "../parts.ts";
import { DeliveryError, deliveryErrorOf, type Http } from "./destination.ts";

/** Interval between two signs of life. */
export const HEARTBEAT_MS = 60_000;
const REQUEST_MS = 15_000;

/** What signs of life are made of. */
export interface HeartbeatSurroundings {
  /** Hosts by their status at a time of the fleet's clock. */
  readonly countByStatus: (nowMs: number) => Readonly<Record<HostStatus, number>>;
  readonly http: Http;
  /** Milliseconds on a clock that is never set. */
  readonly steadyMs: () => number;
  readonly schedule: (action: () => void, delayMs: number) => () => void;
  readonly log: Pick<Log, "info" | "warn">;
  readonly failures: Pick<Failures, "count">;
}

/** Sends a sign of life each minute. It is told the time by the loop that receives, and so stops with it. */
export class Heartbeat implements Observer {
  readonly name = "heartbeat";
  readonly #url: URL;
  readonly #surroundings: HeartbeatSurroundings;
  readonly #troubles = new FailureLog();
  #lastMs = -Infinity;
  #end: AbortController | null = null;

  constructor(url: URL, surroundings: HeartbeatSurroundings) {
    this.#url = url;
    this.#surroundings = surroundings;
  }

  tick(nowMs: number): void {
    const { steadyMs, countByStatus, log } = this.#surroundings;
    if (steadyMs() - this.#lastMs < HEARTBEAT_MS || this.#end !== null) return;
    this.#lastMs = steadyMs();
    const { live, stale, offline } = countByStatus(nowMs);
    // Whoever hears nobody may be the one who is cut off; where nobody is to be heard that is no fault.
    const isDeaf = live + stale === 0 && offline > 0;
    const change = this.#troubles.note("deaf", isDeaf);
    if (change === "failed") log.warn(`Sending no heartbeats: no host is heard, of ${offline}`);
    if (change === "recovered") log.info("Sending heartbeats again: hosts are heard");
    if (!isDeaf) this.#beat();
  }

  close(): void {
    this.#end?.abort(new DeliveryError("this server stops"));
  }

  async #beat(): Promise<void> {
    const { http, schedule, log, failures } = this.#surroundings;
    const end = this.#end = new AbortController();
    const late = new DeliveryError("no answer in time");
    const callOff = schedule(() => end.abort(late), REQUEST_MS);
    const error = await http({ url: this.#url, method: "GET", signal: end.signal })
      .then(() => null, deliveryErrorOf);
    callOff();
    this.#end = null;
    const change = this.#troubles.note("request", error !== null);
    const { origin } = this.#url;
    if (error !== null) failures.count(this.name);
    if (change === "failed") log.warn(`Cannot send a heartbeat to ${origin}: ${error!.message}`);
    if (change === "recovered") log.info(`Sending heartbeats to ${origin} again`);
  }
}
