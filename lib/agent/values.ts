/**
 * What the values of the agent's own options may be: each function reads one text, and returns a checked
 * value or throws a `RangeError` that completes the sentence "Cannot use --option value: …". Pure.
 */
import type { Address } from "../common/address.ts";
import { readAddress, readChoice, readPlainText } from "../common/options.ts";
import {
  DEFAULT_PORT,
  IDENTIFIER,
  MAX_HOST_LENGTH,
  MAX_TAG_LENGTH,
  MAX_TAGS,
  METRIC_GROUPS,
  type MetricGroup,
  TAG_KEY,
} from "../message/message.ts";

/** Reads an address to send to: its port is 5005 where none is said, and cannot be 0. */
export function readDestination(text: string): Address {
  const { hostname, port } = readAddress(text, DEFAULT_PORT);
  if (port === 0) throw new RangeError("nothing can be sent to port 0");
  // Many systems resolve it to ::1 first, where a server on IPv4 alone hears nothing.
  return { hostname: hostname === "localhost" ? "127.0.0.1" : hostname, port };
}

/** Reads groups of metrics, separated by commas, into their usual order. */
export function readGroups(text: string): readonly MetricGroup[] {
  const chosen = text.split(",").map((word) => readChoice(word.trim(), METRIC_GROUPS));
  return METRIC_GROUPS.filter((group) => chosen.includes(group));
}

/** Reads the name that a host is shown by. */
export function readName(text: string): string {
  return readPlainText(text, "it", MAX_HOST_LENGTH);
}

/** Reads one tag. */
export function readTag(text: string): readonly [key: string, value: string] {
  const [, key, value] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (key === undefined) throw new RangeError("it must be KEY=VALUE, such as role=db");
  if (!TAG_KEY.test(key)) {
    throw new RangeError("its key must be up to 32 of a-z, 0-9, _, . and -, the first a-z or _");
  }
  return [key, readPlainText(value!, "its value", MAX_TAG_LENGTH)];
}

/** Makes sure of all tags together. @throws {RangeError} with one line for the user. */
export function checkTags(tags: readonly (readonly [key: string, value: string])[]): void {
  if (tags.length > MAX_TAGS) throw new RangeError(`Cannot use --tag more than ${MAX_TAGS} times`);
  const again = tags.find(([key], at) => tags.findIndex(([other]) => other === key) < at);
  if (again !== undefined) throw new RangeError(`Cannot use --tag ${again[0]}: it is given twice`);
}

/** Reads the id that a host is known by. */
export function readIdentifier(text: string): string {
  if (!IDENTIFIER.test(text)) {
    throw new RangeError("it must be 1 to 64 of A-Z, a-z, 0-9, - and _");
  }
  return text;
}
