/** The rules of docs/PROTOCOL.md once more, as a zod schema: the second opinion on `decodeMessage`. */
import { z } from "zod";

const amount = z.number().min(0).max(Number.MAX_SAFE_INTEGER).nullish().transform((n) => n ?? null);
const percent = z.number().min(0).max(100).nullish().transform((n) => n ?? null);
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

const cpu = z.object({
  mean: percent,
  cores: z.union([packedCores, z.array(percent).max(1_024)]).nullish().transform((c) => c ?? []),
  iowait: percent,
  steal: percent,
  omitted: z.int().min(0).optional(),
});

const memory = z.object({
  total: amount,
  used: amount,
  free: amount,
  available: amount,
  swapTotal: amount,
  swapUsed: amount,
}).refine(({ total, used, free, available }) =>
  [used, free, available].every((part) => within(part, total))
).refine(({ swapTotal, swapUsed }) => within(swapUsed, swapTotal));

const volume = z.object({ mount: text(255), total: amount, used: amount, free: amount })
  .refine(({ total, used, free }) => within(used, total) && within(free, total));

const count = z.int().min(0).optional();

const disk = z.object({
  read: amount,
  write: amount,
  volumes: z.array(volume).max(64).nullish().transform((list) => list ?? []),
  omitted: count,
});

const traffic = { rx: amount, tx: amount, rxLost: amount, txLost: amount };

const network = z.object({
  interfaces: z.array(z.object({ name: text(64), ...traffic })).max(64).nullish()
    .transform((list) => list ?? []),
  omitted: count,
  sum: z.object(traffic).optional(),
});

/** A message of version 1, as it comes out of `decodeMessage`. */
export const messageSchema = z.object({
  v: z.literal(1),
  host: text(253),
  id: identifier.optional(),
  session: identifier.optional(),
  seq: z.int().min(1).max(4_294_967_295).optional(),
  time: z.int().min(0).max(8.64e15).optional(),
  interval: z.int().min(100).max(3_600_000).optional(),
  cpu: cpu.nullish(),
  memory: memory.nullish(),
  disk: disk.nullish(),
  network: network.nullish(),
  bye: z.literal(true).optional(),
});
