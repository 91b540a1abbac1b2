/**
 * The page that asks for the token, in place of the one that a browser asked for without it. Pure;
 * programs are told the same in JSON, elsewhere.
 */
import type { TokenError } from "./guard.ts";
import page from "./page/login.html" with { type: "text" };

/** What it loads; nobody is asked for a token for these. */
export const LOGIN_ASSETS: ReadonlySet<string> = new Set([
  ...["base.css", "icon.svg", "login.css", "login.js"].map((name) => `/assets/${name}`),
]);

/** What programs ask for; all else a person opens. */
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

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
