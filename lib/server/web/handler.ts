/**
 * One request in, one answer out: the guard and the limits first, then the path. Pure: the fleet,
 * the clock and the settings are given, and nothing of the fleet is changed.
 */
import type { Address } from "../../common/format.ts";
import { fleetAnswer, historyAnswer, hostAnswer } from "./api/api.ts";
import { type Asset, ASSETS, shellFor, VERSION } from "./assets.ts";
import { streamText } from "./stream/chunks.ts";
import { Refusal, type WebContext } from "./api/context.ts";
import { readEventId } from "./stream/events.ts";
import { guard, type GuardSettings, SAFETY_HEADERS, TokenRefusal } from "./guard.ts";
import { Hub } from "./stream/hub.ts";
import {
  checkLength,
  checkMethod,
  MAX_REQUESTS,
  MAX_SCRAPES,
  MAX_STREAMS,
  Places,
} from "./limits.ts";
import { askForToken, isForPeople, LOGIN_ASSETS } from "./login.ts";
import { Pace } from "./stream/pace.ts";
import { checkNames, FLEET_PARAMETERS, HISTORY_PARAMETERS, readWindowQuery } from "./api/params.ts";
import { expose, EXPOSITION_TYPES } from "./prometheus/exposition.ts";
import { events, file, json, JSON_TYPE, moved, stream } from "./responses.ts";

/** What a server knows of itself. */
export interface HandlerSettings extends GuardSettings {
  /** Where it listens for agents, as the page tells those who have none yet. */
  readonly listening?: readonly Address[];
}

/** Answers requests until it is closed. */
export interface WebHandler {
  handle(request: Request): Promise<Response>;
  /** What is answered where there is no request that could be handled. */
  refuse(error: unknown): Response;
  /** Ends every stream, and says so to those who listen. */
  close(): void;
}

/** Makes the handler of one server. */
export function createHandler(context: WebContext, settings: HandlerSettings): WebHandler {
  return new Handler(context, settings);
}

class Handler implements WebHandler {
  readonly #context: WebContext;
  readonly #settings: HandlerSettings;
  readonly #base: string;
  readonly #shell: Asset;
  readonly #hub: Hub;
  readonly #pace: Pace;
  readonly #requests = new Places(MAX_REQUESTS, 503, "answers under way");
  readonly #scrapes = new Places(MAX_SCRAPES, 503, "scrapes under way");
  readonly #streams = new Places(MAX_STREAMS, 429, "streams open");

  constructor(context: WebContext, settings: HandlerSettings) {
    this.#context = context;
    this.#settings = settings;
    this.#base = settings.base ?? "/";
    this.#shell = shellFor(this.#base, settings.listening ?? []);
    this.#hub = new Hub(context);
    this.#pace = new Pace(context);
  }

  async handle(request: Request): Promise<Response> {
    const response = await this.#answer(request).then(withSafety, (error) => this.refuse(error));
    if (request.method !== "HEAD" || response.body === null) return response;
    await response.body.cancel();
    return new Response(null, response);
  }

  refuse(error: unknown): Response {
    if (error instanceof Refusal) {
      return withSafety(json({ error: error.message }, error.status, error.headers));
    }
    this.#context.onFault(error);
    return withSafety(json({ error: "Cannot answer: a fault inside this server" }, 500));
  }

  close(): void {
    this.#hub.close();
  }

  async #answer(request: Request): Promise<Response> {
    const url = URL.parse(request.url);
    // Made of the Host header, it is only as sound as that.
    if (url === null) throw new Refusal(400, "Cannot answer: the Host header is malformed");
    checkLength(url);
    const { searchParams } = url;
    checkMethod(request.method);
    const path = withoutBase(url.pathname, this.#base);
    if (path === null) return moved(this.#base + url.search);
    if (path === "/healthz") return json({ status: "ok" });
    const redirect = LOGIN_ASSETS.has(path) ? null : this.#guard(request, url, path);
    if (redirect !== null) return redirect;
    const [room, ...names] = segmentsOf(path);
    if (room === "api") return await this.#answerApi(request, names, searchParams);
    if (room === "metrics" && names.length === 0) return this.#metrics(request, searchParams);
    const isPage = names.length === (room === "hosts" ? 1 : 0) && ["", "hosts"].includes(room!);
    if (isPage) return await file(request, this.#shell);
    const asset = room === "assets" && names.length <= 2 ? ASSETS.get(names.at(-1)!) : undefined;
    // A page from before an update asks for another version, and gets this one.
    if (asset !== undefined) return await file(request, asset, names[0] === VERSION);
    throw notFound();
  }

  /** As the guard answers, in a form that suits who asks. */
  #guard(request: Request, url: URL, path: string): Response | null {
    try {
      return guard(request, url, path, this.#settings);
    } catch (error) {
      if (!(error instanceof TokenRefusal) || !isForPeople(path, request.headers)) throw error;
      return askForToken(error, this.#base, url.searchParams);
    }
  }

  async #answerApi(request: Request, names: readonly string[], params: URLSearchParams) {
    const [what, id, part] = names;
    const context = this.#context;
    if (what === "fleet" && names.length === 1) return await this.#fleet(params);
    if (what === "history" && names.length === 1) return this.#history(params);
    if (what === "stream" && names.length === 1) return this.#stream(request, params);
    if (what !== "hosts" || !id || names.length > 3) throw notFound();
    if (part === undefined) return json(hostAnswer(context, id, params));
    if (part === "history") return json(historyAnswer(context, id, params));
    throw notFound();
  }

  async #fleet(params: URLSearchParams): Promise<Response> {
    const release = this.#requests.take();
    try {
      const texts = await fleetAnswer(this.#context, params);
      return stream(streamText(texts, this.#context, release), JSON_TYPE);
    } catch (error) {
      release();
      throw error;
    }
  }

  /** As below /api/hosts, for an id with a slash, which a proxy may decode in a path. */
  #history(params: URLSearchParams): Response {
    checkNames(params, ["host", ...HISTORY_PARAMETERS]);
    const { host, ...others } = Object.fromEntries(params);
    return json(historyAnswer(this.#context, host ?? "", new URLSearchParams(others)));
  }

  #metrics({ headers }: Request, params: URLSearchParams): Response {
    checkNames(params, []);
    const isOpen = headers.get("accept")?.includes("application/openmetrics-text") ?? false;
    const format = isOpen ? "openmetrics" : "text";
    const { fleet, nowMs, aheadMs, failures } = this.#context;
    const release = this.#scrapes.take();
    const pace = this.#pace;
    const texts = pace.count(expose(fleet, nowMs(), format, aheadMs(), failures));
    const context = { ...this.#context, pause: () => pace.pause() };
    return stream(streamText(texts, context, release), EXPOSITION_TYPES[format]);
  }

  #stream({ headers, method }: Request, params: URLSearchParams): Response {
    checkNames(params, ["host", "since", ...FLEET_PARAMETERS]);
    const isPart = FLEET_PARAMETERS.some((name) => params.has(name));
    const query = isPart ? readWindowQuery(params) : null;
    if (method === "HEAD") return events(null);
    const release = this.#streams.take();
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

/** The path as it is without a proxy, which may take the base off or leave it; `null` where its last slash is missing. */
function withoutBase(path: string, base: string): string | null {
  if (path.startsWith(base)) return path.slice(base.length - 1);
  return `${path}/` === base ? null : path;
}

function notFound(): Refusal {
  return new Refusal(404, "Cannot find this path: see docs/API.md for those that there are");
}

/** The parts of a path, decoded one by one, so that an id may hold a slash. @throws {Refusal} 400. */
function segmentsOf(pathname: string): readonly string[] {
  try {
    return pathname.slice(1).split("/").map(decodeURIComponent);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw new Refusal(400, "Cannot read the path: it is not well percent-encoded");
  }
}
