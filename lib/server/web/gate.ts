/**
 * One request in, one answer out: the guard and the limits first, then the path. What is behind the paths of
 * an API is given: a fleet of its own, or those of others. Pure.
 */
import type { Address } from "../../common/address.ts";
import { ASSETS, shellFor, VERSION } from "./assets.ts";
import {
  askForToken,
  checkLength,
  COMMAND_PATHS,
  guard,
  type GuardSettings,
  isForPeople,
  PUBLIC_PATHS,
  SAFETY_HEADERS,
  TokenError,
  withoutBase,
} from "./guard.ts";
import type { RequestHandler } from "./http/connection.ts";
import { checkMethod, COMMANDS, namesOf } from "./http/request.ts";
import type { StatusChoice } from "../page_options.ts";
import { type Asset, file, HttpError, json, moved } from "./http/response.ts";

/** What a server knows of itself. */
export interface HandlerSettings extends GuardSettings {
  /** Where it listens for agents, as the page tells those who have none yet. */
  readonly listening?: readonly Address[];
  /** The status pages that people see without the token. */
  readonly status?: readonly StatusChoice[];
}

/** Answers requests until it is closed. */
export interface WebHandler extends RequestHandler {
  /** Ends every stream, and says so to those who listen. */
  close(): void;
}

/** One request: the names in its path, and its query parameters. */
export interface Call {
  readonly request: Request;
  readonly names: readonly string[];
  readonly params: URLSearchParams;
}

/** What answers a path. */
export type Answer = (call: Call) => Response | Promise<Response>;

/** What is behind the paths of a server. */
export interface Api {
  /** What answers each; `*` stands for any name but an empty one. */
  readonly paths: Readonly<Record<string, Answer>>;
  /** Whether a past is kept on disk. */
  isKept(): boolean | Promise<boolean>;
  /** The status page of a path; `null` where there is none. */
  status(path: string): Promise<Asset> | null;
  /** Told of a fault of ours, which the client is not told. */
  readonly onFault: (error: unknown) => void;
  /** Ends every stream, and says so to those who listen. */
  close(): void;
}

/** A path as names, and what answers it. */
interface Route {
  readonly pattern: readonly string[];
  readonly answer: Answer;
}

/** What a person opens: all of it is one file. */
const PAGES = /^\/(compare|grid|ways|hosts\/[^/]*)?$/;

/** The same for every server. */
const OWN_PATHS: Api["paths"] = {
  "/assets/*": ({ request, names: [, name] }) => file(request, assetAt(name!)),
  // A page from before an update asks for another version, and gets this one.
  "/assets/*/*": ({ request, names: [, version, name] }) =>
    file(request, assetAt(name!), version === VERSION),
  "/healthz": () => json({ status: "ok" }),
};

/** Answers requests, as an API does behind a guard. */
export class Gate implements WebHandler {
  readonly #api: Api;
  readonly #settings: HandlerSettings;
  readonly #base: string;
  /** The page where a past is kept, and where none is. */
  readonly #shells: readonly [kept: Asset, unkept: Asset];
  readonly #routes: readonly Route[];

  constructor(api: Api, settings: HandlerSettings) {
    this.#api = api;
    this.#settings = settings;
    this.#base = settings.base ?? "/";
    const shell = (isKept: boolean) => shellFor(this.#base, settings.listening ?? [], isKept);
    this.#shells = [shell(true), shell(false)];
    this.#routes = Object.entries({ ...OWN_PATHS, ...api.paths })
      .map(([path, answer]) => ({ pattern: namesOf(path), answer }));
  }

  async handle(request: Request): Promise<Response> {
    const response = await this.#answer(request).then(
      withSafety,
      (error) => this.answerError(error),
    );
    if (request.method !== "HEAD" || response.body === null) return response;
    await response.body.cancel();
    return new Response(null, response);
  }

  answerError(error: unknown): Response {
    if (error instanceof HttpError) {
      return withSafety(json({ error: error.message }, error.status, error.headers));
    }
    this.#api.onFault(error);
    return withSafety(json({ error: "Cannot answer: internal error" }, 500));
  }

  close(): void {
    this.#api.close();
  }

  async #answer(request: Request): Promise<Response> {
    const url = URL.parse(request.url);
    // It is made from the Host header, which may be malformed.
    if (url === null) throw new HttpError(400, "Cannot answer: the Host header is malformed");
    checkLength(url);
    const path = withoutBase(url.pathname, this.#base);
    checkMethod(request.method, COMMAND_PATHS[path ?? ""]);
    if (COMMANDS.includes(request.method)) guardCommand(request.headers, this.#settings.hostNames);
    if (path === null) return moved(this.#base + url.search);
    const status = this.#api.status(path);
    if (status !== null) return file(request, await status);
    const redirect = PUBLIC_PATHS.has(path) ? null : this.#guard(request, url, path);
    if (redirect !== null) return redirect;
    const names = namesOf(path);
    if (PAGES.test(path)) return file(request, this.#shells[await this.#api.isKept() ? 0 : 1]);
    const route = this.#routes.find(({ pattern }) => matches(pattern, names));
    if (route === undefined) throw notFound();
    return await route.answer({ request, names, params: url.searchParams });
  }

  #guard(request: Request, url: URL, path: string): Response | null {
    try {
      return guard(request, url, path, this.#settings);
    } catch (error) {
      if (!(error instanceof TokenError) || !isForPeople(path, request.headers)) throw error;
      return askForToken(error, this.#base, url.searchParams);
    }
  }
}

function withSafety(response: Response): Response {
  for (const [name, value] of Object.entries(SAFETY_HEADERS)) response.headers.set(name, value);
  return response;
}

function matches(pattern: readonly string[], names: readonly string[]): boolean {
  return pattern.length === names.length &&
    pattern.every((name, at) => name === "*" ? names[at] !== "" : name === names[at]);
}

/** One of the page's files. @throws {HttpError} 404. */
function assetAt(name: string): Asset {
  const known = ASSETS.get(name);
  if (known === undefined) throw notFound();
  return known;
}

function notFound(): HttpError {
  return new HttpError(404, "Cannot find this path: docs/API.md lists them");
}

/**
 * Lets commands of our own page and of programs pass: a foreign page cannot send the header without a CORS
 * preflight, which is not granted, and says where it comes from. Where a browser does not tell whether that
 * is here, which it does only over TLS and on this machine, its Origin has to be.
 *
 * @throws {HttpError} 403.
 */
function guardCommand(headers: Headers, hostNames: readonly string[]): void {
  const site = headers.get("sec-fetch-site") ?? "none";
  if (!headers.has("x-requested-with") || site !== "none" && site !== "same-origin") {
    throw new HttpError(403, "Cannot run the command: it needs the header X-Requested-With");
  }
  const origin = headers.get("origin");
  if (origin === null || site === "same-origin") return;
  const { host = "", hostname = "" } = URL.parse(origin) ?? {};
  const here = [headers.get("host"), headers.get("x-forwarded-host")];
  if (here.includes(host) || hostNames.includes(hostname)) return;
  throw new HttpError(
    403,
    "Cannot run the command: it comes from a page of another host; a proxy is to pass on Host, or name " +
      "its host with --web-host",
  );
}
