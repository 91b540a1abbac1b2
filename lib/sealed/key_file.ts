/**
 * The key file as a file: read with its permissions checked, polled every five seconds, and written once,
 * by keygen. What it holds is `keyring.ts`'s business; nothing of it is ever logged.
 */
import type { Log } from "../common/log.ts";
import { Timeout } from "../common/timeout.ts";
import { FILE_TIMEOUT_MS, PrivateFile, requireAccess, stateOf } from "../common/private_file.ts";
import { formatKey, type Keyring, parseKeyring, ringOfAgent } from "./keyring.ts";
import { flag, readOptions } from "../common/option_reader.ts";
import { readCount } from "../common/options.ts";
import type { CommandRow } from "../common/usage.ts";
import { KEY_BYTES } from "./cipher.ts";
import { identityBytes, MAX_KEY_ID } from "./envelope.ts";

/** Interval between two looks at the file. */
const LOOK_INTERVAL_MS = 5_000;
const MAX_FILE_BYTES = 65_536;
const PRIVATE = 0o600;

type KeyLog = Pick<Log, "info" | "warn">;

/** A key file that is in use. */
export class KeyFile {
  readonly #file: PrivateFile;
  #ring: Keyring;
  #look: string;

  private constructor(file: PrivateFile, look: string, ring: Keyring) {
    this.#file = file;
    this.#look = look;
    this.#ring = ring;
  }

  /** Reads the file. @throws {RangeError} with one line for the user when it cannot be used. */
  static async open(path: string, timeout = new Timeout(FILE_TIMEOUT_MS)): Promise<KeyFile> {
    const file = new PrivateFile({ path, kind: "key file", maxBytes: MAX_FILE_BYTES, timeout });
    const look = await file.look();
    return new KeyFile(file, look, await readKeyring(file));
  }

  get path(): string {
    return this.#file.path;
  }

  /** The keys of the last valid version of the file. */
  get ring(): Keyring {
    return this.#ring;
  }

  /** Reloads the file when it has changed, and logs that; when it cannot be used, logs why and keeps the keys. */
  async refresh(log: KeyLog): Promise<void> {
    const look = await this.#file.look();
    if (look === this.#look) return;
    this.#look = look;
    try {
      this.#ring = await readKeyring(this.#file);
      log.info(`Reloaded keys ${[...this.#ring.keys()].join(", ")} from ${this.path}`);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      log.warn(`${error.message}; keeping the previous keys`);
    }
  }

  /** Looks at the file every five seconds, until `stop` is aborted. */
  watch(log: KeyLog, stop: AbortSignal): void {
    const timer = setInterval(() => this.refresh(log), LOOK_INTERVAL_MS);
    stop.addEventListener("abort", () => clearInterval(timer));
  }
}

/** Options with the key file that they name; `null` when they name none. */
export interface WithKeys {
  readonly keys: KeyFile | null;
}

/** Opens the key file that options name. @throws {RangeError} with one line for the user. */
export async function withKeys<O extends { readonly "key-file": string | null }>(
  options: O,
): Promise<O & WithKeys> {
  const { "key-file": path } = options;
  return { ...options, keys: path === null ? null : await KeyFile.open(path) };
}

/**
 * The command `keygen` of a program: makes a key file, or returns the text that is to be printed.
 *
 * @throws {RangeError} for a wrong command line; and what it returns, when the key cannot be made.
 */
export function runKeygen(program: string, argv: readonly string[]): () => Promise<string> {
  const wanted = readKeygen(argv);
  return async () => {
    const { path } = wanted;
    const text = await keygen(wanted, async (path) => (await KeyFile.open(path)).ring);
    if (path === null) return text;
    const command = [program, "keygen", ...argv.with(-1, "-")].map(shellWord).join(" ");
    writePrivate(path, text, `(umask 077; ${command} > ${shellWord(path)})`);
    return `Made the key file ${path}`;
  };
}

function shellWord(word: string): string {
  return /^[\w.,:=/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

async function readKeyring(file: PrivateFile): Promise<Keyring> {
  const text = await file.read();
  try {
    return parseKeyring(text);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw file.refusal(cause.message);
  }
}

/** Writes a new file that nobody else may read. @throws {RangeError} when there is one, or it cannot be written. */
function writePrivate(path: string, text: string, instead: string): void {
  try {
    requireAccess("write", path);
    using file = Deno.openSync(path, { write: true, createNew: true, mode: PRIVATE });
    const bytes = new TextEncoder().encode(text);
    for (let written = 0; written < bytes.length;) {
      written += file.writeSync(bytes.subarray(written));
    }
    file.syncSync();
  } catch (cause) {
    const way = cause instanceof Deno.errors.NotCapable ? `; print it: ${instead}` : "";
    const state = stateOf(cause, "write", path) + way;
    throw new RangeError(`Cannot make the key file ${path}: ${state}`, { cause });
  }
}

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

/** The command, as its program presents it. */
export const KEYGEN = {
  synopsis: "[OPTION]... FILE",
  help: "make a key file",
  purpose: "Makes a key, in a file that only its owner may read.",
  options: OPTIONS,
  notes:
    "FILE is never overwritten. With - for FILE the key is printed: so an executable, which may write\n" +
    "no file, makes one: (umask 077; pulso-server keygen - > FILE)",
} as const satisfies CommandRow;

function readAgent(text: string): string {
  identityBytes(text);
  return text;
}

/** What a command line asks for. */
interface WantedKey {
  /** The new file; `null` for stdout. */
  readonly path: string | null;
  readonly keyId: number;
  /** Whose key it is, and the fleet's key file; `null` for a key of the fleet. */
  readonly own: { readonly agent: string; readonly fleetFile: string } | null;
}

/** Reads the command line. @throws {RangeError} with one line for the user. */
export function readKeygen(argv: readonly string[]): WantedKey {
  const file = argv.at(-1);
  if (file === undefined || (file.startsWith("-") && file !== "-")) {
    throw new RangeError("Cannot make a key: name the new file last; see keygen --help");
  }
  const options = readOptions(OPTIONS, argv.slice(0, -1), () => undefined);
  const { agent, "key-file": fleetFile, "key-id": keyId } = options;
  if ((agent === null) !== (fleetFile === null)) {
    throw new RangeError("Cannot make an agent's key: it needs both --agent and --key-file");
  }
  if (agent !== null && keyId !== null) {
    throw new RangeError("Cannot use --key-id with --agent: an agent's keys have the fleet's ids");
  }
  const own = agent === null || fleetFile === null ? null : { agent, fleetFile };
  return { path: file === "-" ? null : file, keyId: keyId ?? 1, own };
}

/**
 * The text of the key file that is asked for.
 *
 * @param readRing reads the fleet's key file.
 * @throws {RangeError} with one line for the user.
 */
export async function keygen(
  { own, keyId }: WantedKey,
  readRing: (path: string) => Promise<Keyring>,
  random: Uint8Array = crypto.getRandomValues(new Uint8Array(KEY_BYTES)),
): Promise<string> {
  if (own === null) return fleetText(keyId, random);
  return agentText(own.agent, ringOfAgent(await readRing(own.fleetFile), own.agent));
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
