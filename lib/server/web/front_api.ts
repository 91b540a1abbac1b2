/**
 * The paths that a front answers of the fleets of its views, in the shapes of theirs. What is of one host goes
 * to the view that has it, and a mute to all. Pure: `fetch` and the clock are given.
 */
import type { WebContext } from "./api/context.ts";
import {
  checkNames,
  FLEET_PARAMETERS,
  readFleetQuery,
  readWindowQuery,
  WINDOW_PARAMETERS,
} from "./api/params.ts";
import { FrontFleet, MAX_ROWS } from "./front/fleet.ts";
import { muteAt, mutesAt, standingAt } from "./front/standing.ts";
import { FrontStreams } from "./front/streams.ts";
import { type ViewAnswer, type ViewDevices, Views } from "./front/views.ts";
import { hostAt } from "./front/watches.ts";
import type { Api, Call } from "./gate.ts";
import { MAX_REQUESTS, MAX_STREAMS, Semaphore } from "./guard.ts";
import { CSV_TYPE, events, HttpError, json, text } from "./http/response.ts";

/** What a front works with. */
export interface FrontContext
  extends ViewDevices, Pick<WebContext, "steadyMs" | "schedule" | "onFault"> {
  /** When it started, by the wall clock. */
  readonly startedMs: number;
}

/** What is behind the paths of a front. */
export class FrontApi implements Api {
  readonly #views: Views;
  readonly #fleet: FrontFleet;
  readonly #streams: FrontStreams;
  readonly #startedMs: number;
  readonly #requests = new Semaphore(MAX_REQUESTS, 503, "requests");
  readonly #open = new Semaphore(MAX_STREAMS, 429, "streams");
  readonly onFault: Api["onFault"];
  /** Ranges are asked of the view that has the host, and it says so where it keeps none. */
  readonly isKept = true;

  readonly paths: Api["paths"] = {
    "/metrics": () => {
      throw notHere("metrics", `scrape its views: ${this.#views.names.join(", ")}`);
    },
    "/api/alerts": ({ params }) => this.#alerts(params),
    "/api/mute": (call) => this.#mute(call),
    "/api/mutes": (call) => this.#mute(call),
    "/api/alerts/test": () => {
      throw notHere("a test of alerts", "its views notify; test-alerts tells one to");
    },
    "/api/ways": () => {
      throw notHere("ways", "its views have those of their hosts");
    },
    "/api/fleet": ({ params }) => this.#within(() => this.#rows(params)),
    "/api/forget": (call) => this.#forget(call),
    "/api/history": (call) => this.#history(call),
    "/api/stream": (call) => this.#stream(call),
    "/api/replay": ({ request: { method } }) => {
      if (method === "POST") throw notHere("a replay", "it shows what its views have");
      return json(null);
    },
    "/api/hosts/*": async ({ names: [, , id], params }) => {
      checkNames(params, []);
      return json((await hostAt(this.#views, id!)).data);
    },
    "/api/hosts/*/history": (call) => this.#history(call, call.names[2]!),
  };

  /** @param bases what the paths of its views begin with */
  constructor(bases: readonly URL[], context: FrontContext) {
    this.#views = new Views(bases, context);
    this.#fleet = new FrontFleet(this.#views);
    this.#streams = new FrontStreams(context, this.#fleet, this.#views);
    this.#startedMs = context.startedMs;
    this.onFault = context.onFault;
  }

  status() {
    return null;
  }

  close(): void {
    this.#streams.close();
  }

  async #rows(params: URLSearchParams) {
    const query = readFleetQuery(params, MAX_ROWS, FLEET_PARAMETERS);
    const { nowMs, totals, matched, groups, rows } = await this.#fleet.part(query, false);
    const { offset, limit } = query;
    const own = { failures: {}, record: null, remoteWrite: [], bus: null };
    const head = { nowMs, startedMs: this.#startedMs, totals, ...own };
    return json({ ...head, matched, offset, limit, ...groups, rows });
  }

  async #alerts(params: URLSearchParams) {
    checkNames(params, ["host"]);
    return json(await standingAt(this.#views, params.get("host")));
  }

  async #mute({ request: { method }, params }: Call) {
    checkNames(params, { POST: ["filter", "forMs"], DELETE: ["id"] }[method] ?? []);
    const isCommand = method === "POST" || method === "DELETE";
    return json(await (isCommand ? muteAt(this.#views, method, params) : mutesAt(this.#views)));
  }

  /** A view deletes; all are asked, as a host that moved may be known to several. */
  async #forget({ request: { method }, params }: Call) {
    checkNames(params, ["host"]);
    if (method !== "POST") {
      throw new HttpError(405, `Cannot ${method}: only POST is answered`, { allow: "POST" });
    }
    return json((await this.#views.find(`api/forget?${params}`, undefined, { method })).data);
  }

  async #history({ request, params }: Call, id = params.get("host")) {
    if (id === null) throw notHere("a comparison of hosts", "compare those of one view there");
    const accept = request.headers.get("accept") ?? "";
    return await this.#within(async () => {
      const { view } = await hostAt(this.#views, id);
      const own = new URLSearchParams(params);
      own.set("host", id);
      return told(await view.ask(`api/history?${own}`, { accept }));
    });
  }

  #stream({ request: { method }, params }: Call): Response {
    checkNames(params, ["host", "since", ...WINDOW_PARAMETERS]);
    const isPart = WINDOW_PARAMETERS.some((name) => params.has(name));
    const query = isPart ? readWindowQuery(params) : null;
    const host = params.get("host");
    if (query === null && host === null) {
      throw notHere("a stream of the whole fleet", "ask for a part of it, such as limit=500");
    }
    if (query !== null && query.cells !== null) {
      throw notHere("the cells of a grid", "its views have those of their hosts");
    }
    if (method === "HEAD") return events(null);
    const release = this.#open.acquire();
    return events(
      query === null
        ? this.#streams.openHost(host!, release)
        : this.#streams.openWindow(query, release),
    );
  }

  async #within<T>(answer: () => Promise<T>): Promise<T> {
    const release = this.#requests.acquire();
    return await answer().finally(release);
  }
}

/** What only a server with a fleet of its own has. */
function notHere(what: string, advice: string): HttpError {
  return new HttpError(404, `Cannot find ${what}: this server is a front; ${advice}`);
}

/** An answer of a view as it is. @throws {HttpError} for a refusal. */
function told({ status, data }: ViewAnswer): Response {
  if (status !== 200) throw new HttpError(status, data.error);
  return typeof data === "string" ? text(data, CSV_TYPE) : json(data);
}
