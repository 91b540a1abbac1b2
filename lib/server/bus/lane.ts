/**
 * The batches of one partition: one is open and filled, others wait, and the first of those is on its way.
 * Pure.
 */
import type { Origin } from "../../common/address.ts";
import { PASSED } from "../record/decoder.ts";
import { EntryWriter, type RecordClock, type Verdict } from "../record/format.ts";

/** A batch of more is sent at once. */
const BATCH_BYTES = 32_768;

/** Some datagrams of a partition. */
export interface Batch {
  readonly bytes: Uint8Array;
  readonly datagrams: number;
  /** How many it says were left out before it. */
  readonly gap: number;
  /** When the first of it came. */
  readonly firstMs: number;
}

/** What is to be published of one partition. */
export class Lane {
  readonly subject: string;
  /** The first is on its way. */
  readonly waiting: Batch[] = [];
  isBusy = false;
  /** Datagrams dropped since the last batch that tells of it. */
  gap = 0;
  #memory: Uint8Array | null = null;
  #writer: EntryWriter | null = null;
  #datagrams = 0;
  #gap = 0;
  #firstMs = 0;

  constructor(subject: string) {
    this.subject = subject;
  }

  /** When the oldest came that the stream does not have; `Infinity` where it has all. */
  get oldestMs(): number {
    return this.waiting[0]?.firstMs ?? (this.#writer === null ? Infinity : this.#firstMs);
  }

  /** Whether there is something to seal. */
  get hasOpenBatch(): boolean {
    return this.#writer !== null;
  }

  /** Whether a datagram of so many bytes needs another batch. */
  isFullFor(length: number): boolean {
    return this.#writer?.hasRoom(length) === false;
  }

  /** Adds a datagram to the open batch, which begins with the site's clock. */
  add(
    bytes: Uint8Array,
    origin: Origin,
    atMs: number,
    verdict: Verdict,
    clock: () => RecordClock,
  ): void {
    const writer = this.#writer ??= this.#begin(atMs, clock());
    // Views need not judge again what was let in here.
    writer.datagram(bytes, origin, atMs, verdict.kind === "plain" ? PASSED : verdict);
    this.#datagrams++;
  }

  #begin(atMs: number, clock: RecordClock): EntryWriter {
    const writer = new EntryWriter(this.#memory ??= new Uint8Array(BATCH_BYTES));
    writer.clock({ ...clock, nowMs: atMs });
    if (this.gap > 0) writer.gap(this.gap);
    this.#gap = this.gap;
    this.gap = this.#datagrams = 0;
    this.#firstMs = atMs;
    return writer;
  }

  /** Ends the open batch, which then waits. */
  seal(): Batch {
    const bytes = this.#memory!.slice(0, this.#writer!.length);
    const batch = { bytes, datagrams: this.#datagrams, gap: this.#gap, firstMs: this.#firstMs };
    this.#writer = null;
    this.waiting.push(batch);
    return batch;
  }
}
