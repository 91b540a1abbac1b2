/**
 * Parses the heads of HTTP/1 requests, strictly by RFC 9112: what two parsers could take for different
 * requests (request smuggling) is refused, or is the last request of its connection. Pure.
 */
import { HttpError } from "./response.ts";

/** Maximum length of the head of a request, in bytes. */
export const MAX_HEAD_BYTES = 16 * 1_024;
/** Maximum of headers of a request. */
export const MAX_HEADERS = 100;
const READING = ["GET", "HEAD"];
/** What a path may take besides. */
export const COMMANDS = ["POST", "DELETE"];

/** The head of a request that can be answered. */
export interface RequestHead {
  readonly method: string;
  /** Path and query, as they came; bytes beyond ASCII are percent-encoded. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Whether the client knows HTTP/1.1, and so chunks. */
  readonly isHttp11: boolean;
  /** Whether another request may follow on the same connection. */
  readonly keepsAlive: boolean;
}

const [LF, CR] = [0x0a, 0x0d];
const REQUEST_LINE = /^([!#$%&'*+.^_`|~\w-]+) ([!-~\x80-\xff]+) HTTP\/(\d)\.(\d)$/;
// deno-lint-ignore no-control-regex
const HEADER = /^([!#$%&'*+.^_`|~\w-]+):([^\0-\x08\x0a-\x1f\x7f]*)$/;
const ABSOLUTE = /^https?:\/\/([^/?#]*)([^]*)$/i;
/** What may stand in a Host; whether it names us is for others to judge. */
const HOST = /^[\w.:[\]%~-]*$/;

/** Where the head begins: empty lines before it are skipped. */
export function findStart(bytes: Uint8Array): number {
  let at = 0;
  while (bytes[at] === LF || bytes[at] === CR) at++;
  return at;
}

/** Where the head ends that begins at `start`, its empty line included; `null` where it goes on. */
export function findEnd(bytes: Uint8Array, start: number): number | null {
  for (let at = bytes.indexOf(LF, start); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return null;
}

/**
 * Refuses what will never become a head: what begins with no letter, as a greeting of TLS does, or
 * is too long. @throws {HttpError} 400, 414 or 431.
 */
export function checkBeginning(bytes: Uint8Array): void {
  if (bytes.length > 0 && !/[a-z]/i.test(String.fromCharCode(bytes[0]!))) {
    throw malformed("not HTTP; this port speaks plain HTTP/1.1");
  }
  if (bytes.length < MAX_HEAD_BYTES) return;
  if (!bytes.includes(LF)) throw new HttpError(414, "Cannot read the request: the URL is too long");
  throw new HttpError(431, `Cannot read the request: the head exceeds ${MAX_HEAD_BYTES} bytes`);
}

/** Reads a head as a whole. @throws {HttpError} 400, 431 or 505. */
export function readHead(bytes: Uint8Array): RequestHead {
  const text = String.fromCharCode(...bytes);
  const [first, ...lines] = text.replace(/(\r?\n){2}$/, "").split(/\r?\n/);
  const [, method, target, major, minor] = REQUEST_LINE.exec(first!) ?? [];
  if (major === undefined) throw malformed("the first line is not a request line");
  if (major !== "1") {
    throw new HttpError(505, "Cannot answer: only HTTP/1.1 and HTTP/1.0 are supported");
  }
  if (lines.length > MAX_HEADERS) {
    throw new HttpError(431, `Cannot read the request: more than ${MAX_HEADERS} headers`);
  }
  const { path, host } = readTarget(method!, target!);
  const isHttp11 = minor !== "0";
  const headers = lines.map(readHeader);
  checkHosts(valuesOf(headers, "host"), isHttp11);
  const hasBody = checkBody(headers, isHttp11);
  const isLast = valuesOf(headers, "connection").some((value) => /\bclose\b/i.test(value));
  // Another parser may not take a bare LF for the end of a line.
  const isStrict = !/[^\r]\n/.test(text);
  return {
    method: method!,
    path: path.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`),
    headers: host === null ? headers : [...without(headers, "host"), ["host", host]],
    isHttp11,
    keepsAlive: isHttp11 && isStrict && !hasBody && !isLast,
  };
}

/** The path; and the host, where the target names one, which then goes before the header's. */
function readTarget(method: string, target: string): { path: string; host: string | null } {
  if (target.startsWith("/")) return { path: target, host: null };
  const [, host, path] = ABSOLUTE.exec(target) ?? [];
  if (host !== undefined) {
    checkHosts([host], true);
    return { path: path!.startsWith("/") ? path! : `/${path}`, host };
  }
  // Such targets belong to methods that are refused by their name.
  if (method === "OPTIONS" || method === "CONNECT") return { path: "/", host: null };
  throw malformed("the target is neither a path nor a URL");
}

function readHeader(line: string): readonly [string, string] {
  const [, name, value] = HEADER.exec(line) ?? [];
  if (name === undefined) throw malformed("malformed header");
  return [name.toLowerCase(), value!.trim()];
}

function checkHosts(hosts: readonly string[], isHttp11: boolean): void {
  if (hosts.length === 1 ? HOST.test(hosts[0]!) : hosts.length === 0 && !isHttp11) return;
  throw new HttpError(400, "Cannot answer: the Host header is malformed");
}

/** Whether a body follows, which nobody reads. */
function checkBody(headers: RequestHead["headers"], isHttp11: boolean): boolean {
  const codings = valuesOf(headers, "transfer-encoding");
  const lengths = valuesOf(headers, "content-length");
  const isAmbiguous = codings.length > 0 && (lengths.length > 0 || !isHttp11);
  if (isAmbiguous || lengths.length > 1 || !/^\d*$/.test(lengths[0] ?? "0")) {
    throw malformed("ambiguous body length");
  }
  return codings.length > 0 || Number(lengths[0] ?? 0) > 0;
}

function valuesOf(headers: RequestHead["headers"], name: string): readonly string[] {
  return headers.filter(([other]) => other === name).map(([, value]) => value);
}

function without(headers: RequestHead["headers"], name: string): RequestHead["headers"] {
  return headers.filter(([other]) => other !== name);
}

/** Refuses what is neither for reading nor one of the commands that a path takes. @throws {HttpError} 405. */
export function checkMethod(method: string, commands: readonly string[] = []): void {
  const methods = [...READING, ...commands];
  if (methods.includes(method)) return;
  const list = `${methods.slice(0, -1).join(", ")} and ${methods.at(-1)}`;
  const headers = { allow: methods.join(", ") };
  throw new HttpError(405, `Cannot ${method}: only ${list} are answered`, headers);
}

function malformed(state: string): HttpError {
  return new HttpError(400, `Cannot read the request: ${state}`);
}

const MIN_BUFFER_BYTES = 1_024;

/** Reads what has come into a buffer and returns how much that was; `null` when no more comes. */
export type Read = (buffer: Uint8Array) => Promise<number | null>;

/** The heads of one connection. */
export class HeadReader {
  readonly #read: Read;
  #buffer = new Uint8Array(MIN_BUFFER_BYTES);
  #length = 0;
  #reading: Promise<void> | null = null;
  #hasEnded = false;

  constructor(read: Read) {
    this.#read = read;
  }

  /** Whether bytes of the next request have come already. */
  get hasBegun(): boolean {
    return this.#length > 0;
  }

  /**
   * The next head, or `null` when none comes any more; `onBegin` is called with its first bytes.
   * @throws {HttpError} for a bad one.
   */
  async next(onBegin: () => void): Promise<RequestHead | null> {
    for (let hasBegun = false;;) {
      const bytes = this.#buffer.subarray(0, this.#length);
      const start = findStart(bytes);
      const end = findEnd(bytes, start);
      if (end !== null && end - start <= MAX_HEAD_BYTES) return this.#take(start, end);
      checkBeginning(bytes.subarray(start));
      if (this.#hasEnded) return null;
      if (!hasBegun && this.hasBegun) onBegin();
      hasBegun ||= this.hasBegun;
      this.#makeRoom();
      await this.#readOnce();
    }
  }

  /** Keeps reading while nobody asks for a head, to notice when the client disconnects. */
  watch(): void {
    // What has come already must not move while more is read after it.
    if (!this.hasBegun && !this.#hasEnded) this.#readOnce().catch(() => {});
  }

  /** Reads and discards what still comes, up to a number of bytes. */
  async drain(maxBytes: number): Promise<void> {
    for (let count = 0; !this.#hasEnded && count < maxBytes; count += this.#length) {
      this.#length = 0;
      await this.#readOnce();
    }
  }

  #take(start: number, end: number): RequestHead {
    try {
      return readHead(this.#buffer.subarray(start, end));
    } finally {
      this.#buffer.copyWithin(0, end, this.#length);
      this.#length -= end;
    }
  }

  #makeRoom(): void {
    if (this.#length < this.#buffer.length) return;
    const larger = new Uint8Array(2 * this.#buffer.length);
    larger.set(this.#buffer);
    this.#buffer = larger;
  }

  #readOnce(): Promise<void> {
    return this.#reading ??= this.#read(this.#buffer.subarray(this.#length)).then((count) => {
      if (count === null) this.#hasEnded = true;
      else this.#length += count;
    }).finally(() => this.#reading = null);
  }
}

/** The names in a path, decoded one by one, so that an id may hold a slash. @throws {HttpError} 400. */
export function namesOf(pathname: string): readonly string[] {
  try {
    return pathname.slice(1).split("/").map(decodeURIComponent);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw new HttpError(400, "Cannot read the path: invalid percent-encoding");
  }
}
