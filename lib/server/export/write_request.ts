/**
 * A request of Prometheus's remote write 1.0, put together by hand: a protobuf message of series with one
 * sample each, `WriteRequest{timeseries{labels{name,value}, samples{value,timestamp}}}` of prometheus/prompb,
 * as a block of Snappy. Series after series repeats the labels of its host, and what the host before had of
 * the same name: where that stands is known here. Pure.
 */
import { cleanText } from "../../common/text.js";
import type { Labels } from "../web/prometheus/sample.ts";
import { MAX_DISTANCE, putVarint, SnappyBlock } from "./snappy.ts";

/** Ends a series: it is not there any more, as Prometheus marks it, a NaN of its own. */
export const STALE = Symbol("stale");
const [STALE_HIGH, STALE_LOW] = [0x7ff0_0000, 0x0000_0002] as const;

/** Tags of protobuf: the number of a field times eight, and 0 for a varint, 1 for eight bytes, 2 for a length. */
const [SERIES, LABELS, SAMPLES] = [0x0a, 0x0a, 0x12] as const;
const [LABEL_NAME, LABEL_VALUE] = [0x0a, 0x12] as const;
const [VALUE, TIMESTAMP] = [0x09, 0x10] as const;
/** A tag and the longest length. */
const HEAD_BYTES = 6;
/** How a sample begins: its tag, its length, and the value with a tag. */
const VALUE_BYTES = 11;

const encoder = new TextEncoder();

/** Some labels as they stand in a series, and where they did so last. */
export interface EncodedLabels {
  bytes: Uint8Array;
  /** How many of the bytes they take. */
  size: number;
  /** The number of the request in which they stand; 0 where there is none. Then, where in that. */
  request: number;
  at: number;
  /** The same of a series that they began, its size, where its sample is, and the value of that. */
  series: number;
  seriesAt: number;
  seriesSize: number;
  sampleAt: number;
  value: number;
}

function noLabels(): EncodedLabels {
  const nowhere = { request: 0, at: 0, series: 0, seriesAt: 0, seriesSize: 0 };
  return { bytes: new Uint8Array(), size: 0, ...nowhere, sampleAt: 0, value: NaN };
}

/** No labels at all. */
export const NO_LABELS = noLabels();

/** Encodes labels that are sorted by their names, in place of others where given; unsafe characters are made visible, as in `/metrics`. */
export function encodeLabels(labels: Labels, encoded = noLabels()): EncodedLabels {
  encoded.size = encoded.request = encoded.series = 0;
  for (const [name, given] of labels) {
    const text = cleanText(given);
    const [nameBytes, textBytes] = [bytesOf(name), bytesOf(text)];
    makeRoom(encoded, nameBytes + textBytes + 3 * HEAD_BYTES);
    const { bytes, size } = encoded;
    bytes[size] = LABELS;
    const content = 2 + varintBytes(nameBytes) + nameBytes + varintBytes(textBytes) + textBytes;
    const at = putText(bytes, putVarint(bytes, size + 1, content), LABEL_NAME, name, nameBytes);
    encoded.size = putText(bytes, at, LABEL_VALUE, text, textBytes);
  }
  return encoded;
}

function makeRoom(encoded: EncodedLabels, more: number): void {
  const { bytes, size } = encoded;
  if (size + more <= bytes.length) return;
  encoded.bytes = new Uint8Array(bytes.length + size + more);
  encoded.bytes.set(bytes);
}

/** How many bytes a text takes; most are ASCII, and short. */
function bytesOf(text: string): number {
  for (let n = 0; n < text.length; n++) {
    if (text.charCodeAt(n) > 0x7f) return encoder.encode(text).length;
  }
  return text.length;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

function putText(
  bytes: Uint8Array,
  at: number,
  tag: number,
  text: string,
  length: number,
): number {
  bytes[at] = tag;
  const from = putVarint(bytes, at + 1, length);
  if (length !== text.length) encoder.encodeInto(text, bytes.subarray(from));
  else for (let n = 0; n < length; n++) bytes[from + n] = text.charCodeAt(n);
  return from + length;
}

/** Each request has a number of its own, so that labels can say in which one they stand. */
let requests = 0;

/** A request that grows until it is taken. */
export class WriteRequest {
  readonly #block = new SnappyBlock();
  readonly #timestamp: Uint8Array;
  #number = ++requests;
  #samples = 0;

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
    first: EncodedLabels,
    second: EncodedLabels,
    third: EncodedLabels,
    value: number | typeof STALE,
  ): void {
    const [block, time] = [this.#block, this.#timestamp];
    const size = first.size + second.size + third.size + 2 + 9 + time.length;
    block.makeRoom(size + HEAD_BYTES);
    // Another that began with the same name is of the same form, most often, and has the same value.
    const isKnown = first.series === this.#number &&
      block.size + size - first.seriesAt < MAX_DISTANCE;
    const { seriesAt, sampleAt } = first;
    first.seriesAt = block.size;
    this.#begin(size, isKnown && first.seriesSize === size ? seriesAt : null);
    this.#labels(first);
    this.#labels(second);
    this.#labels(third);
    const distance = block.size - sampleAt;
    const isSame = isKnown && value !== STALE && Object.is(value, first.value);
    first.series = this.#number;
    first.seriesSize = size;
    first.sampleAt = block.size;
    first.value = value === STALE ? NaN : value;
    if (isSame && !Number.isNaN(value)) block.copy(distance, VALUE_BYTES);
    else this.#value(value);
    if (isKnown) block.copy(distance, time.length);
    else block.literal(time, time.length);
    this.#samples++;
  }

  /** The compressed request; nothing is left. */
  take(): Uint8Array<ArrayBuffer> {
    this.#number = ++requests;
    this.#samples = 0;
    return this.#block.take();
  }

  /** Begins a series of a size, as another one of that size begins, where there is one. */
  #begin(size: number, otherAt: number | null): void {
    const block = this.#block;
    if (otherAt !== null) return block.copy(block.size - otherAt, 1 + varintBytes(size));
    const at = block.open(HEAD_BYTES);
    block.bytes[at] = SERIES;
    block.advance(putVarint(block.bytes, at + 1, size) - at);
  }

  #labels(labels: EncodedLabels): void {
    const { bytes, size, request, at } = labels;
    const block = this.#block;
    const distance = block.size - at;
    labels.request = this.#number;
    labels.at = block.size;
    if (size === 0) return;
    if (request === this.#number && distance <= MAX_DISTANCE) block.copy(distance, size);
    else block.literal(bytes, size);
  }

  #value(value: number | typeof STALE): void {
    const { bytes, view } = this.#block;
    const at = this.#block.open(VALUE_BYTES);
    bytes[at] = SAMPLES;
    bytes[at + 1] = 9 + this.#timestamp.length;
    bytes[at + 2] = VALUE;
    if (value === STALE) {
      // Written as two halves: an engine need not keep the bits of a NaN.
      view.setUint32(at + 3, STALE_LOW, true);
      view.setUint32(at + 7, STALE_HIGH, true);
    } else view.setFloat64(at + 3, value, true);
    this.#block.advance(VALUE_BYTES);
  }
}
