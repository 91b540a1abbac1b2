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
  UNITS,
} from "../catalogue.ts";
import { METRIC_GROUPS, type MetricGroup } from "./message.ts";

/** A number of a group or of a device. */
export interface NumberField {
  readonly id: string;
  readonly name: string;
  /** As text in errors: `memory.used`. */
  readonly title: string;
  /** Digits behind the point that are sent, and the highest that is sound. */
  readonly decimals: number;
  readonly most: number;
  /** The place of its whole among the fields beside it, which it never exceeds; −1 for none. */
  readonly whole: number;
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
}

/** What stands in a group, in this order; then `omitted` where it has a list, and `sum` where that has sums. */
export interface GroupSchema {
  readonly name: MetricGroup;
  readonly fields: readonly (NumberField | ListField)[];
  readonly list: ListField | null;
  readonly sums: boolean;
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
  const list = fields.find(isList) ?? null;
  return { name, fields, list, sums: list !== null && DEVICES[list.device].sums };
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
  const { decimals, most } = UNITS[row.unit];
  const whole = beside.findIndex(({ id }) => id === row.partOf);
  const name = fieldOf(row);
  return { id: row.id, name, title: `${within}.${name}`, decimals, most, whole };
}

function listField(device: Device, rows: readonly CatalogueRow[]): ListField {
  const { list, key, keyLength, most } = DEVICES[device];
  const own = rows.filter(({ kind }) => kind === device);
  return {
    ...{ device, key, keyLength, most, title: list },
    name: list.slice(list.indexOf(".") + 1),
    fields: own.map((row) => numberField(device, row, own)),
  };
}
