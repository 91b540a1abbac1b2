/**
 * The command line of the agent: every option, its default and its meaning, and the usage text made
 * from them. Scripts rely on these names. Pure: argv and environment are arguments.
 */
import { type Address, formatAddress } from "../common/address.ts";
import {
  DEFAULT_PORT,
  MAX_DATAGRAM_BYTES,
  MAX_INTERVAL_MS,
  MAX_TAGS,
  type Message,
  METRIC_GROUPS,
  type MetricGroup,
  MIN_INTERVAL_MS,
} from "../message/message.ts";
import { readPatterns } from "../sampler/decision.ts";
import { defaultSource, type SamplerOptions, SOURCES } from "../sampler/sampler.ts";
import { type Environment, flag, type OptionValues, readOptions } from "../common/option_reader.ts";
import {
  commandsOn,
  COMMON,
  oneOf,
  rangeOf,
  readCount,
  readDuration,
  VERSION,
} from "../common/options.ts";
import { type CommandTable, describeProgram, type ProgramRow } from "../common/usage.ts";
import {
  checkTags,
  readDestination,
  readGroups,
  readIdentifier,
  readName,
  readTag,
} from "./values.ts";
import type { OptionSet } from "../common/unheeded.ts";
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
  tag: {
    placeholder: "KEY=VALUE",
    fallback: null,
    repeatable: true,
    help: `what to say of this host, such as role=db; repeat it for up to ${MAX_TAGS}`,
    read: readTag,
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
    help: "directory of files with lines of `name value`: custom metrics",
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
  checkTags(options.tag);
  if (options["key-file"] !== null && options.id !== null) checkSealedId(options.id);
  return options;
}

/** The agent's options, and which of them do nothing; `server` is the one that it was compiled for. */
export function agentOptions(server: string | null = null): OptionSet<AgentOptions> {
  const without = (group: MetricGroup, name: string) => ({
    names: [name],
    when: ({ metrics }: AgentOptions) => !metrics.includes(group),
    reason: `${group} is not among --metrics`,
  });
  return {
    table: agentTable(server),
    read: (argv, environment) => readAgentOptions(argv, environment, server),
    idle: [without("network", "interfaces"), without("disk", "disks")],
    file: "/etc/pulso/agent.env",
  };
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

/** What each message of a run begins with. */
export type MessageHead =
  & Required<Pick<Message, "v" | "id" | "host" | "interval">>
  & Pick<Message, "tags">;

/** What each message begins with, as the options have it, on a host with an identity. */
export function headOf(
  { interval, tag }: AgentOptions,
  { id, host }: Pick<MessageHead, "id" | "host">,
): MessageHead {
  const tags = tag.length > 0 && { tags: Object.fromEntries(tag) };
  return { v: 1, id, host, interval, ...tags };
}

/** What the agent does besides. */
export function agentCommands(server: string | null = null) {
  return { keygen: KEYGEN, ...commandsOn(agentTable(server)) } as const satisfies CommandTable;
}

/** The agent, as it presents itself; `server` is the one that it was compiled for. */
export function describedAgent(server: string | null = null): ProgramRow {
  return {
    name: "pulso-agent",
    version: VERSION,
    purpose: "Samples this host and sends each sample to a Pulso server as one UDP datagram.",
    options: agentTable(server),
    commands: agentCommands(server),
  };
}

/** The agent's usage text. */
export function agentUsage(server: string | null = null): string {
  return describeProgram(describedAgent(server));
}
