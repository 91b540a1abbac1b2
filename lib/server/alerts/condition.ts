/**
 * When a rule fires and ends, as people write it: `cpu > 90 for 5m until < 80 for 2m`. Pure.
 */
import { METRICS, type Unit } from "../../catalogue.ts";
import { COMPARED_NUMBERS } from "../../common/columns.ts";
import { exampleOf, readQuantity } from "../../common/filter.js";
import { formatDuration } from "../../common/format.js";
import { nearestOf } from "../../common/option_reader.ts";
import { MAX_EXTRA_LENGTH } from "../../message/message.ts";
import type { Rule } from "./engine/engine.ts";
import { type AlertRule, EXTRA, SIGNALS, unitOf } from "./rule.ts";

/** What a condition says of a rule. */
export type Condition =
  & Pick<AlertRule, "of">
  & Pick<Rule, "side" | "limit" | "until" | "holdMs" | "recoveryMs">;

const SHAPE =
  /^(.+?)\s*([<>])\s*([^<>]+?)(?:\s+for\s+(\S+))?(?:\s+until\s*([<>])?\s*([^<>]+?)(?:\s+for\s+(\S+))?)?$/s;
/** What is over has been over for so long where nothing is said. */
const RECOVERY_MS = 60_000;
const MAX_HOLD_MS = 7 * 86_400_000;

/** Names of numbers in lower case, and what they stand for: the names of a filter, and every other id. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ...COMPARED_NUMBERS.filter(({ id }) => METRICS.some((row) => row.id === id))
    .flatMap(({ id, names }) => names.map((name) => [name, id] as const)),
  ...METRICS.map(({ id }) => [id.toLowerCase(), id] as const),
  ...Object.keys(SIGNALS).map((id) => [id.toLowerCase(), id] as const),
]);

/** Reads a condition. @throws {RangeError} that completes "Cannot use …:". */
export function readCondition(text: string): Condition {
  const found = SHAPE.exec(text.trim());
  if (found === null) {
    throw new RangeError("it must be such as cpu > 90 for 5m until < 80 for 2m");
  }
  const [, name, sign, limitText, hold, untilSign, untilText, recovery] = found;
  const of = readName(name!);
  const unit = unitOf({ of });
  const side = sign === ">" ? "above" : "below";
  const limit = readValue(limitText!, unit);
  if (untilSign === sign) throw new RangeError(`it ends where it fires: until ${untilSign}`);
  const until = untilText === undefined ? limit : readValue(untilText, unit);
  const holdMs = hold === undefined ? 0 : readHold(hold);
  const recoveryMs = recovery === undefined ? RECOVERY_MS : readHold(recovery);
  checkSides({ side, limit, until });
  return { of, side, limit, until, holdMs, recoveryMs };
}

/** Refuses what would fire and end at the same value. @throws {RangeError} */
export function checkSides({ side, limit, until }: Pick<Rule, "side" | "limit" | "until">): void {
  if (side === "above" ? until <= limit : until >= limit) return;
  throw new RangeError(`it must end at what it fires by, or on the other side of it`);
}

/** Reads a value as one of a unit. @throws {RangeError} that completes "Cannot use …:". */
export function readValue(text: string, unit: Unit): number {
  const [, minus, rest] = /^(-?)(.*)$/s.exec(text.trim())!;
  const value = readQuantity(rest!, unit);
  if (value === null) {
    throw new RangeError(`${JSON.stringify(text)} is no such value: write ${exampleOf(unit)}`);
  }
  return minus === "" ? value : -value;
}

/** Reads for how long something holds. @throws {RangeError} that completes "Cannot use …:". */
export function readHold(text: string): number {
  const ms = /[a-z]$/i.test(text) ? readQuantity(text, "milliseconds") : null;
  if (ms !== null && ms <= MAX_HOLD_MS) return ms;
  const most = formatDuration(MAX_HOLD_MS);
  throw new RangeError(`${JSON.stringify(text)} is no such time: write 30s or 5m, at most ${most}`);
}

function readName(text: string): string {
  if (text.startsWith(EXTRA) && text.length > EXTRA.length) {
    if (text.length <= EXTRA.length + MAX_EXTRA_LENGTH) return text;
    throw new RangeError(`a name behind ${EXTRA} has at most ${MAX_EXTRA_LENGTH} characters`);
  }
  const known = NAMES.get(text.toLowerCase());
  if (known !== undefined) return known;
  const nearest = nearestOf(text.toLowerCase(), [...NAMES.keys()]);
  const hint = nearest === null ? "" : `; did you mean ${NAMES.get(nearest)}?`;
  throw new RangeError(
    `there is no number ${JSON.stringify(text)}; numbers of your own begin with ${EXTRA}${hint}`,
  );
}
