/**
 * The recent past of one host in a ring of fixed size: the numbers that views draw over time.
 * Pure; it stores what it is given with its time, to three digits at the least, and a number that was
 * not known stays unknown.
 */
import { PLACE, type SummaryNumbers, unknownNumbers } from "../digest/summary.ts";
import type { Metric } from "../message.ts";
import { decodePercent, decodeRate, encodePercent, encodeRate } from "./short_number.ts";

/** What a history keeps: percent for `cpu` and `memory`, bytes per second for the rest. */
export type HistoryMetric = "cpu" | "memory" | "read" | "write" | "rx" | "tx";

/** Every metric that a history keeps. */
export const HISTORY_METRICS: readonly HistoryMetric[] = [
  "cpu",
  "memory",
  "read",
  "write",
  "rx",
  "tx",
];

/** Most points that a history holds, however short the interval: 15 minutes of seconds. */
export const MAX_POINTS = 900;

/** Room for so many points is made at first, and doubled as they come: most hosts of a flood send one. */
const FIRST_POINTS = 16;
/** A point is so many numbers of 16 bits: two for its time, and its metrics. */
const STRIDE = 2 + HISTORY_METRICS.length;
const WORD = 0x1_0000;

/** A ring of points over a span of time, in one array: 16 bytes a point. */
export class History {
  /** How many points it can hold. */
  readonly capacity: number;
  readonly #spacingMs: number;
  #words: Uint16Array<ArrayBuffer>;
  /** What times are counted from, in 32 bits: 49 days. */
  #originMs = 0;
  #next = 0;
  #length = 0;
  /** When the next point is due. */
  #dueMs = -Infinity;

  /** Holds `spanMs` of points `intervalMs` apart; where those are too many, fewer and farther apart. */
  constructor(spanMs: number, intervalMs: number) {
    this.capacity = pointCount(spanMs, intervalMs);
    this.#spacingMs = spanMs / this.capacity;
    this.#words = new Uint16Array(STRIDE * Math.min(this.capacity, FIRST_POINTS));
  }

  /** When the last point was added; long ago when there is none. */
  get lastMs(): number {
    return this.#length === 0 ? -Infinity : this.#timeAt(this.#length - 1);
  }

  /** Whether a point of that time is kept: half a spacing of patience, as datagrams come a little early or late. */
  isDue(timeMs: number): boolean {
    return timeMs >= this.#dueMs - this.#spacingMs / 2;
  }

  /** Adds a point; one that comes long before the next is due is left out. */
  push(timeMs: number, point: SummaryNumbers): void {
    if (!this.isDue(timeMs)) return;
    this.#dueMs = Math.max(this.#dueMs + this.#spacingMs, timeMs + this.#spacingMs / 2);
    this.#append(timeMs, point);
  }

  /** Puts a point that came late where it belongs, unless another stands there or it is older than all. */
  insert(timeMs: number, point: SummaryNumbers): void {
    let index = this.#length;
    while (index > 0 && this.#timeAt(index - 1) > timeMs) index--;
    const isNear = (other: number) =>
      other >= 0 && other < this.#length &&
      Math.abs(this.#timeAt(other) - timeMs) < this.#spacingMs / 2;
    if (index === 0 || index === this.#length || isNear(index - 1) || isNear(index)) return;
    // Room at the end, which takes the oldest away where the ring is full; then all later ones move up.
    if (this.#length === this.capacity) index--;
    this.#append(timeMs, point);
    for (let later = this.#length - 1; later > index; later--) this.#copy(later - 1, later);
    this.#write(this.#slot(index), timeMs, point);
  }

  /** The times of all points in milliseconds, oldest first. */
  times(): number[] {
    return Array.from({ length: this.#length }, (_, index) => this.#timeAt(index));
  }

  /** One metric of all points, oldest first, aligned with `times()`; or of the last few. */
  values(metric: HistoryMetric, most = this.#length): Metric[] {
    const length = Math.min(most, this.#length);
    const first = this.#length - length;
    const place = 2 + HISTORY_METRICS.indexOf(metric);
    const decode = isPercent(metric) ? decodePercent : decodeRate;
    return Array.from(
      { length },
      (_, index) => decode(this.#words[STRIDE * this.#slot(first + index) + place]!),
    );
  }

  /** Puts all points of another history into this one. */
  adopt(other: History): void {
    const columns = HISTORY_METRICS.map((metric) => [metric, other.values(metric)] as const);
    const point = unknownNumbers();
    other.times().forEach((timeMs, index) => {
      for (const [metric, values] of columns) point[PLACE[metric]] = values[index] ?? NaN;
      this.push(timeMs, point);
    });
  }

  #append(timeMs: number, point: SummaryNumbers): void {
    if (this.#length === 0) this.#originMs = timeMs;
    else if (timeMs - this.#originMs >= WORD * WORD) this.#forgetTimes(timeMs);
    if (STRIDE * this.#next === this.#words.length) this.#makeRoom();
    this.#write(this.#next, timeMs, point);
    this.#next = (this.#next + 1) % this.capacity;
    this.#length = Math.min(this.#length + 1, this.capacity);
  }

  /** Times count anew from the oldest point; where even that is 49 days ago, all are forgotten. */
  #forgetTimes(timeMs: number): void {
    const originMs = this.#timeAt(0);
    if (timeMs - originMs >= WORD * WORD) {
      this.#originMs = timeMs;
      this.#length = 0;
      return;
    }
    const times = this.times();
    this.#originMs = originMs;
    times.forEach((time, index) => this.#writeTime(STRIDE * this.#slot(index), time));
  }

  #write(slot: number, timeMs: number, point: SummaryNumbers): void {
    const at = STRIDE * slot;
    this.#writeTime(at, timeMs);
    this.#words[at + 2] = encodePercent(point[PLACE.cpu]!);
    this.#words[at + 3] = encodePercent(point[PLACE.memory]!);
    this.#words[at + 4] = encodeRate(point[PLACE.read]!);
    this.#words[at + 5] = encodeRate(point[PLACE.write]!);
    this.#words[at + 6] = encodeRate(point[PLACE.rx]!);
    this.#words[at + 7] = encodeRate(point[PLACE.tx]!);
  }

  #writeTime(at: number, timeMs: number): void {
    const sinceMs = Math.round(timeMs - this.#originMs);
    this.#words[at] = sinceMs % WORD;
    this.#words[at + 1] = sinceMs / WORD;
  }

  #copy(from: number, to: number): void {
    const at = STRIDE * this.#slot(from);
    this.#words.copyWithin(STRIDE * this.#slot(to), at, at + STRIDE);
  }

  #makeRoom(): void {
    const words = new Uint16Array(Math.min(STRIDE * this.capacity, 2 * this.#words.length));
    words.set(this.#words);
    this.#words = words;
  }

  #slot(index: number): number {
    return (this.#next - this.#length + index + this.capacity) % this.capacity;
  }

  #timeAt(index: number): number {
    const at = STRIDE * this.#slot(index);
    return this.#originMs + this.#words[at]! + WORD * this.#words[at + 1]!;
  }
}

/** How many points a history over `spanMs` holds at an interval. */
export function pointCount(spanMs: number, intervalMs: number): number {
  return Math.min(MAX_POINTS, Math.max(1, Math.ceil(spanMs / intervalMs)));
}

function isPercent(metric: HistoryMetric): boolean {
  return metric === "cpu" || metric === "memory";
}
