/**
 * The recent past of one host in a ring of fixed size: the numbers that views draw over time.
 * Pure; it stores what it is given with its time, to three digits at the least, and a number that was
 * not known stays unknown.
 */
import { type KnownRow, METRICS, UNITS } from "../../../catalogue.ts";
import { PLACE, type SummaryNumbers, unknownNumbers } from "../../../message/summary.ts";
import type { Metric } from "../../../message/message.ts";
import { ByteStore } from "../memory/byte_store.ts";
import type { RowPlace } from "../memory/number_store.ts";
import { PointRoom, STRIDE } from "./point_room.ts";
import {
  decodePercent,
  decodeRate,
  decodeSpan,
  encodePercent,
  encodeRate,
  encodeSpan,
} from "./short_number.ts";

/** A metric that a history keeps, by its id. */
export type HistoryMetric = Extract<KnownRow, { past: string }>["id"];

/** Every one, with its place in a summary and how it is kept. */
const KEPT = METRICS.filter(({ past }) => past !== undefined).map(({ id, unit }) => ({
  id: id as HistoryMetric,
  place: PLACE[id as HistoryMetric],
  isPercent: unit === "percent",
  scale: 10 ** UNITS[unit].decimals,
}));

/** Every metric that a history keeps. */
export const HISTORY_METRICS: readonly HistoryMetric[] = KEPT.map(({ id }) => id);

/** Most points that a history holds, however short the interval: 15 minutes of seconds. */
export const MAX_POINTS = 900;

/**
 * A ring of points over a span of time, 14 bytes each. The time of a point is kept as that since the
 * point before, exactly below two seconds and else to 0.1 %; what is cut off is made up for in the
 * next, so that no error grows. After a silence that is longer than the span it begins anew.
 */
export class History {
  /** How many numbers `save` writes: five words, and two times. */
  static readonly NUMBERS = 5;
  readonly #spanMs: number;
  readonly #room: PointRoom;
  #capacity: number;
  #spacingMs: number;
  #next = 0;
  #length = 0;
  /** When the last point was added, as the sum of what is kept says. */
  #lastMs = -Infinity;
  /** When the next point is due. */
  #dueMs = -Infinity;

  /** Holds `spanMs` of points `intervalMs` apart; where those are too many, fewer and farther apart. */
  constructor(spanMs: number, intervalMs: number, store = new ByteStore()) {
    this.#spanMs = spanMs;
    this.#room = new PointRoom(store);
    this.#capacity = pointCount(spanMs, intervalMs);
    this.#spacingMs = spanMs / this.#capacity;
  }

  /** Writes all that it knows besides its points. */
  save({ numbers, words, at }: RowPlace): void {
    const first = 2 * at;
    words[first] = this.#capacity;
    words[first + 1] = this.#next;
    words[first + 2] = this.#length;
    this.#room.save(words, first + 3);
    numbers[at + 3] = this.#lastMs;
    numbers[at + 4] = this.#dueMs;
  }

  /** Becomes the one that was saved, over the same span and in the same store; `false` where none was. */
  load({ numbers, words, at }: RowPlace): boolean {
    const first = 2 * at;
    if (words[first] === 0) return false;
    this.#capacity = words[first]!;
    this.#spacingMs = this.#spanMs / this.#capacity;
    this.#next = words[first + 1]!;
    this.#length = words[first + 2]!;
    this.#room.load(words, first + 3);
    this.#lastMs = numbers[at + 3]!;
    this.#dueMs = numbers[at + 4]!;
    return true;
  }

  /** How many points it can hold. */
  get capacity(): number {
    return this.#capacity;
  }

  /** When the last point was added; long ago when there is none. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** Whether a point of that time is kept: half a spacing of patience, as datagrams come a little early or late. */
  isDue(timeMs: number): boolean {
    return timeMs >= this.#dueMs - this.#spacingMs / 2;
  }

  /** Adds a point; one that comes long before the next is due is left out. */
  push(timeMs: number, point: SummaryNumbers): void {
    if (!this.isDue(timeMs)) return;
    if (timeMs - this.#lastMs > this.#spacingMs * this.#capacity) this.#clear();
    this.#dueMs = Math.max(this.#dueMs + this.#spacingMs, timeMs + this.#spacingMs / 2);
    this.#append(timeMs, point);
  }

  /** Puts a point that came late where it belongs, unless another stands there or it is older than all. */
  insert(timeMs: number, point: SummaryNumbers): void {
    const times = this.times();
    let index = times.length;
    while (index > 0 && times[index - 1]! > timeMs) index--;
    const isNear = (other: number) =>
      Math.abs((times[other] ?? NaN) - timeMs) < this.#spacingMs / 2;
    if (index === 0 || index === times.length || isNear(index - 1) || isNear(index)) return;
    // Room at the end, which takes the oldest away where the ring is full; then all later ones move up.
    if (times.length === this.#capacity) {
      index--;
      times.shift();
    }
    this.#append(times.at(-1)!, point);
    for (let later = this.#length - 1; later > index; later--) this.#copy(later - 1, later);
    this.#write(this.#slot(index), point);
    this.#writeTimes(times.toSpliced(index, 0, timeMs));
  }

  /** The times of all points in milliseconds, oldest first; or of the last few. */
  times(most = this.#length): number[] {
    const length = Math.min(most, this.#length);
    const first = this.#length - length;
    const times = new Array<number>(length);
    let timeMs = this.#lastMs;
    for (let index = length - 1; index >= 0; index--) {
      times[index] = timeMs;
      timeMs -= decodeSpan(this.#room.words[this.#slot(first + index)]!);
    }
    return times;
  }

  /** One metric of all points, oldest first, aligned with `times()`; or of the last few. */
  values(metric: HistoryMetric, most = this.#length): Metric[] {
    const length = Math.min(most, this.#length);
    const first = this.#length - length;
    const column = HISTORY_METRICS.indexOf(metric);
    const { isPercent, scale } = KEPT[column]!;
    const decode = isPercent ? decodePercent : scale === 1 ? decodeRate : scaledRate(scale);
    return Array.from(
      { length },
      (_, index) => decode(this.#room.words[this.#slot(first + index) + 1 + column]!),
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

  /** Gives its room back; nothing is added any more, and those who still look at it read what it was. */
  leave(): void {
    this.#room.leave();
  }

  #clear(): void {
    this.#next = 0;
    this.#length = 0;
    this.#lastMs = -Infinity;
  }

  #append(timeMs: number, point: SummaryNumbers): void {
    if (this.#next === this.#room.points) this.#room.grow(this.#capacity);
    const at = this.#room.first + STRIDE * this.#next;
    this.#next = (this.#next + 1) % this.#capacity;
    this.#length = Math.min(this.#length + 1, this.#capacity);
    this.#write(at, point);
    this.#writeTime(at, timeMs);
  }

  #write(at: number, point: SummaryNumbers): void {
    const words = this.#room.words;
    for (let column = 0; column < KEPT.length; column++) {
      const { place, isPercent, scale } = KEPT[column]!;
      const value = point[place]!;
      words[at + 1 + column] = isPercent ? encodePercent(value) : encodeRate(value * scale);
    }
  }

  /** Writes when a point comes after the one that was written last; the first has none before it. */
  #writeTime(at: number, timeMs: number): void {
    if (this.#lastMs === -Infinity) this.#lastMs = timeMs;
    const span = encodeSpan(timeMs - this.#lastMs);
    this.#room.words[at] = span;
    this.#lastMs += decodeSpan(span);
  }

  #writeTimes(times: readonly number[]): void {
    this.#lastMs = -Infinity;
    times.forEach((timeMs, index) => this.#writeTime(this.#slot(index), timeMs));
  }

  #copy(from: number, to: number): void {
    const at = this.#slot(from);
    this.#room.words.copyWithin(this.#slot(to), at, at + STRIDE);
  }

  /** Where a point begins, from the oldest on. */
  #slot(index: number): number {
    const number = (this.#next - this.#length + index + this.#capacity) % this.#capacity;
    return this.#room.first + STRIDE * number;
  }
}

/** How many points a history over `spanMs` holds at an interval. */
export function pointCount(spanMs: number, intervalMs: number): number {
  return Math.min(MAX_POINTS, Math.max(1, Math.ceil(spanMs / intervalMs)));
}

function scaledRate(scale: number): (short: number) => Metric {
  return (short) => {
    const scaled = decodeRate(short);
    return scaled === null ? null : scaled / scale;
  };
}
