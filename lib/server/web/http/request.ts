/**
 * Reads the head of an HTTP/1 request, strictly by RFC 9112: what two readers could take for two
 * different requests is refused, or is the last that its connection is asked. Pure.
 */
import { Refusal } from "../api/context.ts";

/** Longest head of a request, in bytes. */
export const MAX_HEAD_BYTES = 16 * 1_024;
/** Most headers of a request. */
export const MAX_HEADERS = 100;

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
 * is too long. @throws {Refusal} 400, 414 or 431.
 */
export function checkBeginning(bytes: Uint8Array): void {
  if (bytes.length > 0 && !/[a-z]/i.test(String.fromCharCode(bytes[0]!))) {
    throw malformed("it is not HTTP; this port speaks plain HTTP/1.1");
  }
  if (bytes.length < MAX_HEAD_BYTES) return;
  if (!bytes.includes(LF)) throw new Refusal(414, "Cannot read the request: its URL is too long");
  throw new Refusal(431, `Cannot read the request: its head exceeds ${MAX_HEAD_BYTES} bytes`);
}

/** Reads a head as a whole. @throws {Refusal} 400, 431 or 505. */
export function readHead(bytes: Uint8Array): RequestHead {
  const text = String.fromCharCode(...bytes);
  const [first, ...lines] = text.replace(/(\r?\n){2}$/, "").split(/\r?\n/);
  const [, method, target, major, minor] = REQUEST_LINE.exec(first!) ?? [];
  if (major === undefined) throw malformed("its first line is no request line");
  if (major !== "1") throw new Refusal(505, "Cannot answer: only HTTP/1.1 and HTTP/1.0 are spoken");
  if (lines.length > MAX_HEADERS) {
    throw new Refusal(431, `Cannot read the request: it has more than ${MAX_HEADERS} headers`);
  }
  const { path, host } = readTarget(method!, target!);
  const isHttp11 = minor !== "0";
  const headers = lines.map(readHeader);
  checkHosts(valuesOf(headers, "host"), isHttp11);
  const hasBody = checkBody(headers, isHttp11);
  const isLast = valuesOf(headers, "connection").some((value) => /\bclose\b/i.test(value));
  // Another reader may not have taken a bare LF for the end of a line.
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
  throw malformed("its target is neither a path nor a URL");
}

function readHeader(line: string): readonly [string, string] {
  const [, name, value] = HEADER.exec(line) ?? [];
  if (name === undefined) throw malformed("it has a header that is none");
  return [name.toLowerCase(), value!.trim()];
}

function checkHosts(hosts: readonly string[], isHttp11: boolean): void {
  if (hosts.length === 1 ? HOST.test(hosts[0]!) : hosts.length === 0 && !isHttp11) return;
  throw new Refusal(400, "Cannot answer: the Host header is malformed");
}

/** Whether a body follows, which nobody reads. */
function checkBody(headers: RequestHead["headers"], isHttp11: boolean): boolean {
  const codings = valuesOf(headers, "transfer-encoding");
  const lengths = valuesOf(headers, "content-length");
  const isAmbiguous = codings.length > 0 && (lengths.length > 0 || !isHttp11);
  if (isAmbiguous || lengths.length > 1 || !/^\d*$/.test(lengths[0] ?? "0")) {
    throw malformed("the length of its body is unclear");
  }
  return codings.length > 0 || Number(lengths[0] ?? 0) > 0;
}

function valuesOf(headers: RequestHead["headers"], name: string): readonly string[] {
  return headers.filter(([other]) => other === name).map(([, value]) => value);
}

function without(headers: RequestHead["headers"], name: string): RequestHead["headers"] {
  return headers.filter(([other]) => other !== name);
}

function malformed(state: string): Refusal {
  return new Refusal(400, `Cannot read the request: ${state}`);
}
