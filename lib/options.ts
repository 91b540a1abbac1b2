/**
 * The command lines of agent and server: every option, its default and its meaning, and the usage
 * text made from them. Scripts rely on these names. Pure: argv and environment are arguments.
 */
import { type Address, formatAddress, formatDuration } from "./format.ts";
import { DEFAULT_PORT, MAX_INTERVAL_MS, METRIC_GROUPS, MIN_INTERVAL_MS } from "./message.ts";
import {
  describeProgram,
  type Environment,
  flag,
  type OptionValues,
  readOptions,
} from "./option_reader.ts";
import {
  readAddress,
  readAddressOrOff,
  readBasePath,
  readChoice,
  readCount,
  readDestination,
  readDuration,
  readGroups,
  readHostName,
  readIdentifier,
  readName,
} from "./option_values.ts";
import { readNetwork } from "./network.ts";
import { identityBytes } from "./sealed/envelope.ts";

/** Version of both programs; a test holds it against deno.json. */
export const VERSION = "0.1.0";

/** How the server can show the fleet. */
export const VIEWS = ["table", "lines", "json", "none"] as const;
export type View = (typeof VIEWS)[number];

/** How the agent can read its host. */
export const SOURCES = ["procfs", "systeminformation"] as const;

/** Which datagrams the server takes: plain ones for every id, only for ids never heard sealed, or none. */
export const AUTH_MODES = ["off", "mixed", "require"] as const;
export type AuthMode = (typeof AUTH_MODES)[number];

const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
const LOG_FORMATS = ["text", "json"] as const;

/** Where the page is served when nobody says where; on loopback, so that nobody else finds it. */
export const WEB_DEFAULT: Address = { hostname: "127.0.0.1", port: 8080 };

const MIN_HISTORY_MS = 60_000;
const MAX_HISTORY_MS = 24 * 3_600_000;
const MAX_HOSTS = 1_000_000;

const rangeOf = (leastMs: number, mostMs: number) =>
  `${formatDuration(leastMs)} to ${formatDuration(mostMs)}`;

const COMMON = {
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
    read: (text: string) => readChoice(text, LOG_LEVELS),
  },
  "log-format": {
    placeholder: "FORMAT",
    fallback: "text",
    help: LOG_FORMATS.join(" or "),
    read: (text: string) => readChoice(text, LOG_FORMATS),
  },
  version: flag("print the version and exit"),
  help: flag("print this text and exit"),
} as const;

const AGENT = {
  server: {
    placeholder: "HOST:PORT",
    fallback: `127.0.0.1:${DEFAULT_PORT}`,
    repeatable: true,
    help: "where to send; repeat it to send to several servers",
    read: readDestination,
  },
  interval: {
    placeholder: "TIME",
    fallback: "5s",
    help: `time between two samples, ${rangeOf(MIN_INTERVAL_MS, MAX_INTERVAL_MS)}`,
    read: (text: string) => readDuration(text, MIN_INTERVAL_MS, MAX_INTERVAL_MS),
  },
  metrics: {
    placeholder: "GROUPS",
    fallback: METRIC_GROUPS.join(","),
    help: "groups to sample, separated by commas",
    read: readGroups,
  },
  name: {
    placeholder: "NAME",
    fallback: null,
    help: "name to show (default: the host name)",
    read: readName,
  },
  id: {
    placeholder: "ID",
    fallback: null,
    help: "id to be known by (default: made from the machine id)",
    read: readIdentifier,
  },
  procfs: {
    placeholder: "DIR",
    fallback: "/proc",
    help: "where the proc filesystem is mounted",
    read: String,
  },
  source: {
    placeholder: "SOURCE",
    fallback: null,
    help: `${SOURCES.join(" or ")} (default: procfs on Linux)`,
    read: (text: string) => readChoice(text, SOURCES),
  },
  print: flag("print each message as a JSON line and send nothing"),
  count: {
    placeholder: "N",
    fallback: null,
    help: "stop after N samples",
    read: (text: string) => readCount(text, 1, Number.MAX_SAFE_INTEGER),
  },
  ...COMMON,
} as const;

/** The options of the server, as the demo passes them on. */
export const SERVER_TABLE = {
  listen: {
    placeholder: "HOST:PORT",
    fallback: `0.0.0.0:${DEFAULT_PORT}`,
    help: "where to receive datagrams",
    read: (text: string) => readAddress(text),
  },
  web: {
    placeholder: "HOST:PORT|off",
    fallback: null,
    help: `where to serve the page (default: ${formatAddress(WEB_DEFAULT)} if that is free)`,
    read: (text: string) => readAddressOrOff(text, WEB_DEFAULT.port),
  },
  "web-token-file": {
    placeholder: "FILE",
    fallback: null,
    help: "token that the page asks for (default: off loopback one is made and logged)",
    read: String,
  },
  "web-open": flag("ask for no token, whoever can reach the page"),
  "web-host": {
    placeholder: "NAME",
    fallback: null,
    repeatable: true,
    help: "name that the page is reached by, besides localhost; repeat it for several",
    read: readHostName,
  },
  "web-base": {
    placeholder: "PATH",
    fallback: "/",
    help: "path that a proxy serves the page under, such as /pulso/",
    read: readBasePath,
  },
  view: {
    placeholder: "VIEW",
    fallback: null,
    help: `${VIEWS.join(", ")} (default: table on a terminal, else lines)`,
    read: (text: string) => readChoice(text, VIEWS),
  },
  history: {
    placeholder: "TIME",
    fallback: "15m",
    help: `how much of the past to keep, ${rangeOf(MIN_HISTORY_MS, MAX_HISTORY_MS)}`,
    read: (text: string) => readDuration(text, MIN_HISTORY_MS, MAX_HISTORY_MS),
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
    help: "most hosts kept; then the longest silent one is forgotten",
    read: (text: string) => readCount(text, 1, MAX_HOSTS),
  },
  auth: {
    placeholder: "MODE",
    fallback: null,
    help: `${AUTH_MODES.join(", ")} (default: require with --key-file, else off)`,
    read: (text: string) => readChoice(text, AUTH_MODES),
  },
  ...COMMON,
} as const;

/** The options of the agent. */
export type AgentOptions = OptionValues<typeof AGENT>;
/** The options of the server. */
export type ServerOptions = OptionValues<typeof SERVER_TABLE>;

/** Reads the agent's command line. @throws {RangeError} with one line for the user. */
export function readAgentOptions(argv: readonly string[], environment: Environment): AgentOptions {
  const options = readOptions(AGENT, argv, environment);
  if (options["key-file"] !== null && options.id !== null) checkSealedId(options.id);
  return options;
}

function checkSealedId(id: string): void {
  try {
    identityBytes(id);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new RangeError(`Cannot use --id ${id} with --key-file: ${cause.message}`, { cause });
  }
}

/** Reads the server's command line. @throws {RangeError} with one line for the user. */
export function readServerOptions(
  argv: readonly string[],
  environment: Environment,
): ServerOptions {
  const options = readOptions(SERVER_TABLE, argv, environment);
  if (options["web-open"] && options["web-token-file"] !== null) {
    throw new RangeError("Cannot use --web-open with --web-token-file: only one can be meant");
  }
  if (options["key-file"] === null && (options.auth ?? "off") !== "off") {
    throw new RangeError(`Cannot use --auth ${options.auth}: it needs --key-file`);
  }
  return options;
}

/** The agent's usage text. */
export const AGENT_USAGE = describeProgram(
  `pulso-agent ${VERSION}`,
  "Samples this host and sends each sample to a Pulso server as one UDP datagram.",
  AGENT,
);

/** The server's usage text. */
export const SERVER_USAGE = describeProgram(
  `pulso-server ${VERSION}`,
  "Receives the samples of many hosts over UDP and shows the fleet live.",
  SERVER_TABLE,
);
