/**
 * The key file as a file: read with its permissions checked, looked at again every five seconds, and
 * written once, by keygen. What it holds is `keyring.ts`'s business; nothing of it is ever logged.
 */
import type { Log } from "../common/log.ts";
import { Timeout } from "../common/timeout.ts";
import { FILE_TIMEOUT_MS, PrivateFile, stateOf } from "../common/private_file.ts";
import { keygen } from "./keygen.ts";
import { type Keyring, parseKeyring } from "./keyring.ts";

/** A changed file is noticed within this time. */
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

  /** The keys as the file had them when it was last good. */
  get ring(): Keyring {
    return this.#ring;
  }

  /** Looks at the file. When it has changed that is logged; when it cannot be used too, and the keys stay. */
  async refresh(log: KeyLog): Promise<void> {
    const look = await this.#file.look();
    if (look === this.#look) return;
    this.#look = look;
    try {
      this.#ring = await readKeyring(this.#file);
      log.info(`Has the keys ${[...this.#ring.keys()].join(", ")} of ${this.path} now`);
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
export async function withKeys<O extends NamingKeys>(options: O): Promise<O & WithKeys> {
  const { "key-file": path, help, version } = options;
  return { ...options, keys: path === null || help || version ? null : await KeyFile.open(path) };
}

interface NamingKeys {
  readonly "key-file": string | null;
  readonly help: boolean;
  readonly version: boolean;
}

/**
 * The command `keygen` of a program: makes a key file, or returns the text that is to be printed.
 *
 * @throws {RangeError}
 */
export async function runKeygen(program: string, argv: readonly string[]): Promise<string> {
  const { path, text } = await keygen(argv, async (path) => (await KeyFile.open(path)).ring);
  if (path === null) return text;
  const command = [program, "keygen", ...argv.with(-1, "-")].map(shellWord).join(" ");
  writePrivate(path, text, `(umask 077; ${command} > ${shellWord(path)})`);
  return `Made the key file ${path}`;
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
