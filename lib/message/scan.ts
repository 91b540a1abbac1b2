/**
 * Reads the metrics of a datagram straight from its bytes into a summary, in the one form in which
 * `encodeMessage` writes them: a third of the time of JSON.parse and all checks, and nothing to collect.
 * Its steps are made from the schema. Whatever is otherwise, sound or not, it does not read. Pure.
 */
import { percentOf } from "../common/status.js";
import { type CatalogueRow, metricOf } from "../catalogue.ts";
import { KnownKeys } from "./added.ts";
import { type Cursor, Literal } from "./cursor.ts";
import { CORE_STEPS_PER_PERCENT, CORE_UNKNOWN, MAX_PACKED_LENGTH } from "./message.ts";
import {
  addKnown,
  GROUP_AT,
  PLACE,
  SUMMARY_METRICS,
  type SummaryMetric,
  type SummaryNumbers,
  totalOrNull,
} from "./metrics.ts";
import { type GroupSchema, isList, type ListField, type NumberField, SCHEMA } from "./schema.ts";

const literal = (text: string) => new Literal(text);
const OMITTED = literal(',"omitted":');
const SUM = literal(',"sum":');
const [COMMA, LIST_END] = [literal(","), literal("]")];

const [PERCENT, AMOUNT, PART, DECIMAL, LIST] = [0, 1, 2, 3, 4] as const;

/** The numbers of one group or device, in the order of their fields; NaN for what is not known. */
type Registers = Float64Array<ArrayBuffer>;
/** Puts what follows from registers into a summary. */
type Put = (to: SummaryNumbers) => void;

interface Step {
  readonly literal: Literal;
  /** How it is read. */
  readonly op: number;
  readonly whole: number;
  readonly list: ListScan | null;
}

interface ListScan {
  /** What a device begins with up to its name; `null` where it is a number. */
  readonly key: Literal | null;
  readonly keyLength: number;
  /** What such numbers begin with that are one text. */
  readonly packed: Literal;
  readonly most: number;
  readonly steps: readonly Step[];
  readonly known: KnownKeys;
  readonly device: Registers;
  /** What is known of all devices added up, field by field. */
  readonly totals: Registers;
  readonly hasTotals: boolean;
  /** After each device. */
  readonly puts: readonly Put[];
}

interface GroupScan {
  readonly literal: Literal;
  readonly bit: number;
  readonly steps: readonly Step[];
  readonly known: KnownKeys;
  readonly registers: Registers;
  readonly list: ListScan | null;
  /** The fields of the sums over all devices; `null` where there are none. */
  readonly sums: readonly Step[] | null;
  readonly puts: readonly Put[];
}

const GROUPS: readonly GroupScan[] = SCHEMA.map(scanOf);

/** Reads every group that is there; its bits. What the cursor says of its soundness holds for the summary. */
export function scanMetrics(cursor: Cursor, to: SummaryNumbers): number {
  let groups = 0;
  for (let n = 0; n < GROUPS.length; n++) {
    const group = GROUPS[n]!;
    if (!cursor.has(group.literal)) continue;
    scanGroup(cursor, group, to);
    groups |= group.bit;
  }
  return groups;
}

function scanGroup(cursor: Cursor, group: GroupScan, to: SummaryNumbers): void {
  const { steps, known, registers, list, sums, puts } = group;
  if (list !== null) list.totals.fill(NaN);
  scanFields(cursor, steps, registers, to);
  if (list !== null && cursor.has(OMITTED)) cursor.wholeNumber(0, Number.MAX_SAFE_INTEGER);
  if (sums !== null && cursor.has(SUM)) {
    scanFields(cursor, sums, list!.totals, to);
    cursor.close(list!.known);
  }
  cursor.close(known);
  for (let n = 0; n < puts.length; n++) puts[n]!(to);
}

/** Reads fields in their order; one that is not there is not known, as the decoder has it. */
function scanFields(
  cursor: Cursor,
  steps: readonly Step[],
  registers: Registers,
  to: SummaryNumbers,
): void {
  for (let n = 0; n < steps.length; n++) {
    const { literal, op, whole, list } = steps[n]!;
    if (!cursor.has(literal)) {
      registers[n] = NaN;
      if (list !== null && list.key === null) scanPacked(cursor, list);
    } else if (op === AMOUNT) registers[n] = cursor.amount();
    else if (op === PART) registers[n] = cursor.part(registers[whole]!);
    else if (op === PERCENT) registers[n] = cursor.percent();
    else if (op === DECIMAL) registers[n] = cursor.decimal();
    else if (list!.key === null) scanNumbers(cursor, list!);
    else scanDevices(cursor, list!, to);
  }
}

function scanDevices(cursor: Cursor, list: ListScan, to: SummaryNumbers): void {
  const { key, keyLength, steps, known, device, totals, hasTotals, puts, most } = list;
  if (cursor.has(LIST_END)) return;
  let count = 0;
  do {
    cursor.expect(key!);
    cursor.skipText(keyLength);
    scanFields(cursor, steps, device, to);
    cursor.close(known);
    for (let n = 0; hasTotals && n < totals.length; n++) {
      totals[n] = addKnown(totals[n]!, device[n]!);
    }
    for (let n = 0; n < puts.length; n++) puts[n]!(to);
    count++;
  } while (cursor.isSound && cursor.has(COMMA));
  if (count > most) cursor.refuse();
  cursor.expect(LIST_END);
}

/** Devices that are one number each. */
function scanNumbers(cursor: Cursor, { most }: ListScan): void {
  if (cursor.has(LIST_END)) return;
  let count = 0;
  do {
    cursor.percent();
    count++;
  } while (cursor.isSound && cursor.has(COMMA));
  if (count > most) cursor.refuse();
  cursor.expect(LIST_END);
}

/** The same as one text. */
function scanPacked(cursor: Cursor, { packed }: ListScan): void {
  if (!cursor.has(packed)) return;
  cursor.packedBytes(MAX_PACKED_LENGTH, 100 * CORE_STEPS_PER_PERCENT, CORE_UNKNOWN);
}

function scanOf({ name, fields, list, sums }: GroupSchema, place: number): GroupScan {
  const rows = SUMMARY_METRICS.map(metricOf).filter((_, n) => GROUP_AT[n] === name);
  const devices = list && listOf(list, fields.indexOf(list), rows);
  const registers: Registers = new Float64Array(fields.length);
  const registerOf = (id: string) => fields.findIndex((field) => !isList(field) && field.id === id);
  const totalOf = (id: string) => list?.fields.findIndex((field) => field.id === id) ?? -1;
  return {
    literal: literal(`,"${name}":`),
    bit: 1 << place,
    steps: fields.map((field, n) => stepOf(field, n, isList(field) ? devices : null)),
    known: new KnownKeys([...fields.map((field) => field.name), "omitted", "sum"]),
    registers,
    list: devices,
    sums: sums ? list!.fields.map((field, n) => stepOf(field, n, null)) : null,
    puts: rows.flatMap((row) => {
      const { id, from } = row;
      if (from !== undefined && "highest" in from) return [];
      const value = from !== undefined && "total" in from
        ? totalOfAll(devices!.totals, from.total.map(totalOf))
        : valueOf(row, registers, registerOf);
      return [putValue(PLACE[id as SummaryMetric], value)];
    }),
  };
}

function listOf(field: ListField, place: number, rows: readonly CatalogueRow[]): ListScan {
  const { key, keyLength, most, fields } = field;
  const device: Registers = new Float64Array(fields.length);
  const registerOf = (id: string) => fields.findIndex((field) => field.id === id);
  return {
    ...{ keyLength, most, device },
    packed: literal(`${place === 0 ? "{" : ","}"${field.name}":"`),
    key: key === null ? null : literal(`{"${key}":"`),
    steps: fields.map((field, n) => stepOf(field, key === null ? n : n + 1, null)),
    known: new KnownKeys([...fields.map((field) => field.name), key ?? ""]),
    totals: new Float64Array(fields.length),
    hasTotals: rows.some(({ from }) => from !== undefined && "total" in from),
    puts: rows.flatMap(({ id, from }) => {
      if (from === undefined || !("highest" in from)) return [];
      const value = valueOf(metricOf(from.highest), device, registerOf);
      return [putHighest(PLACE[id as SummaryMetric], value)];
    }),
  };
}

/** The first of an object's fields has its brace before it, all others a comma. */
function stepOf(field: NumberField | ListField, place: number, list: ListScan | null): Step {
  const key = `${place === 0 ? "{" : ","}"${field.name}":`;
  if (isList(field)) return { literal: literal(`${key}[`), op: LIST, whole: -1, list };
  return { literal: literal(key), op: opOf(field), whole: field.whole, list: null };
}

function opOf({ decimals, most, whole }: NumberField): number {
  if (most === 100) return PERCENT;
  if (decimals > 0) return DECIMAL;
  return whole < 0 ? AMOUNT : PART;
}

/** What a metric is by registers: a number of its own, or a share. */
function valueOf(
  { id, from }: CatalogueRow,
  registers: Registers,
  registerOf: (id: string) => number,
): () => number {
  if (from === undefined || !("part" in from)) {
    const at = registerOf(id);
    return () => registers[at]!;
  }
  const part = registerOf(from.part);
  const [first = -1, second = -1] = from.of.map(registerOf);
  return () => {
    const whole = second < 0 ? registers[first]! : registers[first]! + registers[second]!;
    return percentOf(registers[part]!, whole) ?? NaN;
  };
}

function totalOfAll(totals: Registers, at: readonly number[]): () => number {
  return () => carried(at.reduce((sum, n) => addKnown(sum, carried(totals[n]!)), NaN));
}

function carried(total: number): number {
  return totalOrNull(total) ?? NaN;
}

function putValue(place: number, value: () => number): Put {
  return (to) => void (to[place] = value());
}

function putHighest(place: number, value: () => number): Put {
  return (to) => {
    const next = value();
    const highest = to[place]!;
    if (next > highest || Number.isNaN(highest)) to[place] = next;
  };
}
