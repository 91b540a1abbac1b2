/**
 * From a message to the bytes of a datagram, group by group as the schema has them. Pure.
 */
import { CORE_STEPS_PER_PERCENT, CORE_UNKNOWN, type Message, type Metric } from "./message.ts";
import { type GroupSchema, isList, type ListField, type NumberField, SCHEMA } from "./schema.ts";

/** Up to this many cores are written as numbers; more are packed, one byte each. */
const MAX_PLAIN_CORES = 32;

const encoder = new TextEncoder();

type Fields = Readonly<Record<string, unknown>>;
type Mutable = Record<string, unknown>;

/**
 * Encodes one message as JSON in UTF-8: percent to one decimal, sizes and rates to whole bytes,
 * more than 32 cores packed. The caller answers for the length (see `agent/encoding.ts`).
 */
export function encodeMessage(message: Message): Uint8Array<ArrayBuffer> {
  const { v, id, host, session, seq, time, interval, bye } = message;
  const encoded: Mutable = { v, id, host, session, seq, time, interval };
  for (const group of SCHEMA) encoded[group.name] = encodeGroup(message[group.name], group);
  encoded.bye = bye;
  return encoder.encode(JSON.stringify(encoded));
}

function encodeGroup(given: object | null | undefined, { fields, list, sums }: GroupSchema) {
  if (!given) return given;
  const group = given as Fields;
  const encoded: Mutable = {};
  for (const field of fields) {
    const value = group[field.name];
    encoded[field.name] = isList(field)
      ? encodeList(value as readonly unknown[], field)
      : rounded(value, field.decimals);
  }
  encoded.omitted = group.omitted;
  if (sums) encoded.sum = group.sum && encodeNumbers(group.sum as Fields, list!.fields);
  return encoded;
}

function encodeList(list: readonly unknown[], { key, fields }: ListField) {
  if (key === null) return encodeCores(list as readonly Metric[], fields[0]!.decimals);
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
