/**
 * The wire schema of the metrics: which groups a message has, with which numbers and lists, in their
 * order. Made from the catalogue, it drives encode, check and scan. Pure.
 */
import {
  type CatalogueRow,
  type Device,
  DEVICES,
  fieldOf,
  groupOf,
  METRICS,
  ROW_GROUPS,
  UNITS,
} from "../catalogue.ts";
import { METRIC_GROUPS, type MetricGroup } from "./message.ts";

/** A number of a group or of a device. */
export interface NumberField {
  readonly id: string;
  readonly name: string;
  /** As text in errors: `memory.used`. */
  readonly title: string;
  /** Decimals that are sent, and the range of valid values. */
  readonly decimals: number;
  readonly least: number;
  readonly most: number;
  /** The place of its whole among the fields beside it, which it never exceeds; −1 for none. */
  readonly whole: number;
  /** Whether it stays absent where it was not sent. */
  readonly optional: boolean;
}

/** A list of devices. */
export interface ListField {
  readonly device: Device;
  readonly name: string;
  /** As text in errors. */
  readonly title: string;
  /** The field that names one, and how long its text may be; `null` where a device is one number. */
  readonly key: string | null;
  readonly keyLength: number;
  readonly most: number;
  readonly fields: readonly NumberField[];
  /** Whether a device is an array of its name and its numbers. */
  readonly isRow: boolean;
  /** Whether it stays absent where it was not sent. */
  readonly optional: boolean;
  /** The field of the group that counts those that are not listed. */
  readonly omitted: string;
  /** What of a device is added up over all of them; none where a message has no sums. */
  readonly sums: readonly NumberField[];
}

/** What stands in a group, in this order; then what counts the devices left out, and `sum` where one has sums. */
export interface GroupSchema {
  readonly name: MetricGroup;
  readonly fields: readonly (NumberField | ListField)[];
  readonly lists: readonly ListField[];
  /** The list that has sums. */
  readonly summed: ListField | null;
  /** Whether it is an array of its numbers. */
  readonly isRow: boolean;
}

/** Every group, in the order of the message. */
export const SCHEMA: readonly GroupSchema[] = METRIC_GROUPS.map((name) => {
  const rows = METRICS.filter((row) => row.path !== undefined && groupOf(row) === name);
  // The rows of one kind of device make one list, which stands where the first of them does.
  const first = rows.filter(({ kind }, at) =>
    kind === "host" || rows.findIndex((row) => row.kind === kind) === at
  );
  const fields = first.map((row) =>
    row.kind === "host" ? numberField(name, row, first) : listField(row.kind, rows)
  );
  const lists = fields.filter(isList);
  const summed = lists.find(({ sums }) => sums.length > 0) ?? null;
  return { name, fields, lists, summed, isRow: ROW_GROUPS.includes(name) };
});

/** Whether a field is a list. */
export function isList(field: NumberField | ListField): field is ListField {
  return "device" in field;
}

function numberField(
  within: string,
  row: CatalogueRow,
  beside: readonly CatalogueRow[],
): NumberField {
  const { decimals, least = 0, most } = UNITS[row.unit];
  const whole = beside.findIndex(({ id }) => id === row.partOf);
  const name = fieldOf(row);
  const optional = row.optional ?? false;
  return { id: row.id, name, title: `${within}.${name}`, decimals, least, most, whole, optional };
}

function listField(device: Device, rows: readonly CatalogueRow[]): ListField {
  const { list, key, keyLength, most, omitted, isRow = false, optional = false, sums } =
    DEVICES[device];
  const own = rows.filter(({ kind }) => kind === device);
  const fields = own.map((row) => numberField(device, row, own));
  return {
    ...{ device, key, keyLength, most, omitted, isRow, optional, fields, title: list },
    name: list.slice(list.indexOf(".") + 1),
    sums: sums ? fields.filter((_, at) => !own[at]!.apart) : [],
  };
}
