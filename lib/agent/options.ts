/**
 * The command line of the agent: every option, its default and its meaning, and the usage text made
 * from them. Scripts rely on these names. Pure: argv and environment are arguments.
 */
import { type Address, formatAddress } from "../common/address.ts";
import {
  DEFAULT_PORT,
  IDENTIFIER,
  MAX_DATAGRAM_BYTES,
  MAX_HOST_LENGTH,
  MAX_INTERVAL_MS,
  METRIC_GROUPS,
  type MetricGroup,
  MIN_INTERVAL_MS,
} from "../message/message.ts";
import { UNSAFE_CHARACTERS, VISIBLE_CHARACTER } from "../common/text.js";
import { readPatterns } from "../sampler/decision.ts";
import { defaultSource, type SamplerOptions, SOURCES } from "../sampler/sampler.ts";
import { type Environment, flag, type OptionValues, readOptions } from "../common/option_reader.ts";
import {
  commandsOn,
  COMMON,
  oneOf,
  rangeOf,
  readAddress,
  readChoice,
  readCount,
  readDuration,
  VERSION,
} from "../common/options.ts";
import { type CommandTable, describeProgram, type ProgramRow } from "../common/usage.ts";
import { identityBytes } from "../sealed/envelope.ts";
import { KEYGEN } from "../sealed/key_file.ts";

/** What every way takes: the 576 bytes that each must put together again, less the longest headers of IPv4 and UDP. */
const MIN_DATAGRAM_BYTES = 508;

const AGENT = {
  server: {
    placeholder: "HOST:PORT",
    fallback: `127.0.0.1:${DEFAULT_PORT}`,
    repeatable: true,
    help: "where to send; repeat it for several servers",
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
    help: "groups to sample",
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
  sysfs: {
    placeholder: "DIR",
    fallback: null,
    help: "where sysfs is mounted (default: /sys, or where the host of --procfs has it)",
    read: String,
  },
  extra: {
    placeholder: "DIR",
    fallback: null,
    help: "directory of files with lines of `name value`: numbers of one's own",
    read: String,
  },
  interfaces: {
    placeholder: "GLOBS",
    fallback: null,
    help: "interfaces to count, such as eth*,!eth1 or !docker* (default: see --explain)",
    read: readPatterns,
  },
  disks: {
    placeholder: "GLOBS",
    fallback: null,
    help: "disks to count, in the same way",
    read: readPatterns,
  },
  source: {
    placeholder: "SOURCE",
    fallback: null,
    help: `${SOURCES.join(" or ")} (default: procfs on Linux)`,
    ...oneOf(SOURCES),
  },
  "max-datagram": {
    placeholder: "BYTES",
    fallback: null,
    help: `most bytes of a datagram, ${MIN_DATAGRAM_BYTES} to ${MAX_DATAGRAM_BYTES}; for tunnels`,
    read: (text: string) => readCount(text, MIN_DATAGRAM_BYTES, MAX_DATAGRAM_BYTES),
  },
  print: flag("print each message as a JSON line and send nothing"),
  explain: flag("print which interfaces, disks and mounts count here, and why, and exit"),
  count: {
    placeholder: "N",
    fallback: null,
    help: "stop after N samples",
    read: (text: string) => readCount(text, 1, Number.MAX_SAFE_INTEGER),
  },
  ...COMMON,
} as const;

/** What the first argument of an agent begins with that was compiled for one server, which follows. */
export const BUILT_FOR = "--built-for=";

/** The agent's options; compiled for one server it can be told no other. */
export function agentTable(server: string | null) {
  if (server === null) return AGENT;
  const read = (text: string) => readOnly(text, server);
  const help = "where to send: this executable can send nowhere else";
  return { ...AGENT, server: { ...AGENT.server, fallback: server, help, read } };
}

function readOnly(text: string, server: string): Address {
  const address = readDestination(text);
  if (formatAddress(address) === formatAddress(readDestination(server))) return address;
  throw new RangeError(`this executable was made for ${server} and can send nowhere else`);
}

/** The options of the agent. */
export type AgentOptions = OptionValues<typeof AGENT>;
/**
 * Reads the agent's command line; `server` is the one that it was compiled for.
 *
 * @throws {RangeError} with one line for the user.
 */
export function readAgentOptions(
  argv: readonly string[],
  environment: Environment,
  server: string | null = null,
): AgentOptions {
  const options = readOptions(agentTable(server), argv, environment);
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

/** What a sampler is to read, as the options have it, on an operating system. */
export function samplerOptionsOf(
  options: AgentOptions,
  os: Parameters<typeof defaultSource>[0],
): SamplerOptions {
  const { metrics, source, procfs, sysfs, extra, interval, interfaces, disks } = options;
  return {
    groups: metrics,
    source: source ?? defaultSource(os),
    procfs,
    sysfs,
    extra,
    intervalMs: interval,
    choice: { interfaces: interfaces ?? [], disks: disks ?? [] },
  };
}

/** What the agent does besides. */
export function agentCommands(server: string | null = null) {
  return { keygen: KEYGEN, ...commandsOn(agentTable(server)) } as const satisfies CommandTable;
}

/** The agent, as it presents itself; `server` is the one that it was compiled for. */
export function describedAgent(server: string | null = null): ProgramRow {
  return {
    name: `pulso-agent ${VERSION}`,
    purpose: "Samples this host and sends each sample to a Pulso server as one UDP datagram.",
    options: agentTable(server),
    commands: agentCommands(server),
  };
}

/** The agent's usage text. */
export function agentUsage(server: string | null = null): string {
  return describeProgram(describedAgent(server));
}

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
