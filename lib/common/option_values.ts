/**
 * What the value of one option may be: each function reads one text and returns a checked value
 * or throws a `RangeError` that completes the sentence "Cannot use --option value: …". Pure.
 */
import {
  DEFAULT_PORT,
  IDENTIFIER,
  MAX_HOST_LENGTH,
  METRIC_GROUPS,
  type MetricGroup,
} from "../message/message.ts";
import { UNSAFE_CHARACTERS, VISIBLE_CHARACTER } from "./text.js";
import type { Address } from "./address.ts";
import { formatDuration } from "./format.js";
import { nearestOf } from "./option_reader.ts";

/** In brackets IPv6 with its zone, else a name or IPv4; then the port. */
const ADDRESS =
  /^(?:\[([0-9a-fA-F]*:[0-9a-fA-F:.]*(?:%[\w.-]+)?)\]|([^\s,:\[\]/]+))(?::(\d{1,5}))?$/;
/** What the server's own paths begin with: below a base of such a name they could not be told from it. */
const OWN_PATHS: readonly string[] = ["api", "assets", "healthz", "hosts", "metrics"];
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Reads `HOST:PORT` or `[IPv6]:PORT`; without a port it is 5005, or what `port` says. */
export function readAddress(text: string, port = DEFAULT_PORT): Address {
  const match = ADDRESS.exec(text);
  const hostname = match?.[1] ?? match?.[2];
  if (hostname === undefined) {
    throw new RangeError("it must be HOST:PORT, such as 192.0.2.7:5005 or [::1]:5005");
  }
  if (/^\d+$/.test(hostname)) {
    throw new RangeError(`it must be HOST:PORT; for a port of this machine 127.0.0.1:${hostname}`);
  }
  const value = match?.[3] === undefined ? port : Number(match[3]);
  if (value > 65_535) throw new RangeError("a port is at most 65535");
  return { hostname, port: value };
}

/** Reads an address to send to: as `readAddress`, and its port cannot be 0. */
export function readDestination(text: string): Address {
  const { hostname, port } = readAddress(text);
  if (port === 0) throw new RangeError("nothing can be sent to port 0");
  // Many systems resolve it to ::1 first, where a server on IPv4 alone hears nothing.
  return { hostname: hostname === "localhost" ? "127.0.0.1" : hostname, port };
}

/** Reads an address, or `off`. */
export function readAddressOrOff(text: string, port: number): Address | "off" {
  return text === "off" ? text : readAddress(text, port);
}

/** Reads the name of a machine, without a port. */
export function readHostName(text: string): string {
  if (text.length > MAX_HOST_LENGTH || !/^[\w-]+(\.[\w-]+)*$/.test(text)) {
    throw new RangeError("it must be a name such as pulso.example.org");
  }
  return text;
}

/** Reads the path below which all others are, such as `/pulso/`; a slash that is missing at an end is added. */
export function readBasePath(text: string): string {
  const names = text.replace(/^\/|\/$/g, "").split("/");
  if (text === "/") return text;
  if (!names.every((name) => /^[\w~-][\w.~-]*$/.test(name))) {
    throw new RangeError("it must be a path such as /pulso/ of A-Z, a-z, 0-9, -, _, . and ~");
  }
  if (OWN_PATHS.includes(names[0]!)) {
    throw new RangeError(`the server has a path of its own that begins with /${names[0]}`);
  }
  return `/${names.join("/")}/`;
}

/** Reads a duration such as `100ms`, `5s`, `15m` or `1h` as milliseconds between two bounds. */
export function readDuration(text: string, leastMs: number, mostMs: number): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  if (match === null) throw new RangeError("it must be a number and ms, s, m or h, such as 5s");
  const durationMs = Math.round(Number(match[1]) * UNIT_MS[match[2]!]!);
  if (durationMs < leastMs || durationMs > mostMs) {
    throw new RangeError(
      `it must be from ${formatDuration(leastMs)} to ${formatDuration(mostMs)}`,
    );
  }
  return durationMs;
}

const DAY_MS = 24 * 3_600_000;
const LONG_UNITS_MS: Readonly<Record<string, number>> = {
  ...{ h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS, y: 365 * DAY_MS },
};

/** Reads how long minutes and hours are kept, such as `1m=30d,1h=2y`, as milliseconds. */
export function readKeep(text: string): { readonly minute: number; readonly hour: number } {
  const match = /^1m=(\d+)([hdwy]),1h=(\d+)([hdwy])$/.exec(text);
  const [minute, hour] = [match?.slice(1, 3), match?.slice(3)]
    .map((part) => Number(part?.[0]) * LONG_UNITS_MS[part?.[1] ?? ""]!);
  // A day of minutes, as hours are made of them; and what is as long ago as a file's time can be.
  if (minute! >= DAY_MS && hour! >= minute! && hour! <= 100 * 365 * DAY_MS) {
    return { minute: minute!, hour: hour! };
  }
  throw new RangeError(
    "it must be such as 1m=30d,1h=2y: minutes for 1d or more, and hours for as long at least",
  );
}

const BYTES: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Reads a size such as `500M` or `20G` as bytes. */
export function readSize(text: string, least: number): number {
  const match = /^(\d+(?:\.\d+)?)([KMGT])(?:i?B)?$/.exec(text);
  if (match === null) throw new RangeError("it must be a number and K, M, G or T, such as 20G");
  const bytes = Math.round(Number(match[1]) * BYTES[match[2]!]!);
  if (bytes < least) throw new RangeError(`it must be at least ${least / 2 ** 20}M`);
  return bytes;
}

/** Reads a whole number between two bounds. */
export function readCount(text: string, least: number, most: number): number {
  const count = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(count >= least && count <= most)) {
    throw new RangeError(`it must be a whole number from ${least} to ${most}`);
  }
  return count;
}

/** Reads one of several words. */
export function readChoice<T extends string>(text: string, choices: readonly T[]): T {
  const choice = choices.find((word) => word === text);
  if (choice !== undefined) return choice;
  const nearest = nearestOf(text, choices);
  const hint = nearest === null ? "" : `; did you mean ${nearest}?`;
  throw new RangeError(`it must be one of ${choices.join(", ")}${hint}`);
}

/** What an option has whose value is one of several words. */
export function oneOf<T extends string>(choices: readonly T[]) {
  return { choices, read: (text: string) => readChoice(text, choices) } as const;
}

/** Reads groups of metrics, separated by commas, into their usual order. */
export function readGroups(text: string): readonly MetricGroup[] {
  const chosen = text.split(",").map((word) => readChoice(word.trim(), METRIC_GROUPS));
  return METRIC_GROUPS.filter((group) => chosen.includes(group));
}

/** Reads the name that a host is shown by. */
export function readName(text: string): string {
  if (text.length > MAX_HOST_LENGTH) {
    throw new RangeError(`it must have at most ${MAX_HOST_LENGTH} characters`);
  }
  if (!VISIBLE_CHARACTER.test(text)) throw new RangeError("it must not be blank");
  if (text.search(UNSAFE_CHARACTERS) >= 0) {
    throw new RangeError("it must not hold control, zero-width or bidirectional characters");
  }
  return text;
}

/** Reads the id that a host is known by. */
export function readIdentifier(text: string): string {
  if (!IDENTIFIER.test(text)) {
    throw new RangeError("it must be 1 to 64 of A-Z, a-z, 0-9, - and _");
  }
  return text;
}
