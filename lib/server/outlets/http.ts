/**
 * One request to a receiver, and what its answer means: taken, to be tried again, or refused. It follows
 * no redirect, as that would carry secrets elsewhere, reads little of an answer and not for long, and says
 * nothing that holds a secret. Pure: `fetch` and timers are given.
 */
import { DeliveryError, type HttpRequest, quoteSaid } from "./destination.ts";

/** What requests are made with. */
export interface HttpSurroundings {
  readonly request: (url: URL, init: RequestInit) => Promise<Response>;
  readonly wallMs: () => number;
  readonly schedule: (action: () => void, delayMs: number) => () => void;
}

/** Of why something is not taken so much is read, and for so long: the status tells enough. */
const [MAX_SAID_BYTES, SAID_MS] = [2_048, 2_000];
/** Besides those from 500 on. */
const RETRIED_STATUSES: readonly number[] = [408, 425, 429];

/** What is told may be the cause, or one notice of it. */
const CONTENT_STATUSES: readonly number[] = [400, 413, 422];

/** What can be made of the text of a failure, which may hold the URL. */
const STATES: readonly (readonly [pattern: RegExp, state: string])[] = [
  [/requires net access|NotCapable/i, "it needs the flag --allow-net"],
  [/are blocked/i, "its port is not one for HTTP"],
  [/dns error|failed to lookup|name or service not known/i, "its name cannot be resolved"],
  [/connection refused/i, "connection refused"],
  [/certificate|UnknownIssuer|NotValidForName/i, "its TLS certificate is not valid or not trusted"],
  [/tls|handshake|InvalidContentType/i, "no TLS connection"],
  [/unreachable/i, "network unreachable"],
  [/timed? ?out/i, "no answer in time"],
  [/reset|closed|eof|broken pipe|incomplete/i, "connection closed without an answer"],
  [/invalid http|parse|http2|head is too large/i, "what answers does not speak HTTP"],
];

type Request = HttpRequest<string | Uint8Array<ArrayBuffer>>;

/** Makes what makes requests of which only matters whether they are taken. */
export function openHttp(surroundings: HttpSurroundings): (request: Request) => Promise<void> {
  return async (request) => {
    const { body } = await ask(surroundings, request);
    await body?.cancel().catch(() => {});
  };
}

/** Makes what makes requests, and reads their answers, of at most so many bytes. */
export function openReader(
  surroundings: HttpSurroundings,
  maxBytes: number,
): (request: Request) => Promise<string> {
  return async (request) => {
    const response = await ask(surroundings, request);
    const { text, isWhole } = await readStart(readerOf(response), maxBytes).catch((error) => {
      throw new DeliveryError(stateOf(error, request.url));
    });
    if (isWhole) return text;
    throw new DeliveryError(`its answer is longer than ${maxBytes} bytes`, { isFinal: true });
  };
}

/** One that was taken. @throws {DeliveryError} */
async function ask(
  { request, wallMs, schedule }: HttpSurroundings,
  { url, method, headers, body, secrets = [], signal }: Request,
): Promise<Response> {
  const init = {
    method,
    redirect: "manual",
    signal,
    ...headers && { headers },
    ...body && { body },
  };
  const response = await request(url, init as RequestInit).catch((error) => {
    throw error instanceof DeliveryError ? error : new DeliveryError(stateOf(error, url));
  });
  if (response.ok) return response;
  const reader = readerOf(response);
  const callOff = schedule(() => void end(reader), SAID_MS);
  const said = await readStart(reader, MAX_SAID_BYTES).then(({ text }) => text, () => "");
  callOff();
  throw errorOf(response, said, [...secrets, url.pathname, url.search], wallMs());
}

/** What a failure to reach an address comes to, in words without the address. */
export function stateOf(error: unknown, url: URL): string {
  if (error instanceof DOMException) return "no answer in time";
  const texts = [error, error instanceof Error ? error.cause : undefined].map(String);
  const text = texts.join(" ").replaceAll(url.href, "").replaceAll(url.host, "");
  return STATES.find(([pattern]) => pattern.test(text))?.[1] ?? "no connection";
}

type Reader = ReadableStreamDefaultReader<Uint8Array> | undefined;

function readerOf({ body }: Response): Reader {
  return body?.getReader();
}

/** Reads no more of an answer: who waits for more of it is told that this is all. */
async function end(reader: Reader): Promise<void> {
  await reader?.cancel().catch(() => {});
}

/** As much of an answer as is wanted, as text, and whether that is all of it. */
async function readStart(reader: Reader, maxBytes: number) {
  const decoder = new TextDecoder();
  const texts: string[] = [];
  let length = 0;
  while (length <= maxBytes) {
    const { value, done = true } = await reader?.read() ?? {};
    if (done) break;
    texts.push(decoder.decode(value, { stream: true }));
    length += value!.length;
  }
  await end(reader);
  return { text: texts.join(""), isWhole: length <= maxBytes };
}

function errorOf(
  { status, headers }: Response,
  said: string,
  secrets: readonly string[],
  wallMs: number,
): DeliveryError {
  if (status >= 300 && status < 400) {
    const state = "it redirects; give the address that it redirects to";
    return new DeliveryError(`HTTP ${status}: ${state}`, { isFinal: true });
  }
  // Chat services say it in their answers, and not all in the header.
  const asked = headers.get("retry-after") ?? secondsIn(said);
  return new DeliveryError(`HTTP ${status}${quoteSaid(said, secrets)}`, {
    isFinal: status < 500 && !RETRIED_STATUSES.includes(status),
    isOfContent: CONTENT_STATUSES.includes(status),
    retryAfterMs: readRetryAfter(asked, wallMs),
  });
}

/** The seconds to wait that an answer has within it. */
function secondsIn(said: string): string | null {
  const [, unit, number] = /"retry_after(_ms)?":\s*([\d.]+)/.exec(said) ?? [];
  if (number === undefined) return null;
  return unit === undefined ? number : String(Number(number) / 1_000);
}

/** How long a header Retry-After asks to wait, in milliseconds: it has seconds or a date; 0 where it has neither. */
export function readRetryAfter(text: string | null, wallMs: number): number {
  const value = text?.trim() ?? "";
  // Fractions are no standard, and sent by some.
  if (/^\d{1,15}(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1_000);
  const untilMs = /^[A-Z][a-z]{2}/.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(untilMs) ? 0 : Math.max(0, untilMs - wallMs);
}
