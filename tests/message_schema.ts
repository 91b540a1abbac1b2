/** The rules of docs/PROTOCOL.md once more, as a zod schema: the second opinion on `decodeMessage`. */
import { z } from "zod";
import { metricOf } from "../lib/catalogue.ts";
import type { Metric } from "../lib/message/message.ts";
import {
  type GroupSchema,
  isList,
  type ListField,
  type NumberField,
  SCHEMA,
} from "../lib/message/schema.ts";

const identifier = z.string().regex(/^[\w-]{1,64}$/);

function text(limit: number) {
  return z.string().min(1).max(limit).refine(isPlain);
}

/** The invisible characters of Unicode. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u2065\u{e0000}-\u{e007f}]/u;
/** Those among them that belong to numbers, hieroglyphs, shorthand and music. */
const SCRIPT_FORMATS =
  /[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}\u{13430}-\u{1345f}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}]/u;

/** Those that show as nothing beyond them: fillers, variation selectors, the blank of Braille, shorthand and music. */
const BLANK = /\p{Default_Ignorable_Code_Point}|\u2800/u;

function isPlain(text: string): boolean {
  const characters = Array.from(text);
  const isSeen = (character: string) => !/\s|\p{Zs}|\p{M}/u.test(character);
  return characters.some(isSeen) && !/\p{M}{9}/u.test(text) &&
    characters.every((character) =>
      !BLANK.test(character) && (!HIDDEN.test(character) || SCRIPT_FORMATS.test(character))
    );
}

/** Whether a part is no more than its whole, as far as both are known. */
function within(part: number | null, whole: number | null): boolean {
  return part === null || whole === null || part <= whole;
}

const packedCores = z.string().regex(/^[\w-]*$/).max(1_366).transform((digits, context) => {
  const cores = [...Buffer.from(digits, "base64url")];
  const isWhole = digits.length % 4 !== 1;
  if (!isWhole || cores.some((core) => core > 200 && core < 255)) {
    context.addIssue("not cores");
    return z.NEVER;
  }
  return cores.map((core) => core === 255 ? null : core / 2);
});

/** Numbers beside each other: each from 0 to its limit, and no part more than its whole. */
function numbers(fields: readonly NumberField[]) {
  return Object.fromEntries(fields.map(({ name, least, most, optional }) => [
    name,
    optional
      ? z.number().min(least).max(most).nullable().optional()
      : z.number().min(least).max(most).nullish().transform((n) => n ?? null),
  ]));
}

/** Whether each part of these fields is within its whole, by the catalogue. */
function areWithin(fields: readonly NumberField[]) {
  return (values: Record<string, unknown>) =>
    fields.every(({ id, name }) => {
      const whole = fields.find((field) => field.id === metricOf(id).partOf);
      return whole === undefined || within(
        values[name] as Metric ?? null,
        values[whole.name] as Metric ?? null,
      );
    });
}

/** An array by the names of what stands in it. */
function row(names: readonly string[], object: z.ZodType) {
  const named = (row: unknown[]) => Object.fromEntries(names.map((name, n) => [name, row[n]]));
  return z.array(z.unknown()).transform(named)
    .pipe(object as z.ZodType<unknown, Record<string, unknown>>);
}

function list({ key, keyLength, most, fields, isRow, optional }: ListField) {
  if (key === null) {
    const [percent] = Object.values(numbers(fields));
    return z.union([packedCores, z.array(percent!).max(most)]).nullish().transform((c) => c ?? []);
  }
  const device = z.object({ [key]: text(keyLength), ...numbers(fields) }).refine(areWithin(fields));
  const item = isRow ? row([key, ...fields.map(({ name }) => name)], device) : device;
  const items = z.array(item).max(most).nullable().transform((list) => list ?? []);
  return optional ? items.optional() : z.array(item).max(most).nullish().transform((l) => l ?? []);
}

function group({ fields, lists, summed, isRow }: GroupSchema) {
  const own = fields.filter((field): field is NumberField => !isList(field));
  if (isRow) return row(own.map(({ name }) => name), z.object(numbers(own)));
  return z.object({
    ...numbers(own),
    ...Object.fromEntries(lists.flatMap((devices) => [
      [devices.name, list(devices)],
      [devices.omitted, z.int().min(0).optional()],
    ])),
    ...(summed && { sum: z.object(numbers(summed.sums)).optional() }),
  }).refine(areWithin(own));
}

/** A message of version 1, as it comes out of `decodeMessage`. */
export const messageSchema = z.object({
  v: z.literal(1),
  host: text(253),
  id: identifier.optional(),
  session: identifier.optional(),
  seq: z.int().min(1).max(4_294_967_295).optional(),
  time: z.int().min(0).max(8.64e15).optional(),
  interval: z.int().min(100).max(3_600_000).optional(),
  tags: z.record(z.string().regex(/^[a-z_][a-z0-9_.-]{0,31}$/), text(64)).refine((tags) =>
    Object.keys(tags).length <= 8
  ).transform((tags) => Object.fromEntries(Object.entries(tags).sort())).optional(),
  texts: z.object(Object.fromEntries(["os", "kernel", "arch", "cpu", "agent"].map((name) => [
    name,
    z.union([z.literal(""), text(128)]).optional(),
  ]))).optional(),
  extra: z.record(text(64), z.number()).refine((extra) => Object.keys(extra).length <= 16)
    .optional(),
  omitted: z.int().min(0).optional(),
  ...Object.fromEntries(SCHEMA.map((schema) => [schema.name, group(schema).nullish()])),
  bye: z.literal(true).optional(),
});
