/**
 * The key file as a file: read with its permissions checked, looked at again now and then, and
 * written once, by keygen. What it holds is `keyring.ts`'s business; nothing of it is ever logged.
 */
import type { Log } from "../log.ts";
import { keygen } from "./keygen.ts";
import { type Keyring, parseKeyring } from "./keyring.ts";

/** A changed file is noticed within this time. */
const LOOK_INTERVAL_MS = 5_000;
const MAX_FILE_BYTES = 65_536;
const OF_OTHERS = 0o077;
const PRIVATE = 0o600;

/** A key file that is in use. */
export class KeyFile {
  readonly path: string;
  #ring: Keyring;
  #look: string;
  #nextLookMs = -Infinity;

  /** Reads the file. @throws {RangeError} with one line for the user when it cannot be used. */
  constructor(path: string) {
    this.path = path;
    this.#look = lookAt(path);
    this.#ring = readKeyring(path);
  }

  /**
   * The keys as the file has them, looked at every five seconds on the caller's clock. When it has
   * changed that is logged; when it cannot be used any more too, and the keys stay as they were.
   */
  current(nowMs: number, log: Pick<Log, "info" | "warn">): Keyring {
    if (nowMs < this.#nextLookMs) return this.#ring;
    this.#nextLookMs = nowMs + LOOK_INTERVAL_MS;
    const look = lookAt(this.path);
    if (look !== this.#look) this.#reread(log);
    this.#look = look;
    return this.#ring;
  }

  #reread(log: Pick<Log, "info" | "warn">): void {
    try {
      this.#ring = readKeyring(this.path);
      log.info(`Has the keys ${[...this.#ring.keys()].join(", ")} of ${this.path} now`);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      log.warn(`${error.message}; goes on with the keys from before`);
    }
  }
}

/** Options with the key file that they name; `null` when they name none. */
export interface WithKeys {
  readonly keys: KeyFile | null;
}

/** Opens the key file that options name. @throws {RangeError} with one line for the user. */
export function withKeys<O extends NamingKeys>(options: O): O & WithKeys {
  const { "key-file": path, help, version } = options;
  return { ...options, keys: path === null || help || version ? null : new KeyFile(path) };
}

interface NamingKeys {
  readonly "key-file": string | null;
  readonly help: boolean;
  readonly version: boolean;
}

/** The command `keygen`: makes a key file, or returns the text that is to be printed. @throws {RangeError} */
export function runKeygen(argv: readonly string[]): string {
  const { path, text } = keygen(argv, readKeyring);
  if (path === null) return text;
  writePrivate(path, text);
  return `Made the key file ${path}`;
}

/** Reads a key file. @throws {RangeError} with one line for the user when it cannot be used. */
function readKeyring(path: string): Keyring {
  const text = readPrivate(path);
  try {
    return parseKeyring(text);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new RangeError(`Cannot use the key file ${path}: ${cause.message}`);
  }
}

function readPrivate(path: string): string {
  try {
    using file = Deno.openSync(path);
    const { isFile, mode } = file.statSync();
    if (!isFile) throw new RangeError("it is no file");
    // Windows knows no such mode.
    if (((mode ?? 0) & OF_OTHERS) !== 0) {
      throw new RangeError("others may read or write it; chmod 600 it");
    }
    const buffer = new Uint8Array(MAX_FILE_BYTES + 1);
    const length = file.readSync(buffer) ?? 0;
    if (length > MAX_FILE_BYTES) throw new RangeError(`it is longer than ${MAX_FILE_BYTES} bytes`);
    return new TextDecoder().decode(buffer.subarray(0, length));
  } catch (cause) {
    const state = cause instanceof RangeError ? cause.message : stateOf(cause, "read", path);
    throw new RangeError(`Cannot use the key file ${path}: ${state}`, { cause });
  }
}

/** What tells one state of a file from another. */
function lookAt(path: string): string {
  try {
    const { ino, size, mtime, mode } = Deno.statSync(path);
    return [ino, size, mtime?.getTime(), mode].join(" ");
  } catch (error) {
    return error instanceof Error ? error.name : "";
  }
}

/** Writes a new file that nobody else may read. @throws {RangeError} when there is one, or it cannot be written. */
function writePrivate(path: string, text: string): void {
  try {
    using file = Deno.openSync(path, { write: true, createNew: true, mode: PRIVATE });
    const bytes = new TextEncoder().encode(text);
    for (let written = 0; written < bytes.length;) {
      written += file.writeSync(bytes.subarray(written));
    }
    file.syncSync();
  } catch (cause) {
    throw new RangeError(`Cannot make the key file ${path}: ${stateOf(cause, "write", path)}`, {
      cause,
    });
  }
}

function stateOf(error: unknown, access: "read" | "write", path: string): string {
  const { AlreadyExists, IsADirectory, NotCapable, NotFound, PermissionDenied } = Deno.errors;
  if (error instanceof AlreadyExists) return "there is one, and it is never overwritten";
  if (error instanceof NotCapable) {
    const way = access === "write" ? ", or - for its name, to print it" : "";
    return `it needs the flag --allow-${access}=${path}${way}`;
  }
  if (error instanceof NotFound) return access === "read" ? "there is none" : "no such folder";
  if (error instanceof PermissionDenied) return `you may not ${access} it`;
  if (error instanceof IsADirectory) return "it is a folder";
  return "the system refuses";
}
