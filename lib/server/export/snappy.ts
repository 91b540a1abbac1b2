/**
 * A block of Snappy, written by one who knows what repeats: bytes as they are, and copies of what stands at a
 * distance before. Nothing is searched for, which is most of the work of a compressor. By the format
 * description of google/snappy. Pure.
 */

/** The lower two bits of a tag; above them stands a length less one. The distance of a copy takes two bytes. */
const [LITERAL, COPY] = [0, 2] as const;
const [MAX_LITERAL, MAX_COPY] = [60, 64] as const;
/** A copy comes from no further away. */
export const MAX_DISTANCE = 65_535;
/** The length of all stands before it, and takes no more. */
const MAX_PREAMBLE = 5;
const FIRST_BYTES = 65_536;

/** Writes a number as a varint, of protobuf's and Snappy's kind; returns where it ends. */
export function putVarint(bytes: Uint8Array, at: number, value: number): number {
  let end = at;
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes[end++] = rest % 128 | 0x80;
  bytes[end++] = rest;
  return end;
}

/** A block that grows until it is taken. */
export class SnappyBlock {
  /** What it is to be when it is read: how long so far. */
  size = 0;
  /** Where to write what {@link open} has made room for. */
  bytes = new Uint8Array(FIRST_BYTES);
  view = new DataView(this.bytes.buffer);
  #length = MAX_PREAMBLE;
  /** Where the tag of the literal stands that it ends with; 0 where it ends with a copy. */
  #literalAt = 0;
  /** Of the copy that it ends with; 0 where it ends with a literal. */
  #distance = 0;
  #copied = 0;

  /** Has room for what takes so many bytes as literals, in at most eight of them or copies besides. */
  makeRoom(bytes: number): void {
    const needed = this.#length + bytes + Math.ceil(bytes / MAX_LITERAL) + 8 * 4;
    if (needed <= this.bytes.length) return;
    const longer = new Uint8Array(2 * needed);
    longer.set(this.bytes.subarray(0, this.#length));
    this.bytes = longer;
    this.view = new DataView(longer.buffer);
  }

  /** Where so many bytes are to be written, which {@link advance} adds: 60 at most. */
  open(bytes: number): number {
    const isFull = this.#length - this.#literalAt + bytes > MAX_LITERAL + 1;
    if (this.#literalAt === 0 || isFull) {
      this.#close();
      this.#distance = 0;
      this.#literalAt = this.#length++;
    }
    return this.#length;
  }

  /** Adds bytes that were written. */
  advance(bytes: number): void {
    this.#length += bytes;
    this.size += bytes;
  }

  /** Adds some bytes as they are; by hand, as most are few. */
  literal(from: Uint8Array, size: number): void {
    for (let start = 0; start < size; start += MAX_LITERAL) {
      const length = Math.min(MAX_LITERAL, size - start);
      const [bytes, to] = [this.bytes, this.open(length)];
      for (let n = 0; n < length; n++) bytes[to + n] = from[start + n]!;
      this.advance(length);
    }
  }

  /** Adds what stands at a distance before. */
  copy(distance: number, size: number): void {
    this.#close();
    this.size += size;
    let left = size;
    if (distance === this.#distance) {
      // It goes on where the last copy ended, and is a part of that.
      const more = Math.min(left, MAX_COPY - this.#copied);
      this.bytes[this.#length - 3]! += more << 2;
      this.#copied += more;
      left -= more;
    }
    for (; left > 0; left -= MAX_COPY) {
      this.#copied = Math.min(left, MAX_COPY);
      this.bytes[this.#length++] = this.#copied - 1 << 2 | COPY;
      this.bytes[this.#length++] = distance & 0xff;
      this.bytes[this.#length++] = distance >>> 8;
    }
    this.#distance = distance;
  }

  /** The block; nothing is left. */
  take(): Uint8Array<ArrayBuffer> {
    this.#close();
    const preamble = new Uint8Array(MAX_PREAMBLE);
    const from = MAX_PREAMBLE - putVarint(preamble, 0, this.size);
    this.bytes.set(preamble.subarray(0, MAX_PREAMBLE - from), from);
    const taken = this.bytes.slice(from, this.#length);
    this.#length = MAX_PREAMBLE;
    this.size = this.#distance = 0;
    return taken;
  }

  #close(): void {
    if (this.#literalAt === 0) return;
    this.bytes[this.#literalAt] = this.#length - this.#literalAt - 2 << 2 | LITERAL;
    this.#literalAt = 0;
  }
}
