/**
 * What the whole fleet and the server itself are in a few numbers, and how many events a second there were
 * of late, in constant memory. Pure: time is an argument.
 */
import type { DropReason } from "../../common/drop_reasons.js";
import type { Metric } from "../../message/message.ts";
import type { HostStatus } from "../../common/status.js";

/** The fleet in numbers. Of every datagram: `received` = `accepted` + all of `dropped`. */
export interface FleetTotals {
  readonly hosts: number;
  readonly byStatus: Readonly<Record<HostStatus, number>>;
  /** Datagrams per second over the last seconds; `null` in the first. */
  readonly datagramsPerSecond: Metric;
  readonly received: number;
  readonly receivedBytes: number;
  readonly accepted: number;
  /** Datagrams not accepted, by reason; reasons that did not occur are absent. */
  readonly dropped: ReadonlyMap<DropReason, number>;
  /** Datagrams that the kernel dropped as our socket was full; not in `received`. `null` where it cannot be read. */
  readonly kernelDropped: Metric;
  /** Datagrams that never came, over all hosts with a sequence; `null` when there is none such. */
  readonly lost: Metric;
  /** When a datagram sealed with each key was last accepted, on the server's clock, by key id. */
  readonly keyUses: ReadonlyMap<number, number>;
  /** Hosts that were forgotten, as others needed the room. */
  readonly forgotten: number;
}

const SPAN_SECONDS = 5;

/** Counts events in whole seconds and reports their mean over the last five that are complete. */
export class RateMeter {
  readonly #counts = new Float64Array(SPAN_SECONDS + 1);
  readonly #startSecond: number;
  #second: number;

  constructor(nowMs: number) {
    this.#startSecond = this.#second = Math.floor(nowMs / 1_000);
  }

  /** Counts one event. */
  mark(nowMs: number): void {
    this.#advance(nowMs);
    this.#counts[this.#second % this.#counts.length]! += 1;
  }

  /** Events per second; `null` in the first second, when there is nothing to tell from. */
  perSecond(nowMs: number): number | null {
    this.#advance(nowMs);
    const complete = Math.min(SPAN_SECONDS, this.#second - this.#startSecond);
    if (complete === 0) return null;
    let events = 0;
    for (let back = 1; back <= complete; back++) {
      events += this.#counts[(this.#second - back) % this.#counts.length]!;
    }
    return events / complete;
  }

  #advance(nowMs: number): void {
    const second = Math.floor(nowMs / 1_000);
    // A clock that was set back would leave counts of the future behind: stay where we are.
    if (second <= this.#second) return;
    const steps = Math.min(second - this.#second, this.#counts.length);
    for (let step = 0; step < steps; step++) {
      this.#counts[(second - step) % this.#counts.length] = 0;
    }
    this.#second = second;
  }
}
