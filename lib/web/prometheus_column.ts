/**
 * Numbers in a row that grows, block by block: growing copies nothing, and nothing of it is looked
 * at when garbage is collected. Pure.
 */
import type { Metric } from "../message.ts";

const BLOCK_BITS = 12;
const BLOCK = 1 << BLOCK_BITS;

/** A row of numbers; NaN for one that is not known. */
export class Column {
  #blocks: Float64Array<ArrayBuffer>[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Adds one at the end. */
  push(value: Metric | undefined): void {
    const at = this.#length++ & (BLOCK - 1);
    if (at === 0) this.#blocks.push(new Float64Array(BLOCK));
    this.#blocks.at(-1)![at] = value ?? NaN;
  }

  /** Gives its memory back at once, which the next collection of garbage may be long in doing. */
  clear(): void {
    for (const { buffer } of this.#blocks) buffer.transfer(0);
    this.#blocks = [];
    this.#length = 0;
  }

  /** The number at a place. */
  at(index: number): number {
    return this.#blocks[index >>> BLOCK_BITS]![index & (BLOCK - 1)]!;
  }
}
