/**
 * From the bytes of a datagram to a message, as the schema has it: whatever bytes come in,
 * `decodeMessage` returns a sound message or throws a `DatagramError`. Pure.
 */
import { checkMessage } from "./check.ts";
import {
  JsonReader,
  listOf,
  mapOf,
  objectOf,
  type ObjectShape,
  type Wanted,
} from "./json_reader.ts";
import {
  DatagramError,
  type LegacyMessage,
  MAX_DATAGRAM_BYTES,
  MAX_EXTRA,
  MAX_TAGS,
  type Message,
  PLAIN_BYTE,
  SEALED_BYTE,
  TEXTS,
} from "./message.ts";
import { type GroupSchema, type ListField, SCHEMA } from "./schema.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

type Fields = Readonly<Record<string, unknown>>;

/**
 * Decodes one datagram. Metrics that the sender left out of a group are `null`, packed cores are
 * numbers again, keys that version 1 does not name are not kept, and of a key given twice the last counts.
 *
 * @throws {DatagramError} and nothing else, when the datagram is not a sound message.
 */
export function decodeMessage(bytes: Uint8Array): Message | LegacyMessage {
  checkEnds(bytes);
  return parseMessage(decodeText(bytes));
}

/** Checks what can be told at a glance. @throws {DatagramError} `empty`, `oversize`, `format` or `key`. */
export function checkEnds(bytes: Uint8Array): void {
  if (bytes.length === 0) throw DatagramError.of("empty", "it is empty");
  if (bytes.length > MAX_DATAGRAM_BYTES) {
    throw DatagramError.of("oversize", `it is longer than ${MAX_DATAGRAM_BYTES} bytes`);
  }
  if (bytes[0] !== PLAIN_BYTE) throw notPlain(bytes);
}

/**
 * Reads the text of a message, as `decodeMessage` does.
 *
 * @throws {DatagramError} `json`, `version` or `schema`.
 */
export function parseMessage(text: string): Message | LegacyMessage {
  const body = reader.read(text, MESSAGE) as Fields;
  if (body.v === undefined) return legacyMessage(text);
  if (body.v !== 1) throw DatagramError.of("version", "its version is not 1");
  return checkMessage(body);
}

/** Its body is only read when somebody asks for it. */
function legacyMessage(text: string): LegacyMessage {
  return {
    v: 0,
    get body() {
      return JSON.parse(text);
    },
  };
}

function notPlain(bytes: Uint8Array): DatagramError {
  return bytes[0] === SEALED_BYTE
    ? DatagramError.of("key", "it is sealed, and there is no key to open it (--key-file)")
    : DatagramError.of("format", "it does not begin with {");
}

/** Stands for bytes that are not UTF-8, and may also be in a text itself. */
const REPLACEMENT = "\ufffd";
const REPLACEMENT_BYTES = new TextEncoder().encode(REPLACEMENT);

/** Not with a decoder that throws: an exception costs as much as decoding 10 KiB. */
function decodeText(bytes: Uint8Array): string {
  const text = decoder.decode(bytes);
  if (
    text.includes(REPLACEMENT) && text.split(REPLACEMENT).length - 1 !== countReplacements(bytes)
  ) {
    throw DatagramError.of("utf8", "it is not UTF-8");
  }
  return text;
}

function countReplacements(bytes: Uint8Array): number {
  let count = 0;
  for (
    let at = bytes.indexOf(REPLACEMENT_BYTES[0]!);
    at >= 0;
    at = bytes.indexOf(REPLACEMENT_BYTES[0]!, at + 1)
  ) {
    if (bytes[at + 1] === REPLACEMENT_BYTES[1] && bytes[at + 2] === REPLACEMENT_BYTES[2]) count++;
  }
  return count;
}

/** What is read of a message: all that version 1 names. */
const MESSAGE = shapeOf(
  [
    "v",
    "host",
    "id",
    "session",
    "seq",
    "time",
    "interval",
    "tags",
    "texts",
    "extra",
    "omitted",
    ...SCHEMA.map(({ name }) => name),
    "bye",
  ],
  {
    tags: mapOf(MAX_TAGS),
    texts: shapeOf(TEXTS),
    extra: mapOf(MAX_EXTRA),
    ...Object.fromEntries(SCHEMA.map((group) => [group.name, shapeOfGroup(group)])),
  },
);

function shapeOfGroup({ fields, lists, summed, isRow }: GroupSchema): Wanted {
  if (isRow) return listOf("scalar", fields.length);
  const names = fields.map(({ name }) => name);
  const counts = lists.map(({ omitted }) => omitted);
  return shapeOf([...names, ...counts, ...(summed === null ? [] : ["sum"])], {
    ...Object.fromEntries(lists.map((list) => [list.name, listOf(shapeOfDevice(list), list.most)])),
    ...(summed && { sum: shapeOf(summed.sums.map(({ name }) => name)) }),
  });
}

function shapeOfDevice({ key, isRow, fields }: ListField): Wanted {
  if (isRow) return listOf("scalar", fields.length);
  return key === null ? "scalar" : shapeOf([key, ...fields.map(({ name }) => name)]);
}

function shapeOf(names: readonly string[], wanted: Record<string, Wanted> = {}): ObjectShape {
  const empty: Record<string, unknown> = Object.fromEntries(names.map((name) => [name, undefined]));
  return objectOf(() => ({ ...empty }), wanted);
}

const reader = new JsonReader(DatagramError.of("json", "it is not JSON"));
