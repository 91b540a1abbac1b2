/**
 * Reads a datagram straight from its bytes, in the one form in which `encodeMessage` writes them: what
 * stands before the metrics, and those into a summary. It takes a third of the time of JSON.parse with
 * all checks, and leaves no garbage. It does not read any other form, valid or not. Pure.
 */
import { TextCache } from "../common/hash.ts";
import { type Cursor, Literal } from "./cursor.ts";
import {
  CORE_STEPS_PER_PERCENT,
  CORE_UNKNOWN,
  MAX_EXTRA,
  MAX_EXTRA_LENGTH,
  MAX_PACKED_LENGTH,
  MAX_TAG_LENGTH,
  MAX_TAGS,
  MAX_TEXT_LENGTH,
  TAG_KEY,
  TEXTS,
} from "./message.ts";
import { addKnown } from "./metrics.ts";
import type { SummaryNumbers } from "./summary.ts";
import {
  AMOUNT,
  DECIMAL,
  GROUPS,
  type GroupScan,
  type ListScan,
  PART,
  type Registers,
  SIGNED,
  type Step,
} from "./scan_steps.ts";

const literal = (text: string) => new Literal(text);
const TAGS_BEGIN = literal(',"tags":{');
const TEXTS_BEGIN = literal(',"texts":{');
const EXTRA_BEGIN = literal(',"extra":{');
const OMITTED = literal(',"omitted":');
const SUM = literal(',"sum":{');
const QUOTE = literal('"');
const COLON = literal(":");
const COMMA = literal(",");
const LIST_END = literal("]");
const END = literal("}");
const TEXT_STEPS = TEXTS.map((name) => [literal(`"${name}":"`), literal(`,"${name}":"`)] as const);

/** Maximum of different sets of tags and texts in the cache. */
const KEPT_SETS = 4_096;
/** Longer sets are not cached. */
const MAX_SET_LENGTH = 512;

/** Reads what a host says of itself; one text stands for equal ones. */
export class FactsScanner {
  readonly #sets = new TextCache(KEPT_SETS, MAX_SET_LENGTH);

  /** The tags as JSON; empty where there are none. Their keys must be in order, each once. */
  tags(cursor: Cursor): string {
    if (!cursor.has(TAGS_BEGIN)) return "";
    const start = cursor.at - 1;
    let last = "";
    let count = 0;
    do {
      cursor.expect(QUOTE);
      const key = cursor.text(MAX_TAG_LENGTH);
      cursor.expect(COLON);
      cursor.expect(QUOTE);
      cursor.skipText(MAX_TAG_LENGTH);
      if (!(key > last) || !TAG_KEY.test(key) || ++count > MAX_TAGS) cursor.refuse();
      last = key;
    } while (cursor.isSound && cursor.has(COMMA));
    cursor.expect(END);
    return cursor.since(start, this.#sets);
  }

  /** The texts as JSON; empty where there are none. */
  texts(cursor: Cursor): string {
    if (!cursor.has(TEXTS_BEGIN)) return "";
    const start = cursor.at - 1;
    let isFirst = true;
    for (const [first, next] of TEXT_STEPS) {
      if (!cursor.has(isFirst ? first : next)) continue;
      isFirst = false;
      if (!cursor.has(QUOTE)) cursor.skipText(MAX_TEXT_LENGTH);
    }
    if (isFirst) cursor.refuse();
    cursor.expect(END);
    return cursor.since(start, this.#sets);
  }
}

/** Skips what stands between that and the metrics. */
export function skipExtra(cursor: Cursor): void {
  if (cursor.has(EXTRA_BEGIN)) {
    let count = 0;
    do {
      cursor.expect(QUOTE);
      cursor.skipText(MAX_EXTRA_LENGTH);
      cursor.expect(COLON);
      if (Number.isNaN(cursor.signed()) || ++count > MAX_EXTRA) cursor.refuse();
    } while (cursor.isSound && cursor.has(COMMA));
    cursor.expect(END);
  }
  skipCount(cursor, OMITTED);
}

function skipCount(cursor: Cursor, name: Literal): void {
  if (cursor.has(name)) cursor.wholeNumber(0, Number.MAX_SAFE_INTEGER);
}

/** Reads every group that is there, and returns their bits. The summary is valid only if the cursor is sound. */
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
  const { steps, registers, lists, summed, moves, puts, known } = group;
  if (summed !== null) summed.totals.fill(NaN);
  scanFields(cursor, steps, registers, true, to);
  for (let n = 0; n < lists.length; n++) skipCount(cursor, lists[n]!.omitted);
  if (summed !== null && cursor.has(SUM)) {
    scanFields(cursor, summed.sums, summed.totals, true, to);
    cursor.close(summed.known);
  }
  if (known === null) cursor.expect(LIST_END);
  else cursor.close(known);
  for (let n = 0; n < moves.length; n += 2) to[moves[n]!] = registers[moves[n + 1]!]!;
  for (let n = 0; n < puts.length; n++) puts[n]!(to);
}

/** Reads fields in their order; one that is not there is not known, as the decoder has it. */
function scanFields(
  cursor: Cursor,
  steps: readonly Step[],
  registers: Registers,
  isFirst: boolean,
  to: SummaryNumbers,
): void {
  for (let n = 0; n < steps.length; n++) {
    const step = steps[n]!;
    const { op, list } = step;
    if (cursor.isAtEnd) {
      while (n < steps.length) registers[n++] = NaN;
      return;
    }
    if (cursor.has(isFirst ? step.first : step.next)) isFirst = false;
    else {
      registers[n] = NaN;
      if (list !== null && list.key === null && scanPacked(cursor, list, isFirst)) isFirst = false;
      continue;
    }
    if (op === AMOUNT) registers[n] = within(cursor, cursor.amount(), step);
    else if (op === PART) registers[n] = cursor.part(registers[step.whole]!);
    else if (op === DECIMAL) registers[n] = within(cursor, cursor.decimal(), step);
    else if (op === SIGNED) registers[n] = within(cursor, cursor.signed(), step);
    else if (list!.key === null) scanNumbers(cursor, list!);
    else scanDevices(cursor, list!, to);
  }
}

function within(cursor: Cursor, value: number, { least, most }: Step): number {
  if (value < least || value > most) cursor.refuse();
  return value;
}

function scanDevices(cursor: Cursor, list: ListScan, to: SummaryNumbers): void {
  const { key, keyLength, isRow, steps, known, device, totals, places, puts, most } = list;
  if (cursor.has(LIST_END)) return;
  let count = 0;
  do {
    cursor.expect(key!);
    cursor.skipText(keyLength);
    scanFields(cursor, steps, device, false, to);
    if (isRow) cursor.expect(LIST_END);
    else cursor.close(known);
    for (let n = 0; n < places.length; n++) totals[n] = addKnown(totals[n]!, device[places[n]!]!);
    for (let n = 0; n < puts.length; n++) puts[n]!(to);
    count++;
  } while (cursor.isSound && cursor.has(COMMA));
  if (count > most) cursor.refuse();
  cursor.expect(LIST_END);
}

/** Devices that are one number each. */
function scanNumbers(cursor: Cursor, { most, steps }: ListScan): void {
  if (cursor.has(LIST_END)) return;
  let count = 0;
  do {
    within(cursor, cursor.decimal(), steps[0]!);
    count++;
  } while (cursor.isSound && cursor.has(COMMA));
  if (count > most) cursor.refuse();
  cursor.expect(LIST_END);
}

/** The same as one text; whether it is there. */
function scanPacked(cursor: Cursor, { packed }: ListScan, isFirst: boolean): boolean {
  if (!cursor.has(packed[isFirst ? 0 : 1])) return false;
  cursor.packedBytes(MAX_PACKED_LENGTH, 100 * CORE_STEPS_PER_PERCENT, CORE_UNKNOWN);
  return true;
}
