/**
 * A small file that holds a secret, a key or a token: read only when it is a regular file that nobody else
 * may read or write, and with a time limit. Nothing of it is ever logged.
 */
import { Timeout } from "./timeout.ts";
import { advise } from "./advice.ts";

/** Where an executable may read: the folder of settings, and that of systemd's credentials. */
export const SECRET_FOLDERS = ["/etc/pulso", "/run/credentials"] as const;

/** How long a file may take to answer: it may be a pipe by then, or on a mount that is gone. */
export const FILE_TIMEOUT_MS = 5_000;

const BY_OTHERS = 0o077;
/** systemd lets a service read its credentials by an ACL, which shows as the group's right to read. */
const BY_OTHERS_OF_CREDENTIAL = 0o037;
const CREDENTIALS = `${SECRET_FOLDERS[1]}/`;
/** What Deno reads for nobody, whatever is granted. */
const DEVICES = /^\/(dev|proc|sys)\//;

/** Which file, and what it is called in messages, such as `key file`. */
export interface PrivateFileOptions {
  readonly path: string;
  readonly kind: string;
  readonly maxBytes: number;
  /** Its own where none is given. */
  readonly timeout?: Timeout;
  /** Whether others may read it: it holds no secret. */
  readonly isPublic?: boolean;
}

/** A file that holds a secret. */
export class PrivateFile {
  readonly path: string;
  readonly #kind: string;
  readonly #maxBytes: number;
  readonly #timeout: Timeout;
  readonly #isPublic: boolean;
  /** What is read now, for all who ask meanwhile: a file is asked once at a time. */
  #reading: Promise<string> | null = null;

  constructor({ path, kind, maxBytes, timeout, isPublic = false }: PrivateFileOptions) {
    this.path = path;
    this.#kind = kind;
    this.#maxBytes = maxBytes;
    this.#timeout = timeout ?? new Timeout(FILE_TIMEOUT_MS);
    this.#isPublic = isPublic;
  }

  /** A fingerprint of the file's state; two writes within a millisecond may look alike. */
  async look(): Promise<string> {
    try {
      const { ino, size, mtime, ctime, mode } = await this.#ask(() => Deno.stat(this.path));
      return [ino, size, mtime?.getTime(), ctime?.getTime(), mode].join(" ");
    } catch (error) {
      return stateOf(error, "read", this.path);
    }
  }

  /** Its text. @throws {RangeError} with one line for the user when it cannot be used. */
  read(): Promise<string> {
    return this.#reading ??= this.#read().finally(() => this.#reading = null);
  }

  async #read(): Promise<string> {
    try {
      return await this.#ask(() => readText(this.path, this.#maxBytes, this.#isPublic));
    } catch (cause) {
      throw this.refusal(stateOf(cause, "read", this.path));
    }
  }

  /** Why the file cannot be used, with its name. */
  refusal(state: string): RangeError {
    return new RangeError(`Cannot use the ${this.#kind} ${this.path}: ${state}`);
  }

  /** Without the permission the user would be asked for it, be it by a service or behind a table. */
  async #ask<T>(call: () => Promise<T>): Promise<T> {
    requireAccess("read", this.path);
    return await this.#timeout.run(this.path, call);
  }
}

async function readText(path: string, maxBytes: number, isPublic: boolean): Promise<string> {
  // Before it is opened, as opening a pipe blocks until somebody writes to it.
  check(await Deno.stat(path), path, isPublic);
  using file = await Deno.open(path);
  check(await file.stat(), path, isPublic);
  const buffer = new Uint8Array(maxBytes + 1);
  let length = 0;
  for (let read: number | null = 0; read !== null && length <= maxBytes; length += read ?? 0) {
    read = await file.read(buffer.subarray(length));
  }
  if (length > maxBytes) throw new RangeError(`it is longer than ${maxBytes} bytes`);
  return decode(buffer.subarray(0, length));
}

/** What is read on as something else would be said to be wrong for another reason, or not at all. */
function decode(bytes: Uint8Array): string {
  try {
    if (!bytes.includes(0)) return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
  }
  throw new RangeError("it is not UTF-8 text");
}

function check({ isFile, mode }: Deno.FileInfo, path: string, isPublic: boolean): void {
  if (!isFile) throw new RangeError("not a regular file");
  const byOthers = path.startsWith(CREDENTIALS) ? BY_OTHERS_OF_CREDENTIAL : BY_OTHERS;
  // Windows has no such mode.
  if (!isPublic && ((mode ?? 0) & byOthers) !== 0) {
    throw new RangeError("others may read or write it; chmod 600 it");
  }
}

/** Makes sure of a permission without a question to the user. @throws {Deno.errors.NotCapable} */
export function requireAccess(access: "read" | "write", path: string): void {
  const { state } = Deno.permissions.querySync({ name: access, path });
  if (state !== "granted") throw new Deno.errors.NotCapable(`Requires ${access} access to ${path}`);
}

/** What an error says of a file, and what to do. */
export function stateOf(error: unknown, access: "read" | "write", path: string): string {
  const { AlreadyExists, IsADirectory, NotCapable, NotFound, PermissionDenied } = Deno.errors;
  if (error instanceof RangeError) return error.message;
  if (error instanceof AlreadyExists) return "already exists; not overwriting";
  if (error instanceof NotCapable) return adviseOn(access, path);
  if (error instanceof NotFound) return access === "read" ? "no such file" : "no such folder";
  if (error instanceof PermissionDenied) return `you may not ${access} it`;
  if (error instanceof IsADirectory) return "it is a folder";
  if (error instanceof DOMException) return "no answer";
  return error instanceof Error ? error.message : String(error);
}

function adviseOn(access: "read" | "write", path: string): string {
  if (access === "read" && DEVICES.test(path)) return "not a regular file";
  const flag = `it needs the flag --allow-${access}=${path} before the name of the script`;
  if (access === "write") return advise(flag, "this executable may write no file");
  return advise(flag, `this executable reads such files in ${SECRET_FOLDERS.join(" and ")} only`);
}
