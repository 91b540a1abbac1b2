/**
 * The paths that a server answers of its own fleet, each within its limits. Pure: the fleet, the clock and the
 * settings are given, and nothing of the fleet is changed.
 */
import type { HostStatus } from "../../common/status.js";
import { isBehind } from "../../common/ways.js";
import { alertsAnswer, mutesAnswer, testAnswer } from "./api/alerts.ts";
import { fleetAnswer, forgetAnswer, hostAnswer, orderFleet, replayAnswer } from "./api/api.ts";
import { pastAnswer } from "./api/compare.ts";
import { Pace, streamText } from "./stream/chunks.ts";
import type { WebContext } from "./api/context.ts";
import { readEventId } from "./stream/client.ts";
import { cellsAnswer } from "./stream/cells.ts";
import { Hub } from "./stream/hub.ts";
import { type Api, type Call, Gate, type HandlerSettings, type WebHandler } from "./gate.ts";
import { MAX_REQUESTS, MAX_SCRAPES, MAX_STREAMS, Semaphore } from "./guard.ts";
import { StatusPages, type StatusSource } from "./status_page.ts";
import { CSV_TYPE, events, json, JSON_TYPE, prefersCsv, stream, text } from "./http/response.ts";
import { waysAnswer } from "./api/ways.ts";
import { checkNames, readWindowQuery, WINDOW_PARAMETERS } from "./api/params.ts";
import { expose, EXPOSITION_TYPES } from "./prometheus/exposition.ts";
import { stateOf } from "./prometheus/server_families.ts";

export type { HandlerSettings, WebHandler };

/** Makes the handler of one server. */
export function createHandler(context: WebContext, settings: HandlerSettings): WebHandler {
  return new Gate(new FleetApi(context, settings), settings);
}

class FleetApi implements Api {
  readonly #context: WebContext;
  readonly #status: StatusPages;
  readonly #hub: Hub;
  readonly #pace: Pace;
  readonly #requests = new Semaphore(MAX_REQUESTS, 503, "requests");
  readonly #scrapes = new Semaphore(MAX_SCRAPES, 503, "scrapes");
  readonly #streams = new Semaphore(MAX_STREAMS, 429, "streams");

  readonly paths: Api["paths"] = {
    "/metrics": (call) => this.#metrics(call),
    "/api/alerts": ({ params }) => json(alertsAnswer(this.#context, params)),
    "/api/alerts/test": async (call) => json(await testAnswer(this.#context, call)),
    "/api/mute": (call) => json(mutesAnswer(this.#context, call)),
    "/api/mutes": (call) => json(mutesAnswer(this.#context, call)),
    "/api/cells": async ({ params }) =>
      json(await this.#within(() => cellsAnswer(this.#context, params))),
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
  };

  constructor(context: WebContext, { status, base = "/" }: HandlerSettings) {
    this.#context = context;
    const { steadyMs } = context;
    const hostsOf: StatusSource["hostsOf"] = (...asked) => this.#hostsOf(...asked);
    this.#status = new StatusPages({ steadyMs, hostsOf }, status ?? [], base);
    this.#hub = new Hub(context);
    this.#pace = new Pace(context);
  }

  isKept(): boolean {
    return this.#context.store !== null;
  }

  get onFault(): Api["onFault"] {
    return this.#context.onFault;
  }

  status(path: string) {
    return this.#status.has(path) ? this.#status.at(path) : null;
  }

  close(): void {
    this.#hub.close();
  }

  /** Hosts for a status page: a view that is behind does not know what became of them since. */
  async #hostsOf(text: string, statuses: readonly HostStatus[] | null, limit: number) {
    const query = { text, statuses, sort: "name", descending: false } as const;
    const { order, nowMs } = await orderFleet(this.#context, query);
    const { fleet, bus } = this.#context;
    const hosts = fleet.hostsAt(order.slice(0, limit)).map(({ name, address, slot }) => ({
      name,
      address,
      status: fleet.index.status(slot, nowMs),
    }));
    return { hosts, matched: order.matched, isWhole: !isBehind(bus()?.view) };
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
    const isCsv = prefersCsv(request);
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
