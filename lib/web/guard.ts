/**
 * Who is answered: the Host, the Origin and the token of a request are checked before anything
 * else, and every answer carries the headers that keep a browser from doing more with it. Pure.
 */
import { Refusal } from "./context.ts";

/** Whom the server answers. */
export interface GuardSettings {
  /** What a client must know; `null`: nothing. */
  readonly token: string | null;
  /** Names that the server answers to besides those of loopback and IP addresses. */
  readonly hostNames: readonly string[];
}

/** On every answer. `default-src` does not stand in for the last three of the policy. */
export const SAFETY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

const COOKIE = "pulso_token";
/** A name, an IPv4 address, or an IPv6 one in brackets; and a port. */
const HOST = /^(\[[0-9a-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i;
const IP_ADDRESS = /^(\[.*\]|\d{1,3}(\.\d{1,3}){3})$/;
const LOOPBACK_NAME = /^(.+\.)?localhost$/;

const encoder = new TextEncoder();

/**
 * Lets a request pass, or answers it: with a redirect that takes the token out of the URL.
 *
 * @throws {Refusal} 400 for a bad Host, 403 for a foreign Host or Origin, 401 without the token.
 */
export function guard(request: Request, url: URL, settings: GuardSettings): Response | null {
  const host = request.headers.get("host") ?? url.host;
  checkOrigin(request.headers, host);
  if (settings.token === null) {
    checkHost(host, settings.hostNames);
    return null;
  }
  const given = url.searchParams.get("token");
  if (given !== null && isEqual(given, settings.token)) return redirect(url, settings.token);
  checkToken(request.headers, settings.token);
  return null;
}

/** A page of elsewhere may point a name of its own at this address (DNS rebinding); we do not go by that name. */
function checkHost(host: string, names: readonly string[]): void {
  const name = HOST.exec(host)?.[1]?.toLowerCase().replace(/\.$/, "");
  if (name === undefined) throw new Refusal(400, "Cannot answer: the Host header is malformed");
  if (IP_ADDRESS.test(name) || LOOPBACK_NAME.test(name) || names.includes(name)) return;
  throw new Refusal(403, "Cannot answer: unknown Host; name it with --web-host");
}

function checkOrigin(headers: Headers, host: string): void {
  const origin = headers.get("origin");
  const isForeign = origin !== null && !/^https?:\/\//.test(origin) ||
    origin !== null && origin.replace(/^https?:\/\//, "") !== host;
  // What a page of elsewhere embeds or fetches without an Origin says so here. A link is fine.
  const site = headers.get("sec-fetch-site") ?? "none";
  const isEmbedded = site !== "none" && site !== "same-origin" &&
    headers.get("sec-fetch-mode") !== "navigate";
  if (isForeign || isEmbedded) {
    throw new Refusal(403, "Cannot answer: the request comes from a page of another origin");
  }
}

function checkToken(headers: Headers, token: string): void {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  const given = bearer ?? cookieOf(headers);
  if (given !== null && isEqual(given, token)) return;
  // A link from elsewhere brings no SameSite=Strict cookie along; loading the page again from here does.
  const isLink = headers.get("sec-fetch-site") === "cross-site" &&
    headers.get("sec-fetch-mode") === "navigate";
  throw new Refusal(
    401,
    "Cannot answer: a token is needed, as in the URL that the server logged when it started",
    { "www-authenticate": 'Bearer realm="pulso"', ...(isLink && { refresh: "0" }) },
  );
}

function cookieOf(headers: Headers): string | null {
  const cookies = (headers.get("cookie") ?? "").split(/; */);
  const cookie = cookies.find((text) => text.startsWith(`${COOKIE}=`));
  if (cookie === undefined) return null;
  try {
    return decodeURIComponent(cookie.slice(COOKIE.length + 1));
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

function redirect(url: URL, token: string): Response {
  const target = new URL(url);
  target.searchParams.delete("token");
  // Never two slashes first: that would be another host.
  const location = target.pathname.replace(/^\/+/, "/") + target.search;
  const cookie = `${COOKIE}=${encodeURIComponent(token)}; Path=/; HttpOnly; SameSite=Strict`;
  return new Response(null, {
    status: 303,
    headers: { location, "set-cookie": cookie, "cache-control": "no-store" },
  });
}

/** Compares in a time that depends on the length of `given` alone. */
function isEqual(given: string, secret: string): boolean {
  const a = encoder.encode(given);
  const b = encoder.encode(secret);
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at++) difference |= a[at]! ^ b[at % b.length]!;
  return difference === 0;
}
