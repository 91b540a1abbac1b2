/**
 * Access control: the token, which people are asked for by a page and programs in JSON; the names that the
 * server answers to; and limits of concurrent requests. Pure.
 */
import { COMMANDS } from "./http/request.ts";
import { escapeHtml } from "../../common/text.js";
import { HttpError } from "./http/response.ts";
import page from "./page/login.html" with { type: "text" };

/** Whom the server answers. */
export interface GuardSettings {
  /** The token that clients must present; `null` where none is required. */
  readonly token: string | null;
  /** Names that the server answers to besides those of loopback and IP addresses. */
  readonly hostNames: readonly string[];
  /** What its paths begin with in a browser, such as `/pulso/` behind a proxy; `/` where nothing is said. */
  readonly base?: string;
}

/** On every answer. The page draws its icon itself; `default-src` is no fallback for the last three directives. */
export const SAFETY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** A request without the token: `outdated` where it brings one from before, as a browser does that keeps it. */
export class TokenError extends HttpError {
  override readonly name = "TokenError";
  readonly state: "missing" | "wrong" | "outdated";

  constructor(state: TokenError["state"], headers: Readonly<Record<string, string>>) {
    const need = state === "missing" ? "token required" : "wrong token";
    super(
      401,
      `Cannot answer: ${need}; use the URL that the server logged when it started`,
      headers,
    );
    this.state = state;
  }
}

/** A name, an IPv4 address, or an IPv6 one in brackets; and a port. */
const HOST = /^(\[[0-9a-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i;
const IP_ADDRESS = /^(\[.*\]|\d{1,3}(\.\d{1,3}){3})$/;
const LOOPBACK_NAME = /^(.+\.)?localhost$/;

const encoder = new TextEncoder();

/**
 * Lets a read request pass, or answers it with a redirect that removes the token from the URL. Origin is not
 * used: a proxy that rewrites Host makes the two differ, and a request whose answer a foreign page cannot
 * read changes nothing.
 *
 * @param path of the URL, without the base.
 * @throws {HttpError} 400 for a bad Host, 403 for a foreign Host or page, 401 without the token.
 */
export function guard(
  request: Request,
  url: URL,
  path: string,
  settings: GuardSettings,
): Response | null {
  const { token, hostNames, base = "/" } = settings;
  checkSite(request.headers);
  if (token === null) {
    checkHost(request.headers.get("host") ?? url.host, hostNames);
    return null;
  }
  const given = url.searchParams.get("token");
  if (given !== null && isEqual(given, token)) return redirect(request, url, path, base, token);
  checkToken(request.headers, token, given !== null);
  return null;
}

/** The path as it is without a proxy, which may take the base off or leave it; `null` where its last slash is missing. */
export function withoutBase(path: string, base: string): string | null {
  if (path.startsWith(base)) return path.slice(base.length - 1);
  return `${path}/` === base ? null : path;
}

/** Against DNS rebinding: a foreign page may point a name of its own at this address. */
function checkHost(host: string, names: readonly string[]): void {
  const name = HOST.exec(host)?.[1]?.toLowerCase().replace(/\.$/, "");
  if (name === undefined) throw new HttpError(400, "Cannot answer: the Host header is malformed");
  if (IP_ADDRESS.test(name) || LOOPBACK_NAME.test(name) || names.includes(name)) return;
  throw new HttpError(403, "Cannot answer: unknown Host; name it with --web-host");
}

/** Refuses what a foreign page embeds or fetches. A link is fine. */
function checkSite(headers: Headers): void {
  const site = headers.get("sec-fetch-site") ?? "none";
  const isOwn = site === "none" || site === "same-origin";
  if (isOwn || headers.get("sec-fetch-mode") === "navigate") return;
  throw new HttpError(403, "Cannot answer: the request comes from a page of another origin");
}

function checkToken(headers: Headers, token: string, isInUrl: boolean): void {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  const given = bearer ?? cookieOf(headers);
  if (given !== null && isEqual(given, token)) return;
  // A link from elsewhere brings no SameSite=Strict cookie along; loading the page again from here does.
  const isLink = headers.get("sec-fetch-site") === "cross-site" &&
    headers.get("sec-fetch-mode") === "navigate";
  throw new TokenError(
    isInUrl ? "wrong" : given !== null ? "outdated" : "missing",
    { "www-authenticate": 'Bearer realm="pulso"', ...(isLink && { refresh: "0" }) },
  );
}

function cookieOf(headers: Headers): string | null {
  const begin = `${cookieName(headers)}=`;
  const cookie = headers.get("cookie")?.split(/; */).find((text) => text.startsWith(begin));
  try {
    return cookie === undefined ? null : decodeURIComponent(cookie.slice(begin.length));
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

/** A browser keeps one cookie of a name for all ports of a host, where several servers may be. */
const cookieName = (headers: Headers) =>
  `pulso_token${/:\d+$/.exec(headers.get("host") ?? "")?.[0].replace(":", "_") ?? ""}`;

function redirect({ headers }: Request, url: URL, path: string, base: string, token: string) {
  const target = new URL(url);
  target.searchParams.delete("token");
  // Never two slashes first: that would be another host.
  const location = base + path.replace(/^\/+/, "") + target.search;
  const value = `${encodeURIComponent(token)}; Path=${base}; HttpOnly; SameSite=Strict`;
  const cookie = { "set-cookie": `${cookieName(headers)}=${value}` };
  return new Response(null, {
    status: 303,
    headers: { location, ...cookie, "cache-control": "no-store" },
  });
}

/** Compares in constant time: it depends on the length of `given` alone. */
function isEqual(given: string, secret: string): boolean {
  const a = encoder.encode(given);
  const b = encoder.encode(secret);
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at++) difference |= a[at]! ^ b[at % b.length]!;
  return difference === 0;
}

/** Maximum of long answers under way at once, streams of events apart. */
export const MAX_REQUESTS = 64;
/** Maximum number of scrapes of /metrics at once; each holds some 30 MiB for 100,000 hosts. */
export const MAX_SCRAPES = 4;
/** Maximum of streams of events open at once. */
export const MAX_STREAMS = 64;
/** Maximum length of a path with its query, in characters. */
export const MAX_URL_LENGTH = 4_096;

/** Limits how many of a kind there are at once. */
export class Semaphore {
  readonly #limit: number;
  readonly #status: number;
  readonly #what: string;
  #taken = 0;

  /** At the limit, the next is refused with `status`; `what` names them. */
  constructor(limit: number, status: number, what: string) {
    this.#limit = limit;
    this.#status = status;
    this.#what = what;
  }

  /** Acquires one; what is returned releases it, once. @throws {HttpError} at the limit. */
  acquire(): () => void {
    if (this.#taken >= this.#limit) {
      const state = `too many ${this.#what} (limit ${this.#limit}); try again in a moment`;
      throw new HttpError(this.#status, `Cannot answer: ${state}`, { "retry-after": "1" });
    }
    this.#taken++;
    let isTaken = true;
    return () => {
      if (isTaken) this.#taken--;
      isTaken = false;
    };
  }
}

/** Refuses a URL that is too long. @throws {HttpError} 414. */
export function checkLength({ pathname, search }: URL): void {
  if (pathname.length + search.length <= MAX_URL_LENGTH) return;
  throw new HttpError(414, `Cannot read the URL: longer than ${MAX_URL_LENGTH} characters`);
}

/** What it loads, which needs no token. */
export const LOGIN_ASSETS: ReadonlySet<string> = new Set([
  ...["base.css", "icon.svg", "login.css", "login.js", "theme.js"].map((name) => `/assets/${name}`),
]);
/** What is answered without a token. */
export const PUBLIC_PATHS: ReadonlySet<string> = LOGIN_ASSETS.union(
  new Set(["/assets/status.css", "/healthz"]),
);
/** What takes commands, and which. */
export const COMMAND_PATHS: Readonly<Record<string, readonly string[]>> = {
  ...{ "/api/replay": ["POST"], "/api/alerts/test": ["POST"], "/api/mute": COMMANDS },
  "/api/forget": ["POST"],
};

/** Paths for programs; people open all others. */
const API_PATH = /^\/(api|assets|metrics)(\/|$)/;

const PROBLEMS: Readonly<Record<TokenError["state"], string>> = {
  missing: "",
  wrong: "That is not the token.",
  outdated: "The server was restarted with another token than the one this browser keeps.",
};

/** Whether a browser asks for a path to show it: it then asks for HTML, and nothing else does. */
export function isForPeople(path: string, headers: Headers): boolean {
  return !API_PATH.test(path) && (headers.get("accept") ?? "").includes("text/html");
}

/** The page, below `base`; `params` are those of the URL, of which all others are kept. */
export function askForToken(
  { state, status, headers }: TokenError,
  base: string,
  params: URLSearchParams,
): Response {
  const kept = Array.from(params).filter(([name]) => name !== "token").map(hiddenField);
  const text = page.replaceAll('="/', `="${base}`).replace("PROBLEM", PROBLEMS[state])
    .replace("<!-- KEPT -->", () => kept.join(""));
  const own = { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" };
  return new Response(text, { status, headers: { ...own, ...headers } });
}

function hiddenField([name, value]: readonly [string, string]): string {
  return `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`;
}
