/**
 * One request in, one answer out: the guard and the limits first, then the path. Pure: the fleet,
 * the clock and the settings are given, and nothing of the fleet is changed.
 */
import { fleetAnswer, historyAnswer, hostAnswer } from "./api.ts";
import { type Asset, ASSETS, SHELL } from "./assets.ts";
import { streamText } from "./chunks.ts";
import { Refusal, type WebContext } from "./context.ts";
import { readEventId } from "./events.ts";
import { guard, type GuardSettings, SAFETY_HEADERS } from "./guard.ts";
import { Hub } from "./hub.ts";
import { checkLength, MAX_REQUESTS, MAX_SCRAPES, MAX_STREAMS, Places } from "./limits.ts";
import { Pace } from "./pace.ts";
import { checkNames, FLEET_PARAMETERS, readWindowQuery } from "./params.ts";
import { expose, EXPOSITION_TYPES } from "./prometheus.ts";

const JSON_TYPE = "application/json; charset=utf-8";
const METHODS = ["GET", "HEAD"];

/** Answers requests until it is closed. */
export interface WebHandler {
  handle(request: Request): Promise<Response>;
  /** Ends every stream, and says so to those who listen. */
  close(): void;
}

/** Makes the handler of one server. */
export function createHandler(context: WebContext, settings: GuardSettings): WebHandler {
  return new Handler(context, settings);
}

class Handler implements WebHandler {
  readonly #context: WebContext;
  readonly #settings: GuardSettings;
  readonly #hub: Hub;
  readonly #pace: Pace;
  readonly #requests = new Places(MAX_REQUESTS, 503, "answers under way");
  readonly #scrapes = new Places(MAX_SCRAPES, 503, "scrapes under way");
  readonly #streams = new Places(MAX_STREAMS, 429, "streams open");

  constructor(context: WebContext, settings: GuardSettings) {
    this.#context = context;
    this.#settings = settings;
    this.#hub = new Hub(context);
    this.#pace = new Pace(context);
  }

  async handle(request: Request): Promise<Response> {
    const response = await this.#answer(request).catch((error) => this.#refuse(error));
    for (const [name, value] of Object.entries(SAFETY_HEADERS)) response.headers.set(name, value);
    if (request.method !== "HEAD" || response.body === null) return response;
    await response.body.cancel();
    return new Response(null, response);
  }

  close(): void {
    this.#hub.close();
  }

  async #answer(request: Request): Promise<Response> {
    const url = URL.parse(request.url);
    // Made of the Host header, it is only as sound as that.
    if (url === null) throw new Refusal(400, "Cannot answer: the Host header is malformed");
    checkLength(url);
    const { pathname, searchParams } = url;
    if (!METHODS.includes(request.method)) {
      throw new Refusal(405, `Cannot ${request.method}: only GET and HEAD are answered`, {
        allow: METHODS.join(", "),
      });
    }
    if (pathname === "/healthz") return json({ status: "ok" });
    const redirect = guard(request, url, this.#settings);
    if (redirect !== null) return redirect;
    const [room, ...names] = segmentsOf(pathname);
    if (room === "api") return await this.#answerApi(request, names, searchParams);
    if (room === "metrics" && names.length === 0) return this.#metrics(request, searchParams);
    const isPage = names.length === (room === "hosts" ? 1 : 0) && ["", "hosts"].includes(room!);
    if (isPage) return file(request, SHELL);
    const asset = room === "assets" && names.length === 1 ? ASSETS.get(names[0]!) : undefined;
    if (asset !== undefined) return file(request, asset);
    throw notFound();
  }

  async #answerApi(request: Request, names: readonly string[], params: URLSearchParams) {
    const [what, id, part] = names;
    const context = this.#context;
    if (what === "fleet" && names.length === 1) return await this.#fleet(params);
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

  #metrics({ headers }: Request, params: URLSearchParams): Response {
    checkNames(params, []);
    const isOpen = headers.get("accept")?.includes("application/openmetrics-text") ?? false;
    const format = isOpen ? "openmetrics" : "text";
    const { fleet, nowMs } = this.#context;
    const release = this.#scrapes.take();
    const pace = this.#pace;
    const texts = pace.count(expose(fleet, nowMs(), format));
    const context = { ...this.#context, pause: () => pace.pause() };
    return stream(streamText(texts, context, release), EXPOSITION_TYPES[format]);
  }

  #stream({ headers, method }: Request, params: URLSearchParams): Response {
    checkNames(params, ["host", "since", ...FLEET_PARAMETERS]);
    const isPart = FLEET_PARAMETERS.some((name) => params.has(name));
    const query = isPart ? readWindowQuery(params) : null;
    const type = "text/event-stream; charset=utf-8";
    if (method === "HEAD") return stream(null, type);
    const release = this.#streams.take();
    if (query !== null) return stream(this.#hub.openWindow(query, release), type);
    const host = params.get("host");
    if (host !== null) return stream(this.#hub.openHost(host, release), type);
    const since = readEventId(this.#context, headers.get("last-event-id") ?? params.get("since"));
    return stream(this.#hub.openFleet(since, release), type);
  }

  #refuse(error: unknown): Response {
    if (error instanceof Refusal) {
      return json({ error: error.message }, error.status, error.headers);
    }
    this.#context.onFault(error);
    return json({ error: "Cannot answer: a fault inside this server" }, 500);
  }
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

function json(data: unknown, status = 200, headers: Readonly<Record<string, string>> = {}) {
  const own = { "content-type": JSON_TYPE, "cache-control": "no-store, no-transform" };
  return new Response(JSON.stringify(data), { status, headers: { ...own, ...headers } });
}

/** `no-transform`: compressing a long answer would hold up the receiver. */
function stream(body: ReadableStream<Uint8Array<ArrayBuffer>> | null, type: string): Response {
  const headers = { "content-type": type, "cache-control": "no-store, no-transform" };
  return new Response(body, { headers });
}

function file({ headers }: Request, { text, type, etag }: Asset): Response {
  const known = (headers.get("if-none-match") ?? "").split(/, */).map((tag) =>
    tag.replace(/^W\//, "")
  );
  const own = { "cache-control": "no-cache", etag };
  if (known.includes(etag)) return new Response(null, { status: 304, headers: own });
  return new Response(text, { headers: { ...own, "content-type": type } });
}
