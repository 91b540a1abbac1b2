/** Rows, slabs and chunks of the store: what is read is what was written, to rounding. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  decodeChunk,
  decodeSlab,
  encodeChunk,
  encodeSlab,
  layoutOf,
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

Deno.test("a slab and a chunk are read as they were written", () => {
  const words = fc.uint16Array({ maxLength: LENGTH * 60 })
    .map((words) => words.slice(0, words.length - words.length % LENGTH));
  fc.assert(fc.property(words, fc.nat(0xffff), (rows, layout) => {
    const chunk = encodeChunk(layout, rows, LENGTH);
    assertEquals(layoutOf(chunk), layout);
    assertEquals(decodeChunk(chunk, LENGTH), rows);
    const places = Uint16Array.from({ length: rows.length / LENGTH }, (_, n) => 3 * n);
    assertEquals(decodeSlab(encodeSlab({ layout, places, rows })), { layout, places, rows });
  }));
});
