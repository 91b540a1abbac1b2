/**
 * Responses on the wire: the error that one answers, the head of an HTTP/1.1 response, and how its
 * body is told from what follows. Pure.
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
