/** Rows, slabs and chunks of the store: what is read is what was written, to rounding. */
import { assert, assertEquals } from "@std/assert";
import { deflateRawSync, deflateSync, inflateSync } from "node:zlib";
import fc from "fast-check";
import {
  decodeChunk,
  decodeSlab,
  encodeChunk,
  encodeSlab,
  isWhole,
  layoutOf,
  placesOf,
  type Slab,
} from "../../../../lib/server/store/file/blobs.js";
import {
  addRow,
  addValue,
  AT,
  decode,
  encode,
  HEAD,
  PER_METRIC,
  rowLength,
  writeRow,
} from "../../../../lib/server/store/file/rows.js";

Deno.test("encode() keeps any number to 0.05 %, and small whole ones exactly", () => {
  const anyNumber = fc.oneof(
    fc.integer({ min: -2_047, max: 2 ** 14 }),
    fc.double({ min: 0, max: 2 ** 59, noNaN: true }),
  );
  fc.assert(fc.property(anyNumber, (value) => {
    const code = encode(value);
    assert(code > 0 && code <= 0xffff);
    const rounded = Math.round(value);
    const off = Math.abs(decode(code) - rounded);
    assert(off <= (rounded < 16_384 ? 0 : rounded / 2_048), `${value} → ${decode(code)}`);
  }));
  assertEquals([encode(NaN), decode(0)], [0, NaN]);
  assertEquals(decode(encode(-1e9)), -2_047);
  assert(decode(encode(Infinity)) > 2 ** 59);
});

Deno.test("encode() orders numbers as they are", () => {
  for (let code = 2; code <= 16_384 + 46 * 1_024; code++) {
    assert(decode(code) > decode(code - 1), String(code));
    assertEquals(encode(decode(code)), code);
  }
});

const COLUMNS = [{ id: "cpu", scale: 10 }, { id: "read", scale: 1 }];
const LENGTH = rowLength(COLUMNS.length);
/** That of a slab or chunk. */
const KEY = 5 * 2 ** 32 + 29_000_160;

/** The sums of some samples of a period. */
function sumsOf(samples: readonly (readonly (number | null)[])[], times: Partial<typeof AT> = {}) {
  const sums = new Float64Array(LENGTH);
  sums[AT.samples] = samples.length;
  sums[AT.span] = 60_000;
  for (const [name, ms] of Object.entries(times)) sums[AT[name as keyof typeof AT]] = ms;
  for (const sample of samples) {
    sample.forEach((value, metric) => {
      if (value !== null) addValue(sums, HEAD + PER_METRIC * metric, value);
    });
  }
  return sums;
}

Deno.test("writeRow() never says that more is missing than the server was running for", () => {
  const ms = fc.integer({ min: -10_000, max: 100_000 });
  const times = fc.record({ span: fc.nat(60_000), lost: ms, refused: ms, silent: ms, left: ms });
  fc.assert(fc.property(times, (times) => {
    const row = new Uint16Array(LENGTH);
    writeRow(sumsOf([], times), 0, row, 0, COLUMNS, 60_000);
    const missing = [AT.lost, AT.refused, AT.silent, AT.left].map((at) => row[at]!);
    assertEquals(row[AT.span], times.span);
    assert(missing.reduce((a, b) => a + b) <= times.span);
  }));
});

const anySample = fc.tuple(
  fc.option(fc.nat(1_000).map((n) => n / 10)),
  fc.option(fc.nat(1_000_000_000)),
);

Deno.test("rows that are added up are the mean, lowest and highest of all samples", () => {
  const minutes = fc.array(fc.array(anySample, { maxLength: 20 }), { maxLength: 8 });
  fc.assert(fc.property(minutes, (minutes) => {
    const total = new Float64Array(LENGTH);
    const placed = COLUMNS.map((column, place) => ({ ...column, place }));
    for (const samples of minutes) {
      const row = new Uint16Array(LENGTH);
      writeRow(sumsOf(samples), 0, row, 0, COLUMNS, 60_000);
      addRow(row, 0, total, 0, placed, 60_000);
    }
    assertEquals(total[AT.span], 60_000 * minutes.length);
    assertEquals(total[AT.samples], minutes.flat().length);
    COLUMNS.forEach(({ scale }, metric) => {
      const known = minutes.flat().flatMap((sample) => sample[metric] ?? []);
      const [count, sum, lowest, highest] = total.subarray(HEAD + PER_METRIC * metric);
      assertEquals(count, known.length);
      if (known.length === 0) return;
      const mean = known.reduce((a, b) => a + b) / known.length;
      assertNear(sum! / count!, mean, scale);
      assertNear(lowest!, Math.min(...known), scale);
      assertNear(highest!, Math.max(...known), scale);
    });
  }));
});

/** To half a step of its scale, or 0.05 %. */
function assertNear(actual: number, expected: number, scale: number): void {
  const off = Math.abs(actual - expected);
  assert(off <= Math.max(0.5001 / scale, expected / 2_000), `${actual} is not ${expected}`);
}

Deno.test("addRow() leaves out what is not asked for, and adds nothing of a period without a row", () => {
  const row = new Uint16Array(LENGTH);
  writeRow(sumsOf([[5, 7]]), 0, row, 0, COLUMNS, 60_000);
  const sums = new Float64Array(rowLength(1));
  const placed = [{ ...COLUMNS[0]!, place: -1 }, { ...COLUMNS[1]!, place: 0 }];
  addRow(row, 0, sums, 0, placed, 60_000);
  addRow(new Uint16Array(LENGTH), 0, sums, 0, placed, 60_000);
  assertEquals([...sums.subarray(HEAD)], [1, 7, 7, 7]);
  assertEquals(sums[AT.span], 60_000);
});

const rowsOfWords = fc.uint16Array({ minLength: LENGTH, maxLength: LENGTH * 60 })
  .map((words) => words.slice(0, words.length - words.length % LENGTH));

/** Rows as a slab has them. */
function slabOf(rows: Uint16Array, layout: number): Slab {
  const places = Uint16Array.from({ length: rows.length / LENGTH }, (_, n) => 3 * n);
  return { layout, places, rows };
}

Deno.test("a slab and a chunk are read as they were written", () => {
  fc.assert(fc.property(rowsOfWords, fc.nat(0xffff), (rows, layout) => {
    const chunk = encodeChunk(layout, rows, LENGTH, KEY);
    assertEquals(layoutOf(chunk), layout);
    assertEquals(decodeChunk(chunk, rows.length / LENGTH, LENGTH, KEY), rows);
    const slab = slabOf(rows, layout);
    const { sums: _, ...read } = decodeSlab(encodeSlab(slab, KEY), LENGTH, KEY)!;
    assertEquals(read, slab);
    const head = 2 * (3 + slab.places.length);
    assertEquals(placesOf(encodeSlab(slab, KEY).slice(0, head), KEY), [...slab.places]);
  }));
});

Deno.test("a chunk and a slab of schema 2, without checksums, are read", () => {
  fc.assert(fc.property(rowsOfWords, fc.nat(0xffff), (rows, layout) => {
    const count = rows.length / LENGTH;
    const packed = deflateRawSync(inflateSync(encodeChunk(layout, rows, LENGTH, KEY).subarray(2)));
    assertEquals(decodeChunk(new Uint8Array([0, 0, ...packed]), count, LENGTH, KEY), rows);
    const slab = slabOf(rows, layout);
    const words = Uint16Array.of(layout, count, ...slab.places, ...rows);
    const bytes = new Uint8Array(words.buffer);
    assertEquals(decodeSlab(bytes, LENGTH, KEY), { ...slab, sums: null });
    assertEquals(placesOf(bytes, KEY), [...slab.places]);
  }));
});

Deno.test("a chunk and a slab of schema 4, whose key has no part in them, are read by any", () => {
  const rows = new Uint16Array(2 * LENGTH).map((_, n) => n * n);
  const chunk = encodeChunk(1, rows, LENGTH, KEY);
  const planes = inflateSync(chunk.subarray(2)).subarray(8);
  assertEquals(decodeChunk(new Uint8Array([1, 0, ...deflateSync(planes)]), 2, LENGTH, 7), rows);
  const words = Uint16Array.of(1, 0x8002, 7_025, 0, 3, 30_099, 45_995, ...rows);
  const bytes = new Uint8Array(words.buffer);
  const slab = decodeSlab(bytes, LENGTH, 7)!;
  assertEquals([slab.rows, isWhole(slab, 0), isWhole(slab, 1)], [rows, true, true]);
  assertEquals(placesOf(bytes, 7), [0, 3]);
  bytes[4]! ^= 1;
  assertEquals(decodeSlab(bytes, LENGTH, 7), null);
});

Deno.test("a chunk or slab is read by no key of which one byte is another", () => {
  const rows = new Uint16Array(60 * LENGTH).map((_, n) => n * n);
  const [chunk, slab] = [encodeChunk(1, rows, LENGTH, KEY), encodeSlab(slabOf(rows, 1), KEY)];
  for (let byte = 0; byte < 7; byte++) {
    const own = Math.floor(KEY / 256 ** byte) % 256;
    for (let other = 0; other < 256; other++) {
      if (other === own) continue;
      const key = KEY + (other - own) * 256 ** byte;
      assertEquals(decodeChunk(chunk, 60, LENGTH, key), null, `${key}`);
      assertEquals(decodeSlab(slab, LENGTH, key), null, `${key}`);
      assertEquals(placesOf(slab, key), [], `${key}`);
    }
  }
});

Deno.test("a chunk or slab of which one word is another is never read as if it were whole", () => {
  const damage = fc.record({ at: fc.nat(), by: fc.integer({ min: 1, max: 255 }) });
  fc.assert(fc.property(rowsOfWords, damage, (rows, { at, by }) => {
    const count = rows.length / LENGTH;
    const chunk = encodeChunk(1, rows, LENGTH, KEY);
    chunk[2 + at % (chunk.length - 2)]! ^= by;
    const read = decodeChunk(chunk, count, LENGTH, KEY);
    // Bits that only pad say nothing.
    if (read !== null) assertEquals(read, rows);
    const slab = slabOf(rows, 1);
    const bytes = encodeSlab(slab, KEY);
    bytes[at % bytes.length]! ^= by;
    const found = decodeSlab(bytes, LENGTH, KEY);
    if (found === null) return;
    const damaged = [...slab.places.keys()].filter((n) => !isWhole(found, n));
    assertEquals(damaged.length, 1);
    const others = (words: Uint16Array) =>
      [...words].filter((_, word) => Math.floor(word / LENGTH) !== damaged[0]);
    assertEquals(others(found.rows), others(rows));
  }));
});

Deno.test("a chunk or slab that is cut, or has something after it, is damaged", () => {
  const rows = new Uint16Array(LENGTH * 60).map((_, n) => n * n);
  const [chunk, slab] = [encodeChunk(1, rows, LENGTH, KEY), encodeSlab(slabOf(rows, 1), KEY)];
  for (const bytes of [chunk, slab]) {
    const read = (bytes: Uint8Array) =>
      bytes.length > slab.length / 2
        ? decodeSlab(bytes, LENGTH, KEY)
        : decodeChunk(bytes, 60, LENGTH, KEY);
    assert(read(bytes) !== null);
    for (const length of [0, 1, 2, 3, 5, bytes.length - 1, bytes.length - 2]) {
      assertEquals(read(bytes.subarray(0, length)), null);
    }
  }
  assertEquals(decodeSlab(new Uint8Array([...slab, 0]), LENGTH, KEY), null);
  assertEquals(decodeChunk(chunk, 61, LENGTH, KEY), null);
  assertEquals(decodeChunk(chunk, 60, NaN, KEY), null, "of a layout that is not known");
  assertEquals(decodeSlab(slab, NaN, KEY), null);
});
