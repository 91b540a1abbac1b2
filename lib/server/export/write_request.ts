/**
 * A request of Prometheus's remote write 1.0, put together by hand: a protobuf message of series with one
 * sample each, `WriteRequest{timeseries{labels{name,value}, samples{value,timestamp}}}` of prometheus/prompb,
 * compressed as a block of Snappy. Pure.
 */
import { compress } from "snappyjs";
import { cleanText } from "../../common/text.js";

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

const encoder = new TextEncoder();

/** One label as it stands in a series; characters that are unsafe to show are made visible, as in `/metrics`. */
export function encodeLabel(name: string, value: string): Uint8Array {
  const [names, values] = [name, cleanText(value)].map((text) => encoder.encode(text));
  const parts = [
    ...[LABEL_NAME, ...varint(names!.length), ...names!],
    ...[LABEL_VALUE, ...varint(values!.length), ...values!],
  ];
  return Uint8Array.from([LABELS, ...varint(parts.length), ...parts]);
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
    this.#timestamp = Uint8Array.from([TIMESTAMP, ...varint(timeMs)]);
  }

  /** How many samples it holds. */
  get samples(): number {
    return this.#samples;
  }

  /** Adds a series with one sample; its labels are sorted by their names. */
  add(labels: readonly Uint8Array[], value: number | typeof STALE): void {
    const sampleBytes = 9 + this.#timestamp.length;
    const bytes = labels.reduce((sum, { length }) => sum + length, 2 + sampleBytes);
    this.#makeRoom(bytes + HEAD_BYTES);
    this.#bytes[this.#length++] = SERIES;
    this.#varint(bytes);
    for (const label of labels) this.#copy(label);
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

  #copy(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) this.#bytes[this.#length++] = rest & 0x7f | 0x80;
    this.#bytes[this.#length++] = rest;
  }

  #makeRoom(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const longer = new Uint8Array(2 * (this.#length + more));
    longer.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = longer;
    this.#view = new DataView(longer.buffer);
  }
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push(rest % 128 | 0x80);
  return [...bytes, rest];
}
