/**
 * How datagrams are carried: entries, one after another, in frames. A frame is a batch of the bus, or what
 * `writer.js` compresses into a segment of a record. Pure, and it trusts nothing that it reads.
 */
import { DROP_REASONS, type DropReason } from "../../common/status.js";
import { TextCache } from "../../common/hash.ts";
import { MAX_TIME_MS } from "../../message/message.ts";
import { HEADER_BYTES } from "../../sealed/envelope.ts";
import type { Origin } from "../../common/address.ts";

/** The kinds of entries. */
export const KIND = {
  /** A datagram as it came, to be judged again. */
  plain: 0,
  /** A plain one that was let in where sealed ones are expected. */
  passed: 1,
  /** A sealed one that was opened: its header and its body, without the tag. */
  opened: 2,
  /** One that was refused before the fleet looked at it: the reason and the agent, then the datagram as it came. */
  refused: 3,
  /** The clock: times of later entries are relative to it. */
  clock: 4,
  /** A number of datagrams that came here and were left out. */
  gap: 5,
} as const;

/** Bits of an opened one. */
const ANEW = 1;
const REPLAYS = [null, "duplicate", "old"] as const;

/** Maximum of bytes that an entry takes besides its datagram. */
export const MAX_ENTRY_BYTES = 512;
const MAX_NAME_BYTES = 255;

/** The clock of a server as it recorded. */
export interface RecordClock {
  /** Whole milliseconds on the fleet's clock. */
  readonly nowMs: number;
  /** When that server started, on the same clock: another one is another run. */
  readonly startedMs: number;
  /** What was added to times of that clock to show them. */
  readonly aheadMs: number;
}

/** What became of a datagram before the fleet looked at it, where that cannot be found out again. */
export type Verdict =
  | { readonly kind: "plain" | "passed" }
  | {
    readonly kind: "opened";
    readonly body: Uint8Array;
    readonly isAnew: boolean;
    readonly replay: (typeof REPLAYS)[number];
  }
  | { readonly kind: "refused"; readonly reason: DropReason; readonly agent: string | null };

/** Writes entries into a block of memory, which must have room for them. */
export class EntryWriter {
  #bytes: Uint8Array;
  #at = 0;
  #lastMs = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes that are written. */
  get length(): number {
    return this.#at;
  }

  /** Whether a datagram of so many bytes has room. */
  hasRoom(length: number): boolean {
    return this.#at + length + MAX_ENTRY_BYTES <= this.#bytes.length;
  }

  /** The time, with which every block begins. */
  clock({ nowMs, startedMs, aheadMs }: RecordClock): void {
    this.#byte(KIND.clock);
    this.#number(nowMs);
    this.#number(startedMs);
    this.#signed(aheadMs);
    this.#lastMs = nowMs;
  }

  /** That datagrams were left out. */
  gap(count: number): void {
    this.#byte(KIND.gap);
    this.#number(count);
  }

  /** One datagram. */
  datagram(bytes: Uint8Array, origin: Origin, atMs: number, verdict: Verdict): void {
    this.#byte(KIND[verdict.kind]);
    this.#signed(atMs - this.#lastMs);
    this.#lastMs = atMs;
    if (verdict.kind === "opened") {
      this.#byte((verdict.isAnew ? ANEW : 0) | REPLAYS.indexOf(verdict.replay) << 1);
    } else if (verdict.kind === "refused") {
      this.#text(verdict.reason);
      this.#text(verdict.agent ?? "");
    }
    this.#text(origin.hostname);
    this.#number(origin.port === null ? 0 : origin.port + 1);
    if (verdict.kind !== "opened") {
      this.#number(bytes.length);
      return this.#copy(bytes);
    }
    this.#number(HEADER_BYTES + verdict.body.length);
    this.#copy(bytes.subarray(0, HEADER_BYTES));
    this.#copy(verdict.body);
  }

  #byte(value: number): void {
    this.#bytes[this.#at++] = value;
  }

  #copy(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Seven bits a byte, the lowest first; the highest bit says that there are more. */
  #number(value: number): void {
    for (; value >= 0x80; value = Math.floor(value / 0x80)) this.#byte(value % 0x80 | 0x80);
    this.#byte(value);
  }

  #signed(value: number): void {
    this.#number(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** Addresses are ASCII and copied by hand, as TextEncoder takes longer. */
  #text(text: string): void {
    const length = Math.min(text.length, MAX_NAME_BYTES);
    this.#byte(length);
    for (let n = 0; n < length; n++) this.#byte(text.charCodeAt(n));
  }
}

/** An invalid entry; what follows it in its frame cannot be read. */
export class RecordError extends Error {
  override readonly name = "RecordError";
}

/** Reads the entries of frames one by one. Its fields are those of the entry that was read last. */
export class EntryReader {
  kind: number = KIND.gap;
  /** When it came, on the clock of the server that recorded it. */
  atMs = 0;
  /** That clock as the record said last. */
  startedMs = 0;
  aheadMs = 0;
  origin: Origin = { hostname: "", port: 0 };
  /** The datagram, or header and body of an opened one; within the frame. */
  bytes: Uint8Array = new Uint8Array();
  isAnew = false;
  replay: (typeof REPLAYS)[number] = null;
  reason: DropReason = "internal";
  agent: string | null = null;
  /** How many were left out, of a gap. */
  count = 0;
  readonly #texts: TextCache;
  #frame = new Uint8Array();
  #at = 0;

  /** Caches the addresses of up to `maxSenders` senders. */
  constructor(maxSenders: number) {
    this.#texts = new TextCache(maxSenders);
  }

  /** Goes on with another frame. */
  begin(frame: Uint8Array): void {
    this.#frame = frame as Uint8Array<ArrayBuffer>;
    this.#at = 0;
  }

  /** Reads the next entry; `false` at the end of the frame. @throws {RecordError} */
  next(): boolean {
    if (this.#at >= this.#frame.length) return false;
    this.kind = this.#byte();
    if (this.kind === KIND.clock) this.#clock();
    else if (this.kind === KIND.gap) this.count = this.#number();
    else this.#datagram();
    return true;
  }

  #clock(): void {
    this.atMs = this.#time(this.#number());
    this.startedMs = this.#time(this.#number());
    this.aheadMs = this.#signed();
    this.#time(this.atMs + this.aheadMs);
  }

  #datagram(): void {
    this.atMs = this.#time(this.atMs + this.#signed());
    if (this.kind === KIND.opened) {
      const flags = this.#byte();
      this.isAnew = (flags & ANEW) !== 0;
      this.replay = REPLAYS[flags >>> 1] ?? null;
    } else if (this.kind === KIND.refused) {
      const reason = this.#text();
      this.reason = Object.hasOwn(DROP_REASONS, reason) ? reason as DropReason : "internal";
      this.agent = this.#text() || null;
    } else if (this.kind > KIND.refused) throw new RecordError("an entry of an unknown kind");
    this.origin = { hostname: this.#text(), port: portOf(this.#number()) };
    const length = this.#number();
    this.#need(length);
    this.bytes = this.#frame.subarray(this.#at, this.#at += length);
  }

  #time(timeMs: number): number {
    if (timeMs >= 0 && timeMs <= MAX_TIME_MS) return timeMs;
    throw new RecordError("a time that is none");
  }

  #byte(): number {
    this.#need(1);
    return this.#frame[this.#at++]!;
  }

  #need(length: number): void {
    if (this.#at + length <= this.#frame.length) return;
    throw new RecordError("an entry that is cut off");
  }

  #number(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 53; factor *= 0x80) {
      const byte = this.#byte();
      value += byte % 0x80 * factor;
      if (byte < 0x80) return value;
    }
    throw new RecordError("a number that is too large");
  }

  #signed(): number {
    const value = this.#number();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  #text(): string {
    const length = this.#byte();
    this.#need(length);
    return this.#texts.get(this.#frame, this.#at, this.#at += length);
  }
}

function portOf(number: number): number | null {
  return number === 0 ? null : number - 1;
}
