/**
 * Responses: their kinds, each with the headers that belong to it, the error that one answers, and how
 * they are written in HTTP/1.1, of which the end of a body is a part. Pure.
 */

/** A request that is not answered as it wishes, with the status that says so. */
export class HttpError extends Error {
  override readonly name: string = "HttpError";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** How the end of a body is known: there is none, its length is said, in chunks, or as the connection ends. */
export type Framing = "none" | "length" | "chunked" | "close";

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  303: "See Other",
  304: "Not Modified",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  414: "URI Too Long",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

/** The framing of a response for a client that knows chunks or does not. */
export function framingOf({ body, headers }: Response, isHttp11: boolean): Framing {
  if (body === null) return "none";
  if (headers.has("content-length")) return "length";
  return isHttp11 ? "chunked" : "close";
}

/** The head of a response, its empty line included. */
export function writeHead(
  { status, headers }: Response,
  { framing, keepsAlive, shownMs }: { framing: Framing; keepsAlive: boolean; shownMs: number },
): string {
  const lines = [`HTTP/1.1 ${status} ${REASONS[status] ?? ""}`];
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  lines.push(`date: ${new Date(shownMs).toUTCString()}`);
  if (framing === "chunked") lines.push("transfer-encoding: chunked");
  if (!keepsAlive) lines.push("connection: close");
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** One of the page's files. */
export interface Asset {
  readonly text: string;
  readonly type: string;
  /** Changes when the text does. */
  readonly etag: string;
}

/** The type of every answer of the API. */
export const JSON_TYPE = "application/json; charset=utf-8";

/** The type of a table of the past. */
export const CSV_TYPE = "text/csv; charset=utf-8";

/** Whether a client takes CSV, and takes JSON no more gladly (RFC 9110, section 12.5.1); both only where they are named. */
export function prefersCsv({ headers }: Request): boolean {
  const weights = new Map(
    (headers.get("accept") ?? "").toLowerCase().split(",").map((range) => {
      const [type, ...parameters] = range.split(";").map((part) => part.trim());
      const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2) ?? "1";
      return [type, Number(weight)];
    }),
  );
  const csv = weights.get("text/csv") ?? 0;
  return csv > 0 && csv >= (weights.get("application/json") ?? 0);
}

type MoreHeaders = Readonly<Record<string, string>>;
type Bytes = Uint8Array<ArrayBuffer>;
type Body = ReadableStream<Bytes> | null;

const encoder = new TextEncoder();
/** Files as they are sent to who takes gzip, made when first asked for. */
const compressed = new WeakMap<Asset, Promise<Bytes>>();

/** Some data. */
export function json(data: unknown, status = 200, headers: MoreHeaders = {}): Response {
  const own = { "content-type": JSON_TYPE, "cache-control": "no-store, no-transform" };
  return whole(encoder.encode(JSON.stringify(data)), { ...own, ...headers }, status);
}

/** Some text of a type. */
export function text(body: string, type: string): Response {
  return whole(encoder.encode(body), { "content-type": type, "cache-control": "no-store" });
}

/** What is made while it is sent. `no-transform`: compressing a long answer would hold up the receiver. */
export function stream(body: Body, type: string, more: MoreHeaders = {}): Response {
  const own = { "content-type": type, "cache-control": "no-store, no-transform" };
  return new Response(body, { headers: { ...own, ...more } });
}

/** Each event goes out at once: the header keeps nginx from buffering some kilobytes of them. */
export function events(body: Body): Response {
  return stream(body, "text/event-stream; charset=utf-8", { "x-accel-buffering": "no" });
}

/** A file of the page, or 304 where the client has it; an immutable one is cached for ever. */
export async function file(
  { headers }: Request,
  asset: Asset,
  isForEver = false,
): Promise<Response> {
  const known = (headers.get("if-none-match") ?? "").split(/, */).map((tag) =>
    tag.replace(/^W\//, "")
  );
  const cache = isForEver ? "max-age=31536000, immutable" : "no-cache";
  const own = { "cache-control": cache, etag: asset.etag, vary: "accept-encoding" };
  if (known.includes(asset.etag)) return new Response(null, { status: 304, headers: own });
  const typed = { ...own, "content-type": asset.type };
  if (!takesGzip(headers)) return whole(encoder.encode(asset.text), typed);
  const etag = `W/${asset.etag}`;
  return whole(await gzip(asset), { ...typed, etag, "content-encoding": "gzip" });
}

/** A permanent redirect. */
export function moved(location: string): Response {
  return new Response(null, { status: 308, headers: { location, "cache-control": "no-store" } });
}

/** A body that is there as a whole, and so has a length. */
function whole(body: Bytes, headers: MoreHeaders, status = 200): Response {
  return new Response(body, {
    status,
    headers: { ...headers, "content-length": `${body.length}` },
  });
}

function takesGzip(headers: Headers): boolean {
  return /\bgzip\b(?! *; *q=0(\.0*)?\s*(,|$))/i.test(headers.get("accept-encoding") ?? "");
}

function gzip(asset: Asset): Promise<Bytes> {
  const made = compressed.get(asset) ?? compress(asset.text);
  compressed.set(asset, made);
  return made;
}

async function compress(text: string): Promise<Bytes> {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return await new Response(packed).bytes();
}
