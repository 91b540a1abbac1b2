/**
 * Checks what was read of a message of version 1: every field must be within the limits of the schema.
 * Pure; its errors never quote the datagram.
 */
import { UNSAFE_CHARACTER, VISIBLE_CHARACTER } from "../common/text.js";
import {
  CORE_STEPS_PER_PERCENT,
  CORE_UNKNOWN,
  DatagramError,
  IDENTIFIER,
  MAX_EXTRA,
  MAX_EXTRA_LENGTH,
  MAX_HOST_LENGTH,
  MAX_INTERVAL_MS,
  MAX_PACKED_LENGTH,
  MAX_SEQUENCE,
  MAX_TAG_LENGTH,
  MAX_TAGS,
  MAX_TEXT_LENGTH,
  MAX_TIME_MS,
  type Message,
  type Metric,
  MIN_INTERVAL_MS,
  TAG_KEY,
  type Tags,
  TEXTS,
  type Texts,
} from "./message.ts";
import { type GroupSchema, isList, type ListField, type NumberField, SCHEMA } from "./schema.ts";

type Fields = Readonly<Record<string, unknown>>;
type Mutable = Record<string, unknown>;

/** The message that these fields are. @throws {DatagramError} `schema`. */
export function checkMessage(body: Fields): Message {
  const message: Mutable = { v: 1, host: checkText(body.host, MAX_HOST_LENGTH, "host") };
  if (body.id !== undefined) message.id = checkIdentifier(body.id, "id");
  if (body.session !== undefined) message.session = checkIdentifier(body.session, "session");
  if (body.seq !== undefined) message.seq = checkInteger(body.seq, 1, MAX_SEQUENCE, "seq");
  if (body.time !== undefined) message.time = checkInteger(body.time, 0, MAX_TIME_MS, "time");
  if (body.interval !== undefined) {
    message.interval = checkInteger(body.interval, MIN_INTERVAL_MS, MAX_INTERVAL_MS, "interval");
  }
  if (body.tags !== undefined) message.tags = checkTags(body.tags);
  if (body.texts !== undefined) message.texts = checkTexts(body.texts);
  if (body.extra !== undefined) message.extra = checkExtra(body.extra);
  if (body.omitted !== undefined) message.omitted = checkCount(body.omitted, "omitted");
  for (const group of SCHEMA) {
    const value = body[group.name];
    if (value !== undefined) message[group.name] = value === null ? null : checkGroup(value, group);
  }
  if (body.bye !== undefined) message.bye = checkTrue(body.bye, "bye");
  return message as unknown as Message;
}

/** Checks tags; of a key given twice the last counts, and they are in the order of their keys. */
function checkTags(value: unknown): Tags {
  const tags = [...checkMap(value, MAX_TAGS, "tags")].map(([key, text]) => {
    if (!TAG_KEY.test(key)) {
      throw schemaError("tags", "not named by 1 to 32 of a–z, 0–9, _, . and -");
    }
    return [key, checkText(text, MAX_TAG_LENGTH, "tags")] as const;
  });
  return Object.fromEntries(tags.sort(([a], [b]) => a < b ? -1 : 1));
}

/** Checks texts, in their order; an empty one is valid. */
function checkTexts(value: unknown): Texts {
  const given = checkObject(value, "texts");
  const texts: Mutable = {};
  for (const name of TEXTS) {
    const text = given[name];
    if (text === undefined) continue;
    texts[name] = text === "" ? "" : checkText(text, MAX_TEXT_LENGTH, `texts.${name}`);
  }
  return texts as Texts;
}

function checkExtra(value: unknown): Readonly<Record<string, number>> {
  const numbers = [...checkMap(value, MAX_EXTRA, "extra")].map(([name, number]) => {
    if (typeof number !== "number" || !Number.isFinite(number)) {
      throw schemaError("extra", "not all numbers");
    }
    return [checkText(name, MAX_EXTRA_LENGTH, "extra"), number + 0] as const;
  });
  return Object.fromEntries(numbers);
}

function checkMap(value: unknown, most: number, name: string): ReadonlyMap<string, unknown> {
  if (!(value instanceof Map)) throw schemaError(name, "not an object");
  if (value.size > most) throw schemaError(name, "too long");
  return value;
}

function checkGroup(value: unknown, { name, fields, lists, summed, isRow }: GroupSchema): Fields {
  const group = isRow ? rowOf(value, name, fields) : checkObject(value, name);
  const checked: Mutable = {};
  for (const field of fields) {
    if (field.optional && group[field.name] === undefined) continue;
    checked[field.name] = isList(field)
      ? checkList(group[field.name], field)
      : checkNumber(group[field.name], field, checked, fields);
  }
  for (const { omitted } of lists) {
    if (group[omitted] === undefined) continue;
    checked[omitted] = checkCount(group[omitted], `${name}.${omitted}`);
  }
  if (summed !== null && group.sum !== undefined) {
    checked.sum = checkNumbers(checkObject(group.sum, `${name}.sum`), summed.sums, {});
  }
  return checked;
}

/** Checks a list; a list that was not sent is empty. */
function checkList(value: unknown, field: ListField): readonly unknown[] {
  const { key, fields, most, title } = field;
  if (value === undefined || value === null) return [];
  if (key === null && typeof value === "string") return decodeCores(value, title);
  if (!Array.isArray(value)) throw schemaError(title, "not an array");
  if (value.length > most) throw schemaError(title, "too long");
  if (key === null) return value.map((item) => checkNumber(item, fields[0]!, {}, fields));
  return value.map((item) => checkDevice(item, field));
}

function checkDevice(value: unknown, list: ListField): Fields {
  const { device, key, keyLength, fields } = list;
  const given = list.isRow
    ? rowOf(value, device, [{ name: key! }, ...fields])
    : checkObject(value, device);
  const name = checkText(given[key!], keyLength, `${device}.${key}`);
  return checkNumbers(given, fields, { [key!]: name });
}

/** What an array says, by the names of what stands in it. */
function rowOf(
  value: unknown,
  title: string,
  fields: readonly { readonly name: string }[],
): Fields {
  if (!Array.isArray(value)) throw schemaError(title, "not an array");
  return Object.fromEntries(fields.map(({ name }, at) => [name, value[at]]));
}

function checkNumbers(given: Fields, fields: readonly NumberField[], checked: Mutable): Fields {
  for (const field of fields) {
    if (field.optional && given[field.name] === undefined) continue;
    checked[field.name] = checkNumber(given[field.name], field, checked, fields);
  }
  return checked;
}

/** Checks a number beside others; one that was not sent is `null`, and none is more than its whole. */
function checkNumber(
  value: unknown,
  { least, most, whole, title }: NumberField,
  checked: Fields,
  fields: readonly { readonly name: string }[],
): Metric {
  if (value === undefined || value === null) return null;
  if (typeof value !== "number" || !(value >= least && value <= most)) {
    throw schemaError(title, `not a number from ${least} to ${most}`);
  }
  // One that is null is no limit: a comparison would take it for 0.
  const limit = whole < 0 ? null : checked[fields[whole]!.name] as Metric | undefined ?? null;
  if (limit !== null && value > limit) throw schemaError(title, "more than its total");
  return value + 0; // −0 becomes 0
}

function decodeCores(text: string, title: string): readonly Metric[] {
  // Checked first, so that a long text costs nothing.
  if (text.length > MAX_PACKED_LENGTH) throw schemaError(title, "too long");
  // White space, padding and a lone last digit, which the decoder might let pass, are not ours.
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) {
    throw schemaError(title, "not base64url without padding");
  }
  return Array.from(
    Uint8Array.fromBase64(text, { alphabet: "base64url" }),
    (step) => decodeCore(step, title),
  );
}

function decodeCore(step: number, title: string): Metric {
  if (step === CORE_UNKNOWN) return null;
  if (step > 100 * CORE_STEPS_PER_PERCENT) throw schemaError(title, "not all percent");
  return step / CORE_STEPS_PER_PERCENT;
}

function checkObject(value: unknown, name: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw schemaError(name, "not an object");
  }
  return value as Fields;
}

function checkText(value: unknown, limit: number, name: string): string {
  if (typeof value !== "string") throw schemaError(name, "not a string");
  if (value.length === 0 || value.length > limit) throw schemaError(name, "empty or too long");
  if (UNSAFE_CHARACTER.test(value) || !VISIBLE_CHARACTER.test(value)) {
    throw schemaError(name, "not plain text");
  }
  return value;
}

function checkIdentifier(value: unknown, name: string): string {
  if (typeof value !== "string" || !IDENTIFIER.test(value)) {
    throw schemaError(name, "not 1 to 64 of A–Z, a–z, 0–9, - and _");
  }
  return value;
}

function checkInteger(value: unknown, least: number, most: number, name: string): number {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
    throw schemaError(name, `not a whole number from ${least} to ${most}`);
  }
  return (value as number) + 0; // −0 becomes 0
}

function checkCount(value: unknown, name: string): number {
  return checkInteger(value, 0, Number.MAX_SAFE_INTEGER, name);
}

function checkTrue(value: unknown, name: string): true {
  if (value !== true) throw schemaError(name, "not true");
  return value;
}

function schemaError(name: string, state: string): DatagramError {
  return DatagramError.of("schema", `${name} is ${state}`);
}
