/**
 * The steps by which the metrics of a datagram are read straight from its bytes, made from the schema:
 * what stands before each number, how that is read, and what of a summary follows from it. Pure.
 */
import { percentOf } from "../common/status.js";
import { type CatalogueRow, metricOf } from "../catalogue.ts";
import { KnownKeys } from "./added.ts";
import { Literal } from "./cursor.ts";
import { addKnown, totalOrNull } from "./metrics.ts";
import {
  GROUP_AT,
  PLACE,
  SUMMARY_METRICS,
  type SummaryMetric,
  type SummaryNumbers,
} from "./summary.ts";
import { type GroupSchema, isList, type ListField, type NumberField, SCHEMA } from "./schema.ts";

const literal = (text: string) => new Literal(text);

/** How a field is read: as a whole number, as a part of another, with a point, with a sign, or as a list. */
export const [AMOUNT, PART, DECIMAL, SIGNED, LIST] = [0, 1, 2, 3, 4] as const;

/** The numbers of one group or device, in the order of their fields; NaN for what is not known. */
export type Registers = Float64Array<ArrayBuffer>;
/** Puts what follows from registers into a summary. */
type Put = (to: SummaryNumbers) => void;

/** How one field is read. */
export interface Step {
  /** What precedes it as the first of its object, and after others. */
  readonly first: Literal;
  readonly next: Literal;
  readonly op: number;
  readonly least: number;
  readonly most: number;
  readonly whole: number;
  readonly list: ListScan | null;
}

/** How a list is read. */
export interface ListScan {
  /** What a device begins with up to its name; `null` where it is a number. */
  readonly key: Literal | null;
  readonly keyLength: number;
  /** Whether a device is an array. */
  readonly isRow: boolean;
  /** What precedes numbers packed as one text, first of their object and after others. */
  readonly packed: readonly [Literal, Literal];
  /** What stands before the number of those that are not listed. */
  readonly omitted: Literal;
  readonly most: number;
  readonly steps: readonly Step[];
  /** What a device may hold in this version. */
  readonly known: KnownKeys;
  readonly device: Registers;
  /** What is known of all devices added up, and the steps of those fields; none where nothing is. */
  readonly totals: Registers;
  readonly sums: readonly Step[];
  /** For each of these the place of its field in a device. */
  readonly places: readonly number[];
  /** After each device. */
  readonly puts: readonly Put[];
}

/** How a group is read. */
export interface GroupScan {
  readonly literal: Literal;
  /** What it may hold in this version; `null` where it is an array. */
  readonly known: KnownKeys | null;
  readonly bit: number;
  readonly steps: readonly Step[];
  readonly registers: Registers;
  readonly lists: readonly ListScan[];
  /** That which has sums. */
  readonly summed: ListScan | null;
  /** Pairs: a place in a summary, and the register that is copied to it. */
  readonly moves: Uint8Array;
  readonly puts: readonly Put[];
}

/** Every group. */
export const GROUPS: readonly GroupScan[] = SCHEMA.map(scanOf);

function scanOf({ name, fields, lists, summed, isRow }: GroupSchema, place: number): GroupScan {
  const rows = SUMMARY_METRICS.map(metricOf).filter((_, n) => GROUP_AT[n] === name);
  const scans = new Map(lists.map((list) => [list, listOf(list, rows)]));
  const registers: Registers = new Float64Array(fields.length);
  const registerOf = (id: string) => fields.findIndex((field) => !isList(field) && field.id === id);
  const total = summed && scans.get(summed)!;
  const totalOf = (id: string) => summed!.sums.findIndex((field) => field.id === id);
  return {
    literal: literal(`,"${name}":${isRow ? "[" : "{"}`),
    known: isRow ? null : new KnownKeys([
      ...[...fields, ...lists].map(({ name }) => name),
      ...[...lists.map(({ omitted }) => omitted), "sum"],
    ]),
    bit: 1 << place,
    steps: fields.map((field, at) =>
      isRow ? itemOf(field, at === 0) : stepOf(field, isList(field) ? scans.get(field)! : null)
    ),
    registers,
    lists: [...scans.values()],
    summed: total,
    moves: Uint8Array.from(
      rows.filter(({ from }) => from === undefined)
        .flatMap(({ id }) => [PLACE[id as SummaryMetric], registerOf(id)]),
    ),
    puts: rows.flatMap((row) => {
      const { id, from } = row;
      if (from === undefined || "highest" in from) return [];
      const value = "total" in from
        ? totalOfAll(total!.totals, from.total.map(totalOf))
        : valueOf(row, registers, registerOf);
      return [putValue(PLACE[id as SummaryMetric], value)];
    }),
  };
}

function listOf(field: ListField, rows: readonly CatalogueRow[]): ListScan {
  const { device: kind, key, keyLength, isRow, most, fields, sums, name, omitted } = field;
  const device: Registers = new Float64Array(fields.length);
  const registerOf = (id: string) => fields.findIndex((field) => field.id === id);
  return {
    ...{ keyLength, isRow, most, device },
    packed: [literal(`"${name}":"`), literal(`,"${name}":"`)],
    omitted: literal(`,"${omitted}":`),
    key: key === null ? null : literal(isRow ? '["' : `{"${key}":"`),
    steps: fields.map((field) => isRow ? itemOf(field, false) : stepOf(field, null)),
    known: new KnownKeys([...fields.map(({ name }) => name), key ?? ""]),
    totals: new Float64Array(sums.length),
    sums: sums.map((field) => stepOf(field, null)),
    places: sums.map((field) => fields.indexOf(field)),
    puts: rows.flatMap(({ id, from }) => {
      if (from === undefined || !("highest" in from)) return [];
      const source = metricOf(from.highest);
      if (source.kind !== kind) return [];
      return [putHighest(PLACE[id as SummaryMetric], valueOf(source, device, registerOf))];
    }),
  };
}

function stepOf(field: NumberField | ListField, list: ListScan | null): Step {
  const key = `"${field.name}":${isList(field) ? "[" : ""}`;
  const literals = { first: literal(key), next: literal(`,${key}`) };
  if (isList(field)) return { ...literals, op: LIST, least: 0, most: 0, whole: -1, list };
  const { least, most, whole } = field;
  return { ...literals, op: opOf(field), least, most, whole, list: null };
}

/** The same in an array. */
function itemOf(field: NumberField | ListField, isFirst: boolean): Step {
  const before = literal(isFirst ? "" : ",");
  return { ...stepOf(field, null), first: before, next: before };
}

function opOf({ decimals, least, whole }: NumberField): number {
  if (least < 0) return SIGNED;
  if (decimals > 0) return DECIMAL;
  return whole < 0 ? AMOUNT : PART;
}

/** What a metric is by registers: a number of its own, a share, or the highest of several. */
function valueOf(
  { id, from }: CatalogueRow,
  registers: Registers,
  registerOf: (id: string) => number,
): () => number {
  if (from === undefined) {
    const at = registerOf(id);
    return () => registers[at]!;
  }
  if ("most" in from) {
    const places = from.most.map(registerOf);
    return () => places.reduce((most, at) => higher(most, registers[at]!), NaN);
  }
  if (!("part" in from)) throw new RangeError(`Cannot read ${id}: no step is made for its formula`);
  const [part, first, second = -1] = [from.part, ...from.of].map(registerOf);
  return () => {
    const whole = second < 0 ? registers[first!]! : registers[first!]! + registers[second]!;
    return percentOf(registers[part!]!, whole) ?? NaN;
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
  return (to) => void (to[place] = higher(to[place]!, value()));
}

/** The higher of two, where NaN is not known. */
function higher(highest: number, next: number): number {
  return next > highest || Number.isNaN(highest) ? next : highest;
}
