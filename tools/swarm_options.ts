/**
 * The command line of the swarm: every option, its default and its meaning. Pure.
 */
import type { Address } from "../lib/common/address.ts";
import { DEFAULT_PORT, MAX_INTERVAL_MS, MIN_INTERVAL_MS } from "../lib/message/message.ts";
import { flag, readOptions } from "../lib/common/option_reader.ts";
import { describeOptions } from "../lib/common/usage.ts";
import { readDestination } from "../lib/agent/values.ts";
import { readCount, readDuration } from "../lib/common/options.ts";

const MAX_AGENTS = 1_000_000;
const MAX_SECONDS = 10_000_000;
/** Of so many cores and four volumes and interfaces, a message still fits into one frame. */
const MAX_CORES = 256;

/** The options of the swarm. */
export const SWARM = {
  agents: {
    placeholder: "N",
    fallback: "1000",
    help: "how many hosts",
    read: readAgents,
  },
  first: {
    placeholder: "N",
    fallback: "0",
    help: "number of the first of them, so that several swarms have hosts of their own",
    read: (text: string) => readCount(text, 0, MAX_AGENTS),
  },
  interval: {
    placeholder: "TIME",
    fallback: "5s",
    help: "time between two messages of a host",
    read: (text: string) => readDuration(text, MIN_INTERVAL_MS, MAX_INTERVAL_MS),
  },
  server: {
    placeholder: "HOST:PORT",
    fallback: `127.0.0.1:${DEFAULT_PORT}`,
    help: "where to send; an IP address",
    read: readLiteral,
  },
  seconds: {
    placeholder: "S",
    fallback: "60",
    help: "how long to send",
    read: (text: string) => readCount(text, 1, MAX_SECONDS),
  },
  "key-file": {
    placeholder: "FILE",
    fallback: null,
    help: "seal with the keys of this file",
    read: String,
  },
  loss: {
    placeholder: "PERCENT",
    fallback: "0",
    help: "how many datagrams to make and not to send",
    read: readPercent,
  },
  faults: flag("let some hosts be offline, late, lossy or nearly full"),
  tags: flag("tag each host with its role and a site"),
  cores: {
    placeholder: "C",
    fallback: null,
    help: "cores of every host (default: 2 to 64)",
    read: (text: string) => readCount(text, 1, MAX_CORES),
  },
  help: flag("print this text and exit"),
} as const;

/** Their values, and those of options that every program has, which it does not offer. */
export type SwarmOptions = ReturnType<typeof readSwarmOptions>;

/** The usage text. */
export const SWARM_USAGE = `Usage: deno task swarm [OPTION]...\n\n${describeOptions(SWARM)}`;

/** Reads the command line. @throws {RangeError} with one line for the user. */
export function readSwarmOptions(argv: readonly string[]) {
  const options = readOptions(SWARM, argv, () => undefined);
  return { ...options, version: false, "log-level": "warn", "log-format": "text" } as const;
}

/** Reads how many hosts there are to be. */
export function readAgents(text: string): number {
  return readCount(text, 1, MAX_AGENTS);
}

/** A name would be resolved once more for every datagram. */
function readLiteral(text: string): Address {
  const address = readDestination(text);
  if (!/^[\d.]+$|:/.test(address.hostname)) throw new RangeError("it must be an IP address");
  return address;
}

function readPercent(text: string): number {
  const percent = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (!(percent <= 100)) throw new RangeError("it must be a number from 0 to 100");
  return percent;
}
