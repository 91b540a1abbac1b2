/**
 * A request of Prometheus's remote write 1.0, put together by hand: a protobuf message of series with one
 * sample each, `WriteRequest{timeseries{labels{name,value}, samples{value,timestamp}}}` of prometheus/prompb,
 * compressed as a block of Snappy. Pure.
 */
import { compress } from "snappyjs";
import { cleanText } from "../../common/text.js";
import type { Labels } from "../web/prometheus/sample.ts";

/** Ends a series: it is not there any more, as Prometheus marks it, a NaN of its own. */
export const STALE = Symbol("stale");
const [STALE_HIGH, STALE_LOW] = [0x7ff0_0000, 0x0000_0002] as const;

/** Tags of protobuf: the number of a field times eight, and 0 for a varint, 1 for eight bytes, 2 for a length. */
const [SERIES, LABELS, SAMPLES] = [0x0a, 0x0a, 0x12] as const;
const [LABEL_NAME, LABEL_VALUE] = [0x0a, 0x12] as const;
const [VALUE, TIMESTAMP] = [0x09, 0x10] as const;
const FIRST_BYTES = 65_536;
/** A tag and the longest length. */
const HEAD_BYTES = 6;
/** What a label adds to its texts. */
const LABEL_BYTES = 3 * HEAD_BYTES;

const encoder = new TextEncoder();

/** No labels at all. */
export const NO_LABELS = new Uint8Array();

/** Some labels as they stand in a series, sorted by their names; unsafe characters are made visible, as in `/metrics`. */
export function encodeLabels(labels: Labels): Uint8Array {
  let length = 0;
  for (const [name, given] of labels) {
    const text = cleanText(given);
    makeScratch(length + 3 * (name.length + text.length) + LABEL_BYTES);
    // Its parts first: how long they get tells how long what stands before them is.
    const start = length + HEAD_BYTES;
    const end = putText(scratch, putText(scratch, start, LABEL_NAME, name), LABEL_VALUE, text);
    scratch[length] = LABELS;
    const from = putVarint(scratch, length + 1, end - start);
    scratch.copyWithin(from, start, end);
    length = from + end - start;
  }
  return scratch.slice(0, length);
}

let scratch = new Uint8Array(FIRST_BYTES);

/** Makes it so long at least; what it holds stays. */
function makeScratch(length: number): void {
  if (length <= scratch.length) return;
  const longer = new Uint8Array(2 * length);
  longer.set(scratch);
  scratch = longer;
}

function putText(bytes: Uint8Array, at: number, tag: number, text: string): number {
  const start = at + HEAD_BYTES;
  const length = putCharacters(bytes, start, text);
  bytes[at] = tag;
  const from = putVarint(bytes, at + 1, length);
  for (let n = 0; n < length; n++) bytes[from + n] = bytes[start + n]!;
  return from + length;
}

/** ASCII by hand: most texts are, and short. */
function putCharacters(bytes: Uint8Array, at: number, text: string): number {
  for (let n = 0; n < text.length; n++) {
    const code = text.charCodeAt(n);
    if (code > 0x7f) return encoder.encodeInto(text, bytes.subarray(at)).written;
    bytes[at + n] = code;
  }
  return text.length;
}

function putVarint(bytes: Uint8Array, at: number, value: number): number {
  let end = at;
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes[end++] = rest % 128 | 0x80;
  bytes[end++] = rest;
  return end;
}

/** A request that grows until it is taken. */
export class WriteRequest {
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  #samples = 0;
  readonly #timestamp: Uint8Array;

  /** @param timeMs of all of its samples, in milliseconds of the wall clock. */
  constructor(timeMs: number) {
    const bytes = Uint8Array.of(TIMESTAMP, ...Array(10).fill(0));
    this.#timestamp = bytes.subarray(0, putVarint(bytes, 1, timeMs));
  }

  /** How many samples it holds. */
  get samples(): number {
    return this.#samples;
  }

  /** Adds a series with one sample; its labels, in up to three pieces, are sorted by their names. */
  add(
    first: Uint8Array,
    second: Uint8Array,
    third: Uint8Array,
    value: number | typeof STALE,
  ): void {
    const sampleBytes = 9 + this.#timestamp.length;
    const bytes = first.length + second.length + third.length + 2 + sampleBytes;
    this.#makeRoom(bytes + HEAD_BYTES);
    this.#bytes[this.#length++] = SERIES;
    this.#length = putVarint(this.#bytes, this.#length, bytes);
    this.#copy(first);
    this.#copy(second);
    this.#copy(third);
    this.#bytes[this.#length++] = SAMPLES;
    this.#bytes[this.#length++] = sampleBytes;
    this.#value(value);
    this.#copy(this.#timestamp);
    this.#samples++;
  }

  /** The compressed request; nothing is left. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = compress(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    this.#samples = 0;
    return taken as Uint8Array<ArrayBuffer>;
  }

  #value(value: number | typeof STALE): void {
    this.#bytes[this.#length] = VALUE;
    if (value === STALE) {
      // Written as two halves: an engine need not keep the bits of a NaN.
      this.#view.setUint32(this.#length + 1, STALE_LOW, true);
      this.#view.setUint32(this.#length + 5, STALE_HIGH, true);
    } else this.#view.setFloat64(this.#length + 1, value, true);
    this.#length += 9;
  }

  /** By hand, as most are short. */
  #copy(from: Uint8Array): void {
    const bytes = this.#bytes;
    let end = this.#length;
    for (let n = 0; n < from.length; n++) bytes[end++] = from[n]!;
    this.#length = end;
  }

  #makeRoom(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const longer = new Uint8Array(2 * (this.#length + more));
    longer.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = longer;
    this.#view = new DataView(longer.buffer);
  }
}
