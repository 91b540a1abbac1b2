/**
 * The command `keygen` of both programs: makes a key for a whole fleet, or from it the key of one
 * agent. It decides what a new key file holds, and leaves reading and writing to its caller.
 */
import { describeOptions, flag, readOptions } from "../common/option_reader.ts";
import { readCount } from "../common/option_values.ts";
import { KEY_BYTES } from "./cipher.ts";
import { identityBytes, MAX_KEY_ID } from "./envelope.ts";
import { formatKey, type Keyring, ringOfAgent } from "./keyring.ts";

const OPTIONS = {
  "key-id": {
    placeholder: "N",
    fallback: null,
    help: `number of the new key, 0 to ${MAX_KEY_ID} (default: 1)`,
    read: (text: string) => readCount(text, 0, MAX_KEY_ID),
  },
  agent: {
    placeholder: "ID",
    fallback: null,
    help: "make the own key of the agent with this id; needs --key-file",
    read: readAgent,
  },
  "key-file": {
    placeholder: "FILE",
    fallback: null,
    help: "the fleet's key file, to make an agent's key from",
    read: String,
  },
  help: flag("print this text and exit"),
} as const;

/** The usage text of the command. */
export const KEYGEN_USAGE = [
  "Makes a key, in a file that only its owner may read.",
  "",
  "Usage: keygen [OPTION]... FILE",
  "",
  describeOptions(OPTIONS),
  "",
  "FILE is never overwritten. With - for FILE the key is printed: so an executable, which may write",
  "no file, makes one: (umask 077; pulso-server keygen - > FILE)",
].join("\n");

function readAgent(text: string): string {
  identityBytes(text);
  return text;
}

/** What a command line asks for: this text, and in which file. */
export interface KeygenResult {
  /** `null` for stdout. */
  readonly path: string | null;
  readonly text: string;
}

/**
 * Makes what is asked for; the usage text when that is asked for.
 *
 * @param readRing reads the fleet's key file.
 * @throws {RangeError} with one line for the user.
 */
export async function keygen(
  argv: readonly string[],
  readRing: (path: string) => Promise<Keyring>,
  random: Uint8Array = crypto.getRandomValues(new Uint8Array(KEY_BYTES)),
): Promise<KeygenResult> {
  if (argv.includes("--help") || argv.includes("-h")) return { path: null, text: KEYGEN_USAGE };
  const { options, path } = readCommand(argv);
  const { agent, "key-file": fleetFile, "key-id": keyId } = options;
  if ((agent === null) !== (fleetFile === null)) {
    throw new RangeError("Cannot make an agent's key: it needs both --agent and --key-file");
  }
  if (agent === null || fleetFile === null) return { path, text: fleetText(keyId ?? 1, random) };
  if (keyId !== null) {
    throw new RangeError("Cannot use --key-id with --agent: an agent's keys have the fleet's ids");
  }
  return { path, text: agentText(agent, ringOfAgent(await readRing(fleetFile), agent)) };
}

function readCommand(argv: readonly string[]) {
  const file = argv.at(-1);
  if (file === undefined || (file.startsWith("-") && file !== "-")) {
    throw new RangeError("Cannot make a key: name the new file last; see keygen --help");
  }
  const options = readOptions(OPTIONS, argv.slice(0, -1), () => undefined);
  return { options, path: file === "-" ? null : file };
}

function fleetText(keyId: number, secret: Uint8Array): string {
  const key = { keyId, agent: null, secret, notBeforeMs: -Infinity, notAfterMs: Infinity };
  return `# Key of a Pulso fleet: whoever has it can speak for every host\n${formatKey(key)}\n`;
}

function agentText(agent: string, ring: Keyring): string {
  if (ring.size === 0) {
    throw new RangeError("Cannot make an agent's key: the key file holds no key of a fleet");
  }
  const lines = Iterator.from(ring.values()).map(formatKey).toArray();
  return [`# Keys of the Pulso agent ${agent}, good for no other`, ...lines, ""].join("\n");
}
