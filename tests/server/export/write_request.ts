/** Reads a request of remote write by prometheus/prompb's definitions, for the tests. */
import { assert, assertEquals } from "@std/assert";
import { uncompress } from "snappyjs";

/** One series with its sample. */
export interface ReadSeries {
  readonly labels: readonly (readonly [string, string])[];
  readonly value: number;
  /** The bits of the value, as a NaN has many. */
  readonly bits: bigint;
  readonly timeMs: number;
}

/** The fields of a protobuf message in their order: numbers of varints, and bytes of all else. */
function* fieldsOf(
  bytes: Uint8Array,
): Generator<readonly [field: number, value: number | Uint8Array]> {
  let at = 0;
  const varint = () => {
    let [value, scale] = [0, 1];
    for (;; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number) => {
    assert(at + length <= bytes.length, "a field is longer than its message");
    return bytes.subarray(at, at += length);
  };
  while (at < bytes.length) {
    const tag = varint();
    const kind = tag & 7;
    assert(kind === 0 || kind === 1 || kind === 2, `kind ${kind}`);
    yield [tag >> 3, kind === 0 ? varint() : take(kind === 1 ? 8 : varint())];
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function readSeries(bytes: Uint8Array): ReadSeries {
  const labels: [string, string][] = [];
  let [bits, timeMs, samples] = [0n, NaN, 0];
  for (const [field, value] of fieldsOf(bytes)) {
    if (field === 1) {
      const [name, text] = [...fieldsOf(value as Uint8Array)].map(([, text]) => (
        decoder.decode(text as Uint8Array)
      ));
      labels.push([name!, text!]);
    } else {
      samples++;
      const [[, double], [, time]] = [...fieldsOf(value as Uint8Array)] as [
        [number, Uint8Array],
        [number, number],
      ];
      bits = new DataView(Uint8Array.from(double).buffer).getBigUint64(0, true);
      timeMs = time;
    }
  }
  assertEquals(samples, 1);
  const value = new DataView(new BigUint64Array([bits]).buffer).getFloat64(0, true);
  return { labels, value, bits, timeMs };
}

/** The series of a compressed request. */
export function readWriteRequest(body: Uint8Array): ReadSeries[] {
  return Array.from(fieldsOf(uncompress(body)), ([field, bytes]) => {
    assertEquals(field, 1);
    return readSeries(bytes as Uint8Array);
  });
}
