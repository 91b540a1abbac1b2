/**
 * From a message to the bytes of its datagram, as the schema has it. Apart from the way back, so that an
 * agent does not carry what only a server needs. Pure.
 */
import {
  CORE_STEPS_PER_PERCENT,
  CORE_UNKNOWN,
  type Message,
  type Metric,
  type Tags,
} from "./message.ts";
import { type GroupSchema, isList, type ListField, type NumberField, SCHEMA } from "./schema.ts";

const encoder = new TextEncoder();

type Fields = Readonly<Record<string, unknown>>;
type Mutable = Record<string, unknown>;

/** Up to this many cores are written as numbers; more are packed, one byte each. */
const MAX_PLAIN_CORES = 32;

/**
 * Encodes one message as JSON in UTF-8: percent to one decimal, sizes and rates to whole bytes,
 * more than 32 cores packed. The caller answers for the length (see `agent/encoding.ts`).
 */
export function encodeMessage(message: Message): Uint8Array<ArrayBuffer> {
  const { v, id, host, session, seq, time, interval, texts, extra, omitted, bye } = message;
  const tags = message.tags && sorted(message.tags);
  const encoded: Mutable = {
    v,
    id,
    host,
    session,
    seq,
    time,
    interval,
    tags,
    texts,
    extra,
    omitted,
  };
  for (const group of SCHEMA) encoded[group.name] = encodeGroup(message[group.name], group);
  encoded.bye = bye;
  return encoder.encode(JSON.stringify(encoded));
}

function sorted(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).sort(([a], [b]) => a < b ? -1 : 1));
}

function encodeGroup(
  given: object | null | undefined,
  { fields, lists, summed, isRow }: GroupSchema,
) {
  if (!given) return given;
  const group = given as Fields;
  if (isRow) return encodeRow(group, fields as readonly NumberField[]);
  const encoded: Mutable = {};
  for (const field of fields) {
    const value = group[field.name];
    encoded[field.name] = isList(field)
      ? value && encodeList(value as readonly unknown[], field)
      : rounded(value, field.decimals);
  }
  for (const { omitted } of lists) encoded[omitted] = group[omitted];
  if (summed !== null) encoded.sum = group.sum && encodeNumbers(group.sum as Fields, summed.sums);
  return encoded;
}

function encodeList(list: readonly unknown[], { key, isRow, fields }: ListField) {
  if (key === null) return encodeCores(list as readonly Metric[], fields[0]!.decimals);
  if (isRow) {
    return (list as readonly Fields[]).map((device) => [device[key], ...encodeRow(device, fields)]);
  }
  return (list as readonly Fields[]).map((device) => ({
    [key]: device[key],
    ...encodeNumbers(device, fields),
  }));
}

function encodeNumbers(given: Fields, fields: readonly NumberField[]): Fields {
  const encoded: Mutable = {};
  for (const { name, decimals } of fields) encoded[name] = rounded(given[name], decimals);
  return encoded;
}

function encodeRow(given: Fields, fields: readonly NumberField[]): readonly unknown[] {
  return fields.map(({ name, decimals }) => rounded(given[name], decimals) ?? null);
}

function rounded(value: unknown, decimals: number): unknown {
  if (typeof value !== "number") return value;
  if (decimals === 0) return Math.round(value);
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}

function encodeCores(cores: readonly Metric[], decimals: number): readonly unknown[] | string {
  if (cores.length <= MAX_PLAIN_CORES) return cores.map((core) => rounded(core, decimals));
  return Uint8Array.from(
    cores,
    (core) => core === null ? CORE_UNKNOWN : Math.round(core * CORE_STEPS_PER_PERCENT),
  ).toBase64({ alphabet: "base64url", omitPadding: true });
}
