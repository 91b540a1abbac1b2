/**
 * One request in, one answer out: the guard and the limits first, then the path. Pure: the fleet,
 * the clock and the settings are given, and nothing of the fleet is changed.
 */
import type { Address } from "../../common/address.ts";
import { alertsAnswer, mutesAnswer, testAnswer } from "./api/alerts.ts";
import { fleetAnswer, forgetAnswer, hostAnswer, replayAnswer } from "./api/api.ts";
import { pastAnswer } from "./api/compare.ts";
import { ASSETS, shellFor, VERSION } from "./assets.ts";
import { Pace, streamText } from "./stream/chunks.ts";
import type { WebContext } from "./api/context.ts";
import { readEventId } from "./stream/client.ts";
import { Hub } from "./stream/hub.ts";
import {
  askForToken,
  checkLength,
  COMMAND_PATHS,
  guard,
  guardCommand,
  type GuardSettings,
  isForPeople,
  MAX_REQUESTS,
  MAX_SCRAPES,
  MAX_STREAMS,
  PUBLIC_PATHS,
  SAFETY_HEADERS,
  Semaphore,
  TokenError,
  withoutBase,
} from "./guard.ts";
import type { RequestHandler } from "./http/connection.ts";
import { checkMethod, COMMANDS, namesOf } from "./http/request.ts";
import type { StatusChoice } from "../page_options.ts";
import { StatusPages } from "./status_page.ts";
import {
  type Asset,
  CSV_TYPE,
  events,
  file,
  HttpError,
  json,
  JSON_TYPE,
  moved,
  stream,
  text,
} from "./http/response.ts";
import { waysAnswer } from "./api/ways.ts";
import { checkNames, readWindowQuery, WINDOW_PARAMETERS } from "./api/params.ts";
import { expose, EXPOSITION_TYPES } from "./prometheus/exposition.ts";
import { stateOf } from "./prometheus/server_families.ts";

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

/** Makes the handler of one server. */
export function createHandler(context: WebContext, settings: HandlerSettings): WebHandler {
  return new Handler(context, settings);
}

/** One request: the names in its path, and its query parameters. */
interface Call {
  readonly request: Request;
  readonly names: readonly string[];
  readonly params: URLSearchParams;
}

/** A path as names, and what answers it. */
interface Route {
  readonly pattern: readonly string[];
  readonly answer: (call: Call) => Response | Promise<Response>;
}

/** What a person opens: all of it is one file. */
const PAGES = /^\/(compare|grid|ways|hosts\/[^/]*)?$/;

class Handler implements WebHandler {
  readonly #context: WebContext;
  readonly #settings: HandlerSettings;
  readonly #base: string;
  readonly #shell: Asset;
  readonly #status: StatusPages;
  readonly #hub: Hub;
  readonly #pace: Pace;
  readonly #requests = new Semaphore(MAX_REQUESTS, 503, "requests");
  readonly #scrapes = new Semaphore(MAX_SCRAPES, 503, "scrapes");
  readonly #streams = new Semaphore(MAX_STREAMS, 429, "streams");

  /** What answers each path; `*` stands for any name but an empty one. */
  readonly #routes: readonly Route[] = Object.entries<Route["answer"]>({
    "/assets/*": ({ request, names: [, name] }) => file(request, assetAt(name!)),
    // A page from before an update asks for another version, and gets this one.
    "/assets/*/*": ({ request, names: [, version, name] }) =>
      file(request, assetAt(name!), version === VERSION),
    "/healthz": () => json({ status: "ok" }),
    "/metrics": (call) => this.#metrics(call),
    "/api/alerts": ({ params }) => json(alertsAnswer(this.#context, params)),
    "/api/alerts/test": async (call) => json(await testAnswer(this.#context, call)),
    "/api/mute": (call) => json(mutesAnswer(this.#context, call)),
    "/api/mutes": (call) => json(mutesAnswer(this.#context, call)),
    "/api/fleet": (call) => this.#fleet(call),
    "/api/forget": async ({ request: { method }, params }) =>
      json(await forgetAnswer(this.#context, params, method)),
    "/api/history": (call) => this.#history(call, null),
    "/api/stream": (call) => this.#stream(call),
    "/api/replay": ({ request, params }) =>
      json(replayAnswer(this.#context, params, request.method === "POST")),
    "/api/ways": async ({ params }) =>
      json(await this.#within(() => waysAnswer(this.#context, params))),
    "/api/hosts/*": ({ names: [, , id], params }) => json(hostAnswer(this.#context, id!, params)),
    "/api/hosts/*/history": (call) => this.#history(call, call.names[2]!),
  }).map(([path, answer]) => ({ pattern: namesOf(path), answer }));

  constructor(context: WebContext, settings: HandlerSettings) {
    this.#context = context;
    this.#settings = settings;
    this.#base = settings.base ?? "/";
    this.#shell = shellFor(this.#base, settings.listening ?? [], context.store !== null);
    this.#status = new StatusPages(context, settings.status ?? [], this.#base);
    this.#hub = new Hub(context);
    this.#pace = new Pace(context);
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
    this.#context.onFault(error);
    return withSafety(json({ error: "Cannot answer: internal error" }, 500));
  }

  close(): void {
    this.#hub.close();
  }

  async #answer(request: Request): Promise<Response> {
    const url = URL.parse(request.url);
    // It is made from the Host header, which may be malformed.
    if (url === null) throw new HttpError(400, "Cannot answer: the Host header is malformed");
    checkLength(url);
    const path = withoutBase(url.pathname, this.#base);
    checkMethod(request.method, COMMAND_PATHS[path ?? ""]);
    if (COMMANDS.includes(request.method)) guardCommand(request.headers);
    if (path === null) return moved(this.#base + url.search);
    if (this.#status.has(path)) return file(request, await this.#status.at(path));
    const redirect = PUBLIC_PATHS.has(path) ? null : this.#guard(request, url, path);
    if (redirect !== null) return redirect;
    const names = namesOf(path);
    if (PAGES.test(path)) return file(request, this.#shell);
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

  async #fleet({ params }: Call): Promise<Response> {
    const release = this.#requests.acquire();
    try {
      const texts = await fleetAnswer(this.#context, params);
      return stream(streamText(texts, this.#context, release), JSON_TYPE);
    } catch (error) {
      release();
      throw error;
    }
  }

  async #history({ request, params }: Call, id: string | null): Promise<Response> {
    const isCsv = request.headers.get("accept")?.includes("text/csv") ?? false;
    const answer = await this.#within(() => pastAnswer(this.#context, id, params, isCsv));
    return typeof answer === "string" ? text(answer, CSV_TYPE) : json(answer);
  }

  async #within<T>(answer: () => Promise<T>): Promise<T> {
    const release = this.#requests.acquire();
    return await answer().finally(release);
  }

  #metrics({ request: { headers }, params }: Call): Response {
    checkNames(params, []);
    const isOpen = headers.get("accept")?.includes("application/openmetrics-text") ?? false;
    const format = isOpen ? "openmetrics" : "text";
    const { fleet, nowMs } = this.#context;
    const release = this.#scrapes.acquire();
    const texts = this.#pace.count(expose(fleet, nowMs(), format, stateOf(this.#context)));
    const context = { ...this.#context, pause: () => this.#pace.pause() };
    return stream(streamText(texts, context, release), EXPOSITION_TYPES[format]);
  }

  #stream({ request: { headers, method }, params }: Call): Response {
    checkNames(params, ["host", "since", ...WINDOW_PARAMETERS]);
    const isPart = WINDOW_PARAMETERS.some((name) => params.has(name));
    const query = isPart ? readWindowQuery(params) : null;
    if (method === "HEAD") return events(null);
    const release = this.#streams.acquire();
    if (query !== null) return events(this.#hub.openWindow(query, release));
    const host = params.get("host");
    if (host !== null) return events(this.#hub.openHost(host, release));
    const since = readEventId(this.#context, headers.get("last-event-id") ?? params.get("since"));
    return events(this.#hub.openFleet(since, release));
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
