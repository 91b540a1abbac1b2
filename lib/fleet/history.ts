/**
 * The recent past of one host in a ring of fixed size: the numbers that views draw over time.
 * Pure; it stores what it is given with its time, and a number that was not known stays unknown.
 */
import type { Metric, Metrics } from "../message.ts";
import { memoryPercent, totalTraffic } from "../metrics.ts";

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

/** A point of the past: when the datagram came, and what it said. */
export type HistoryPoint = Readonly<Record<HistoryMetric, Metric>>;

/** Room for so many points is made at first, and doubled as they come: most hosts of a flood send one. */
const FIRST_POINTS = 16;

/** A ring of points over a span of time. */
export class History {
  /** How many points it can hold. */
  readonly capacity: number;
  readonly #spacingMs: number;
  #times: Float64Array<ArrayBuffer>;
  readonly #columns: Record<HistoryMetric, Float32Array<ArrayBuffer>>;
  #next = 0;
  #length = 0;
  /** When the next point is due. */
  #dueMs = -Infinity;

  /** Holds `spanMs` of points `intervalMs` apart; where those are too many, fewer and farther apart. */
  constructor(spanMs: number, intervalMs: number) {
    this.capacity = pointCount(spanMs, intervalMs);
    this.#spacingMs = spanMs / this.capacity;
    const room = Math.min(this.capacity, FIRST_POINTS);
    this.#times = new Float64Array(room);
    this.#columns = Object.fromEntries(
      HISTORY_METRICS.map((metric) => [metric, new Float32Array(room)]),
    ) as Record<HistoryMetric, Float32Array<ArrayBuffer>>;
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
  push(timeMs: number, point: HistoryPoint): void {
    if (!this.isDue(timeMs)) return;
    this.#dueMs = Math.max(this.#dueMs + this.#spacingMs, timeMs + this.#spacingMs / 2);
    this.#append(timeMs, point);
  }

  /** Puts a point that came late where it belongs, unless another stands there or it is older than all. */
  insert(timeMs: number, point: HistoryPoint): void {
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

  #append(timeMs: number, point: HistoryPoint): void {
    if (this.#next === this.#times.length) this.#makeRoom();
    this.#write(this.#next, timeMs, point);
    this.#next = (this.#next + 1) % this.capacity;
    this.#length = Math.min(this.#length + 1, this.capacity);
  }

  #write(slot: number, timeMs: number, point: HistoryPoint): void {
    this.#times[slot] = timeMs;
    for (const metric of HISTORY_METRICS) this.#columns[metric][slot] = point[metric] ?? NaN;
  }

  #copy(from: number, to: number): void {
    const [source, target] = [this.#slot(from), this.#slot(to)];
    this.#times[target] = this.#times[source]!;
    for (const metric of HISTORY_METRICS) {
      this.#columns[metric][target] = this.#columns[metric][source]!;
    }
  }

  /** The times of all points in milliseconds, oldest first. */
  times(): number[] {
    return Array.from({ length: this.#length }, (_, index) => this.#timeAt(index));
  }

  /** One metric of all points, oldest first, aligned with `times()`; or of the last few. */
  values(metric: HistoryMetric, most = this.#length): Metric[] {
    const column = this.#columns[metric];
    const length = Math.min(most, this.#length);
    const first = this.#length - length;
    return Array.from({ length }, (_, index) => {
      const value = column[this.#slot(first + index)]!;
      return Number.isNaN(value) ? null : value;
    });
  }

  /** Puts all points of another history into this one. */
  adopt(other: History): void {
    const columns = HISTORY_METRICS.map((metric) => [metric, other.values(metric)] as const);
    other.times().forEach((timeMs, index) => {
      const point = columns.map(([metric, values]) => [metric, values[index] ?? null]);
      this.push(timeMs, Object.fromEntries(point) as HistoryPoint);
    });
  }

  #makeRoom(): void {
    const room = Math.min(this.capacity, 2 * this.#times.length);
    const times = new Float64Array(room);
    times.set(this.#times);
    this.#times = times;
    for (const metric of HISTORY_METRICS) {
      const column = new Float32Array(room);
      column.set(this.#columns[metric]);
      this.#columns[metric] = column;
    }
  }

  #slot(index: number): number {
    return (this.#next - this.#length + index + this.capacity) % this.capacity;
  }

  #timeAt(index: number): number {
    return this.#times[this.#slot(index)]!;
  }
}

/** How many points a history over `spanMs` holds at an interval. */
export function pointCount(spanMs: number, intervalMs: number): number {
  return Math.min(MAX_POINTS, Math.max(1, Math.ceil(spanMs / intervalMs)));
}

/** What the history keeps of a message. */
export function historyPoint({ cpu, memory, disk, network }: Metrics): HistoryPoint {
  const traffic = network ? totalTraffic(network) : null;
  return {
    cpu: cpu?.mean ?? null,
    memory: memory ? memoryPercent(memory) : null,
    read: disk?.read ?? null,
    write: disk?.write ?? null,
    rx: traffic?.rx ?? null,
    tx: traffic?.tx ?? null,
  };
}
