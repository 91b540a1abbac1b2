/**
 * What both programs can be told on the command line, what version they are, and what the value of an
 * option may be: each reader takes one text and returns a checked value or throws a `RangeError` that
 * completes the sentence "Cannot use --option value: …". Pure.
 */
import { UNSAFE_CHARACTERS, VISIBLE_CHARACTER } from "./text.js";
import type { Address } from "./address.ts";
import { formatDuration } from "./format.js";
import { LOG_FORMATS, LOG_LEVELS } from "./log.ts";
import { flag, nearestOf, type OptionTable } from "./option_reader.ts";
import config from "../../deno.json" with { type: "json" };

/** In brackets IPv6 with its zone, else a name or IPv4; then the port. */
const ADDRESS =
  /^(?:\[([0-9a-fA-F]*:[0-9a-fA-F:.]*(?:%[\w.-]+)?)\]|([^\s,:\[\]/]+))(?::(\d{1,5}))?$/;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Reads `HOST:PORT` or `[IPv6]:PORT`; without a port it is what `port` says. */
export function readAddress(text: string, port: number): Address {
  const match = ADDRESS.exec(text);
  const hostname = match?.[1] ?? match?.[2];
  if (hostname === undefined) {
    throw new RangeError("it must be HOST:PORT, such as 192.0.2.7:5005 or [::1]:5005");
  }
  if (/^\d+$/.test(hostname)) {
    throw new RangeError(`it must be HOST:PORT; for a port of this machine 127.0.0.1:${hostname}`);
  }
  // The system takes 192.0.7 for 192.0.0.7, where nobody may be, and no agent is ever answered.
  if (/^[\d.]+$/.test(hostname) && !IPV4.test(hostname)) {
    throw new RangeError("an IPv4 address has four numbers of at most 255, such as 192.0.2.7");
  }
  const value = match?.[3] === undefined ? port : Number(match[3]);
  if (value > 65_535) throw new RangeError("a port is at most 65535");
  return { hostname, port: value };
}

/** Reads an address, or `off`. */
export function readAddressOrOff(text: string, port: number): Address | "off" {
  return text === "off" ? text : readAddress(text, port);
}

/** Reads a duration such as `100ms`, `5s`, `15m` or `1h` as milliseconds between two bounds. */
export function readDuration(text: string, leastMs: number, mostMs: number): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const range = rangeOf(leastMs, mostMs);
  if (match === null) {
    throw new RangeError(`it must be a number and ms, s, m or h, from ${range}`);
  }
  const durationMs = Math.round(Number(match[1]) * UNIT_MS[match[2]!]!);
  if (durationMs < leastMs || durationMs > mostMs) throw new RangeError(`it must be from ${range}`);
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

const [MIN_SPEED, MAX_SPEED] = [0.1, 10_000];

/** Reads a moment such as `2026-11-26T13:05Z` as milliseconds since 1970; without a zone it is UTC. */
export function readTime(text: string): number {
  const [, day, time, zone = "Z"] =
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
  const timeMs = Date.parse(`${day}T${time}${zone}`);
  // A 30th of February would be taken for a day of March.
  const isDay = !Number.isNaN(timeMs) && new Date(`${day}T00:00Z`).toISOString().startsWith(day!);
  if (!isDay) throw new RangeError("it must be a time such as 2026-11-26T13:05Z");
  return timeMs;
}

/** Reads how many times as fast something is to go: a number, or `max` for as fast as can be. */
export function readSpeed(text: string): number {
  if (text === "max") return Infinity;
  const speed = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (speed >= MIN_SPEED && speed <= MAX_SPEED) return speed;
  throw new RangeError(`it must be max, or a number from ${MIN_SPEED} to ${MAX_SPEED}`);
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

/** Version of both programs. */
export const { version: VERSION } = config;

/** What an argument begins with that `deno compile` gives an executable: the commit, which follows. */
export const BUILT_FROM = "--built-from=";

/** A range of durations, as a usage text and a refusal tell it. */
export function rangeOf(leastMs: number, mostMs: number): string {
  return `${formatDuration(leastMs)} to ${formatDuration(mostMs)}`;
}

/** What both programs can be told. */
export const COMMON = {
  "key-file": {
    placeholder: "FILE",
    fallback: null,
    help: "keys for sealed datagrams, as the command keygen makes them",
    read: String,
  },
  "log-level": {
    placeholder: "LEVEL",
    fallback: "info",
    help: LOG_LEVELS.join(", "),
    ...oneOf(LOG_LEVELS),
  },
  "log-format": {
    placeholder: "FORMAT",
    fallback: "text",
    help: LOG_FORMATS.join(" or "),
    ...oneOf(LOG_FORMATS),
  },
  version: flag("print the version and exit"),
  help: flag("print this text and exit"),
} as const;

/** The commands that both programs have for a look at what their own options do here. */
export function commandsOn(options: OptionTable) {
  const synopsis = "[OPTION]...";
  return {
    doctor: {
      synopsis,
      help: "check that it all works here, and say what to do",
      purpose:
        "Checks what the program would do with these options on this machine, or does if it\n" +
        "runs: one line for each thing, with a verdict, and what to do. Exit status 1 if any fails.",
      options,
    },
    config: {
      synopsis,
      help: "print the options in force, and where each was set",
      purpose:
        "Prints what each option is set to, and where: on the command line, by a variable of\n" +
        "the environment, or by default.",
      options,
    },
  } as const;
}

/** Reads a text that is shown as it is; `what` it is called where it cannot be. */
export function readPlainText(text: string, what: string, most: number): string {
  if (text.length > most) throw new RangeError(`${what} must have at most ${most} characters`);
  if (!VISIBLE_CHARACTER.test(text)) throw new RangeError(`${what} must not be blank`);
  if (text.search(UNSAFE_CHARACTERS) >= 0) {
    throw new RangeError(`${what} must not hold control, zero-width or bidirectional characters`);
  }
  return text;
}

/** Reads the address of something that speaks HTTP; a refusal shows such a one. */
export function readUrl(text: string, example: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new RangeError(`it must be a URL such as ${example}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new RangeError("a name and a password belong in a file, and not on a command line");
  }
  return url;
}
