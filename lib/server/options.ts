/**
 * The options of the server: their defaults, their meaning, and how each value is read. Scripts rely on
 * their names. Pure: argv and environment are arguments.
 */
import { readNetwork } from "../common/address.ts";
import { DEFAULT_PORT } from "../message/message.ts";
import { type Environment, type OptionValues, readOptions } from "../common/option_reader.ts";
import {
  COMMON,
  oneOf,
  rangeOf,
  readAddressOrOff,
  readCount,
  readDuration,
  readKeep,
  readSize,
  readSpeed,
  readTime,
  readUrl,
} from "../common/options.ts";
import { AUTH_MODES } from "../sealed/opener.ts";
import { BUS_TABLE, busTrouble } from "./bus_options.ts";
import { PAGE_TABLE } from "./page_options.ts";

const VIEWS = ["table", "lines", "json", "none"] as const;
/** How the server can show the fleet. */
export type View = (typeof VIEWS)[number];

const MIN_HISTORY_MS = 60_000;
const MAX_HISTORY_MS = 24 * 3_600_000;
const MIN_WRITE_MS = 1_000;
const MAX_WRITE_MS = 3_600_000;
const MAX_HOSTS = 1_000_000;
const MIN_KEEP_BYTES = 2 ** 20;
/** Two files. */
const MIN_RECORD_BYTES = 128 * 2 ** 20;

/** The options of the server, as the demo passes them on. */
export const SERVER_TABLE = {
  listen: {
    placeholder: "HOST:PORT",
    fallback: `[::]:${DEFAULT_PORT}`,
    help: "where to receive, or off; [::] hears IPv6 and IPv4",
    read: (text: string) => readAddressOrOff(text, DEFAULT_PORT),
  },
  ...PAGE_TABLE,
  view: {
    placeholder: "VIEW",
    fallback: null,
    help: `${VIEWS.join(", ")} (default: table on a terminal, else lines)`,
    ...oneOf(VIEWS),
  },
  history: {
    placeholder: "TIME",
    fallback: "15m",
    help: `how much of the past to keep, ${rangeOf(MIN_HISTORY_MS, MAX_HISTORY_MS)}`,
    read: (text: string) => readDuration(text, MIN_HISTORY_MS, MAX_HISTORY_MS),
  },
  data: {
    placeholder: "DIR",
    fallback: null,
    help: "folder to keep hosts and history in (default: none is kept)",
    read: String,
  },
  keep: {
    placeholder: "TIERS",
    fallback: "1m=30d,1h=2y",
    help: "how long to keep minutes and hours of history",
    read: readKeep,
  },
  "keep-size": {
    placeholder: "SIZE",
    fallback: "20G",
    help: "most to keep, such as 500M or 20G; the oldest go first",
    read: (text: string) => readSize(text, MIN_KEEP_BYTES),
  },
  alerts: {
    placeholder: "FILE|off",
    fallback: null,
    help: "rules, destinations and quiet hours of alerts, as docs/ALERTS.md has them",
    read: String,
  },
  allow: {
    placeholder: "CIDR",
    fallback: null,
    repeatable: true,
    help: "network or address that may send; repeat it for several (default: all)",
    read: readNetwork,
  },
  "max-hosts": {
    placeholder: "N",
    fallback: "10000",
    help: `most hosts, 1 to ${MAX_HOSTS}; the longest silent makes room`,
    read: (text: string) => readCount(text, 1, MAX_HOSTS),
  },
  auth: {
    placeholder: "MODE",
    fallback: null,
    help: `${AUTH_MODES.join(", ")} (default: require with --key-file, else off)`,
    ...oneOf(AUTH_MODES),
  },
  record: {
    placeholder: "DIR",
    fallback: null,
    help: "folder to record every datagram in, for --replay",
    read: String,
  },
  "record-keep": {
    placeholder: "SIZE",
    fallback: "10G",
    help: "most bytes of a record; its oldest files make room",
    read: (text: string) => readSize(text, MIN_RECORD_BYTES),
  },
  "remote-write": {
    placeholder: "URL",
    fallback: null,
    repeatable: true,
    help: "where to push metrics by Prometheus's remote write; repeat it for several",
    read: (text: string) => readUrl(text, "http://metrics.example:9090/api/v1/write"),
  },
  "remote-write-interval": {
    placeholder: "TIME",
    fallback: "15s",
    help: `how often, ${rangeOf(MIN_WRITE_MS, MAX_WRITE_MS)}`,
    read: (text: string) => readDuration(text, MIN_WRITE_MS, MAX_WRITE_MS),
  },
  "remote-write-token-file": {
    placeholder: "FILE",
    fallback: null,
    help: "token that the receivers ask for, or NAME:PASSWORD; and headers",
    read: String,
  },
  "history-from": {
    placeholder: "URL",
    fallback: null,
    help: "Prometheus or the like, to read history from that is not kept here",
    read: readQueryUrl,
  },
  "history-from-token-file": {
    placeholder: "FILE",
    fallback: null,
    help: "token that it asks for, or NAME:PASSWORD; and headers",
    read: String,
  },
  heartbeat: {
    placeholder: "URL",
    fallback: null,
    help: "what to request each minute, so that others notice when this server stops",
    read: (text: string) => readUrl(text, "https://watch.example/ping/1"),
    // Its path is what tells one watched server from others, and is nobody else's business.
    conceal: (text: string) => URL.parse(text)?.origin ?? "",
  },
  ...BUS_TABLE,
  replay: {
    placeholder: "DIR",
    fallback: null,
    help: "play the record in this folder instead of receiving",
    read: String,
  },
  speed: {
    placeholder: "N|max",
    fallback: "1",
    help: "how many times as fast as it came, 0.1 to 10000, or max",
    read: readSpeed,
  },
  from: {
    placeholder: "TIME",
    fallback: null,
    help: "play it from this time on, such as 2026-11-26T13:05Z",
    read: readTime,
  },
  to: {
    placeholder: "TIME",
    fallback: null,
    help: "play it up to this time",
    read: readTime,
  },
  ...COMMON,
} as const;

/** Reads where a query API is: what stands before its `/api/v1`, which may be said, too. */
function readQueryUrl(text: string): URL {
  const url = readUrl(text, "http://prometheus.example:9090");
  const base = url.pathname.replace(/(\/api\/v1.*)?\/?$/s, "");
  return new URL(`${base}/api/v1/`, url);
}

/** The options of the server. */
export type ServerOptions = OptionValues<typeof SERVER_TABLE>;

/** Reads the server's command line. @throws {RangeError} with one line for the user. */
export function readServerOptions(
  argv: readonly string[],
  environment: Environment,
): ServerOptions {
  const options = readOptions(SERVER_TABLE, argv, environment);
  if (options["web-open"] && options["web-token-file"] !== null) {
    throw new RangeError("Cannot use --web-open with --web-token-file: only one can be meant");
  }
  const twice = options.status.find(({ name }, at) =>
    options.status.findIndex((other) => other.name === name) < at
  );
  if (twice !== undefined) {
    throw new RangeError(`Cannot use --status: two pages are called "${twice.name}"`);
  }
  if (options["key-file"] === null && (options.auth ?? "off") !== "off") {
    throw new RangeError(`Cannot use --auth ${options.auth}: it needs --key-file`);
  }
  const kept = (["data", "record", "remote-write"] as const)
    .find((name) => options[name]?.length);
  if (options.replay !== null && kept !== undefined) {
    throw new RangeError(
      `Cannot use --${kept} with --replay: nothing new comes that could be kept`,
    );
  }
  requireSpan(options);
  const trouble = busTrouble(options);
  if (trouble !== null) throw new RangeError(trouble);
  return options;
}

/** @throws {RangeError} where a record would be played from a time on that is after the one up to which. */
export function requireSpan({ from, to }: Pick<ServerOptions, "from" | "to">): void {
  if (from === null || to === null || from <= to) return;
  const [fromText, toText] = [from, to].map((ms) => new Date(ms).toISOString());
  throw new RangeError(`Cannot use --from ${fromText}: it is later than --to ${toText}`);
}
