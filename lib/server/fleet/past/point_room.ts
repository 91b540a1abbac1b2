/**
 * Room for the points of one history in a store: for a few at first, and then for all, as most hosts
 * of a flood send one. Pure.
 */
import { METRICS } from "../../../catalogue.ts";
import type { ByteStore } from "../memory/byte_store.ts";
import { stepsOf } from "./chunk.ts";

/** Numbers of 16 bits in a point: its time, and each metric that is kept. */
export const STRIDE = 1 + METRICS.filter(({ past }) => past !== undefined).length;
const WORD_BYTES = 2;
/** Room for so many points is made at first. */
const FIRST_POINTS = 2;
const NO_WORDS = new Uint16Array(0);

/** The room of one history. */
export class PointRoom {
  /** The array that the points are in, and where in it they begin. */
  words = NO_WORDS;
  first = 0;
  readonly #store: ByteStore;
  #place = 0;
  #points = 0;

  constructor(store: ByteStore) {
    this.#store = store;
  }

  /** Has no room any more, as that is another's. */
  begin(): void {
    this.words = NO_WORDS;
    this.first = this.#place = this.#points = 0;
  }

  /** How many points have room. */
  get points(): number {
    return this.#points;
  }

  /** Writes where it is into two words of a row. */
  save(to: Int32Array, at: number): void {
    to[at] = this.#place;
    to[at + 1] = this.#points;
  }

  /** Becomes the one that was saved. */
  load(from: Int32Array, at: number): void {
    this.#place = from[at]!;
    this.#points = from[at + 1]!;
    this.#look();
  }

  /** Makes room for more points, up to so many; those that are there stay. */
  grow(most: number): void {
    const { words, first } = this;
    const [place, points] = [this.#place, this.#points];
    this.#points = points === 0 ? Math.min(most, FIRST_POINTS) : most;
    this.#place = this.#store.take(stepsOfPoints(this.#points));
    this.#look();
    if (points === 0) return;
    this.words.set(words.subarray(first, first + STRIDE * points), this.first);
    this.#store.giveBack(place, stepsOfPoints(points));
  }

  /** Gives the room back; the points are still here, and none is added any more. */
  leave(): void {
    this.words = this.words.slice(this.first, this.first + STRIDE * this.#points);
    this.first = 0;
    this.giveBack();
  }

  /** Gives the room back, with the points. */
  giveBack(): void {
    if (this.#points > 0) this.#store.giveBack(this.#place, stepsOfPoints(this.#points));
  }

  #look(): void {
    this.words = this.#store.words(this.#place);
    this.first = this.#store.firstWord(this.#place);
  }
}

function stepsOfPoints(points: number): number {
  return stepsOf(WORD_BYTES * STRIDE * points);
}
