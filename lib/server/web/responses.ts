/**
 * The kinds of responses, each with the headers that belong to it: JSON, a long answer, events, one of
 * the page's files, another place. Pure.
 */

/** One of the page's files. */
export interface Asset {
  readonly text: string;
  readonly type: string;
  /** Changes when the text does. */
  readonly etag: string;
}

/** The type of every answer of the API. */
export const JSON_TYPE = "application/json; charset=utf-8";

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

/** What is made while it is sent. `no-transform`: compressing a long answer would hold up the receiver. */
export function stream(body: Body, type: string, more: MoreHeaders = {}): Response {
  const own = { "content-type": type, "cache-control": "no-store, no-transform" };
  return new Response(body, { headers: { ...own, ...more } });
}

/** Each event goes out at once: nginx would keep them back until it has some kilobytes of them. */
export function events(body: Body): Response {
  return stream(body, "text/event-stream; charset=utf-8", { "x-accel-buffering": "no" });
}

/** A file of the page, or that the client has it already; one that stays what it is, is asked for once. */
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

/** That what was asked for is elsewhere. */
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
