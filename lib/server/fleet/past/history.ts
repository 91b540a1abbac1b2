/**
 * The recent past of one host in a ring of fixed size: the numbers that views draw over time.
 * Pure; it keeps each sample with its time, to at least three digits, and an unknown number stays
 * unknown.
 */
import type { SummaryNumbers } from "../../../message/summary.ts";
import type { Metric } from "../../../message/message.ts";
import { Arena } from "../memory/arena.ts";
import type { Row } from "../memory/rows.ts";
import {
  decodeSpan,
  divideSpan,
  encodeSpan,
  type HistoryMetric,
  pointCount,
  pointReader,
  PointRoom,
  STRIDE,
  writePoint,
} from "./points.ts";

/** Number of latest points among which a late one may belong: none is late by more. */
const MAX_LATE_POINTS = 256;
/** Between two changes of size there are at least as many points as this share of those copied. */
const RESIZED_SHARE_BITS = 4;

/** Where its words stand in a row, of which the room takes two; and behind them its times. */
const WORD = { capacity: 0, next: 1, length: 2, untilResized: 3, room: 4 } as const;
const AT = { lastMs: 3, dueMs: 4 } as const;

/**
 * A ring of points over a span of time. The time of a point is kept as that since the point before,
 * exactly below two seconds and else to 0.1 %; what is cut off is made up for in the next, so that no
 * error grows. After a silence longer than the span it starts over.
 */
export class History {
  /** How long its row is. */
  static readonly NUMBERS = 5;
  readonly #spanMs: number;
  readonly #room: PointRoom;
  #capacity: number;
  #next = 0;
  #length = 0;
  /** When the last point was added, as the sum of what is kept says. */
  #lastMs = -Infinity;
  /** When the next point is due. */
  #dueMs = -Infinity;
  /** Number of points to come before its size may change again. */
  #untilResized = 0;

  /** Holds `spanMs` of points `intervalMs` apart; where those are too many, fewer and farther apart. */
  constructor(spanMs: number, intervalMs: number, store = new Arena()) {
    this.#spanMs = spanMs;
    this.#room = new PointRoom(store);
    this.#capacity = pointCount(spanMs, intervalMs);
  }

  /** Writes all that it knows besides its points. */
  save({ numbers, words, at }: Row): void {
    const first = 2 * at;
    words[first + WORD.capacity] = this.#capacity;
    words[first + WORD.next] = this.#next;
    words[first + WORD.length] = this.#length;
    words[first + WORD.untilResized] = this.#untilResized;
    this.#room.save(words, first + WORD.room);
    numbers[at + AT.lastMs] = this.#lastMs;
    numbers[at + AT.dueMs] = this.#dueMs;
  }

  /** Becomes the one that was saved, over the same span and in the same store; `false` where none was. */
  load({ numbers, words, at }: Row): boolean {
    const first = 2 * at;
    if (words[first + WORD.capacity] === 0) return false;
    this.#capacity = words[first + WORD.capacity]!;
    this.#next = words[first + WORD.next]!;
    this.#length = words[first + WORD.length]!;
    this.#untilResized = words[first + WORD.untilResized]!;
    this.#room.load(words, first + WORD.room);
    this.#lastMs = numbers[at + AT.lastMs]!;
    this.#dueMs = numbers[at + AT.dueMs]!;
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

  /** Whether its size may change: the cost of copying is spread over many datagrams. */
  get isResizable(): boolean {
    return this.#untilResized === 0;
  }

  get #spacingMs(): number {
    return this.#spanMs / this.#capacity;
  }

  /** Whether a point of that time is kept: half a spacing of patience, as datagrams come a little early or late. */
  #isDue(timeMs: number): boolean {
    return timeMs >= this.#dueMs - this.#spacingMs / 2;
  }

  /** Adds a point; one that comes long before the next is due is left out. */
  push(timeMs: number, point: SummaryNumbers): void {
    if (!this.#isDue(timeMs)) return;
    const at = this.#append(timeMs);
    writePoint(this.#room.words, at, point);
  }

  /** Puts a point that came late where it belongs, unless another stands there or it is older than the latest. */
  insert(timeMs: number, point: SummaryNumbers): void {
    const [{ words, first }, capacity] = [this.#room, this.#capacity];
    let before = this.#length - 1;
    let place = this.#placeOf(before);
    let [beforeMs, afterMs] = [this.#lastMs, NaN];
    const oldest = Math.max(0, this.#length - MAX_LATE_POINTS);
    for (; before >= oldest && beforeMs > timeMs; before--) {
      afterMs = beforeMs;
      beforeMs -= decodeSpan(words[first + STRIDE * place]!);
      place = place === 0 ? capacity - 1 : place - 1;
    }
    // Nothing is near to NaN: what is not between two points is left out.
    const isFree = (otherMs: number) => Math.abs(otherMs - timeMs) >= this.#spacingMs / 2;
    if (before < oldest || !isFree(beforeMs) || !isFree(afterMs)) return;
    const after = (place + 1) % capacity;
    this.#moveUp(after, this.#takePlace());
    writePoint(this.#room.words, this.#at(after), point);
    const next = this.#at((after + 1) % capacity);
    divideSpan(this.#room.words, this.#at(after), next, timeMs - beforeMs, afterMs - beforeMs);
  }

  /** Moves the points from a place up to another, which is free, on by one. */
  #moveUp(from: number, free: number): void {
    if (from <= free) return this.#move(from, free, from + 1);
    const last = this.#capacity - 1;
    this.#move(0, free, 1);
    this.#move(last, last + 1, 0);
    this.#move(from, last, from + 1);
  }

  #move(from: number, end: number, to: number): void {
    this.#room.words.copyWithin(this.#at(to), this.#at(from), this.#at(end));
  }

  /** The times of all points in milliseconds, oldest first; or of the last few. */
  times(most = this.#length): number[] {
    const length = Math.min(most, this.#length);
    const first = this.#length - length;
    const times = new Array<number>(length);
    let timeMs = this.#lastMs;
    for (let index = length - 1; index >= 0; index--) {
      times[index] = timeMs;
      timeMs -= decodeSpan(this.#room.words[this.#at(this.#placeOf(first + index))]!);
    }
    return times;
  }

  /** One metric of all points, oldest first, aligned with `times()`; or of the last few. */
  values(metric: HistoryMetric, most = this.#length): Metric[] {
    const length = Math.min(most, this.#length);
    const first = this.#length - length;
    const { words } = this.#room;
    const read = pointReader(metric);
    return Array.from(
      { length },
      (_, index) => read(words, this.#at(this.#placeOf(first + index))),
    );
  }

  /** Takes all points over from another history, which is of no use any more; this one is empty. */
  adopt(other: History): void {
    const { words } = other.#room;
    other.times().forEach((timeMs, index) => {
      if (!this.#isDue(timeMs)) return;
      const from = other.#at(other.#placeOf(index));
      const to = this.#append(timeMs);
      for (let n = 1; n < STRIDE; n++) this.#room.words[to + n] = words[from + n]!;
    });
    this.#untilResized = this.#length >>> RESIZED_SHARE_BITS;
    other.#room.giveBack();
  }

  /** Becomes empty, and of a size for another interval; the room that it had is another's. */
  begin(intervalMs: number): void {
    this.#capacity = pointCount(this.#spanMs, intervalMs);
    this.#clear();
    this.#dueMs = -Infinity;
    this.#untilResized = 0;
    this.#room.begin();
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

  /** Appends a point of a time, and says where its numbers belong. */
  #append(timeMs: number): number {
    if (timeMs - this.#lastMs > this.#spacingMs * this.#capacity) this.#clear();
    this.#dueMs = Math.max(this.#dueMs + this.#spacingMs, timeMs + this.#spacingMs / 2);
    const at = this.#at(this.#takePlace());
    if (this.#untilResized > 0) this.#untilResized--;
    this.#writeTime(at, timeMs);
    return at;
  }

  /** The place for one more point after all others, of the oldest when it is full. */
  #takePlace(): number {
    const place = this.#next;
    if (place === this.#room.points) this.#room.grow(this.#capacity);
    this.#next = (place + 1) % this.#capacity;
    this.#length = Math.min(this.#length + 1, this.#capacity);
    return place;
  }

  /** Writes when a point comes after the one that was written last; the first has none before it. */
  #writeTime(at: number, timeMs: number): void {
    if (this.#lastMs === -Infinity) this.#lastMs = timeMs;
    const span = encodeSpan(timeMs - this.#lastMs);
    this.#room.words[at] = span;
    this.#lastMs += decodeSpan(span);
  }

  /** The place of a point in the ring, counted from the oldest on. */
  #placeOf(index: number): number {
    return (this.#next - this.#length + index + this.#capacity) % this.#capacity;
  }

  /** Where the point of a place begins. */
  #at(place: number): number {
    return this.#room.first + STRIDE * place;
  }
}
