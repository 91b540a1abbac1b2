/**
 * The paths that a front answers of the fleets of its views, in the shapes of theirs. What is of one host goes
 * to the view that has it, a mute and a test of alerts to all. Pure: `fetch` and the clock are given.
 */
import { MAX_GROUPS, MAX_TAG_KEYS } from "../../common/limits.js";
import { COMPARED_PARAMETERS } from "./api/compare.ts";
import type { WebContext } from "./api/context.ts";
import {
  checkNames,
  FLEET_PARAMETERS,
  MAX_GROUPS_ASKED,
  readFleetQuery,
  readGroup,
  readWindowQuery,
  WINDOW_PARAMETERS,
} from "./api/params.ts";
import { csvOf } from "./api/past.ts";
import { readLossSpan } from "./api/ways.ts";
import { FrontFleet, MAX_ROWS } from "./front/fleet.ts";
import { allOf, daysFrom, mergeWays, omittedIn } from "./front/merge.ts";
import { nowOf } from "./front/order.ts";
import { comparedAt } from "./front/past.ts";
import { muteAt, mutesAt, standingAt, testAt } from "./front/standing.ts";
import { FrontStreams } from "./front/streams.ts";
import { LONG_TIMEOUT_MS, type ViewAnswer, type ViewDevices } from "./front/view.ts";
import { refusalOf, Views } from "./front/views.ts";
import { hostAt, hostWatches, windowWatches } from "./front/watches.ts";
import type { Api, Call, HandlerSettings } from "./gate.ts";
import { MAX_REQUESTS, MAX_STREAMS, Semaphore } from "./guard.ts";
import { CSV_TYPE, events, HttpError, json, prefersCsv, text } from "./http/response.ts";
import { StatusPages } from "./status_page.ts";

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
  readonly #status: StatusPages;
  readonly #startedMs: number;
  readonly #requests = new Semaphore(MAX_REQUESTS, 503, "requests");
  readonly #open = new Semaphore(MAX_STREAMS, 429, "streams");
  readonly onFault: Api["onFault"];

  readonly paths: Api["paths"] = {
    "/metrics": () => {
      throw notHere("metrics", `scrape its views: ${this.#views.names.join(", ")}`);
    },
    "/api/alerts": ({ params }) => this.#alerts(params),
    "/api/mute": (call) => this.#mute(call),
    "/api/mutes": (call) => this.#mute(call),
    "/api/alerts/test": (call) => this.#test(call),
    "/api/cells": () => {
      throw notHere("cells at once", "a stream has them: /api/stream?cells=cpu");
    },
    "/api/ways": ({ params }) => this.#within(() => this.#ways(params)),
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
  constructor(
    bases: readonly URL[],
    context: FrontContext,
    { status, base = "/" }: Pick<HandlerSettings, "status" | "base">,
  ) {
    this.#views = new Views(bases, context);
    this.#fleet = new FrontFleet(this.#views);
    this.#streams = new FrontStreams(context);
    const { steadyMs, startedMs } = context;
    const hostsOf = this.#fleet.hostsOf.bind(this.#fleet);
    this.#status = new StatusPages({ steadyMs, hostsOf }, status ?? [], base);
    this.#startedMs = startedMs;
    this.onFault = context.onFault;
  }

  isKept() {
    return this.#views.isKept();
  }

  status(path: string) {
    return this.#status.has(path) ? this.#status.at(path) : null;
  }

  close(): void {
    this.#streams.close();
  }

  async #rows(params: URLSearchParams) {
    const query = readFleetQuery(params, MAX_ROWS, FLEET_PARAMETERS);
    const { nowMs, totals, matched, groups, rows } = await this.#fleet.part(query, false);
    const { offset, limit } = query;
    const kept = await this.#views.isKept();
    const own = { failures: {}, record: null, remoteWrite: [], bus: null };
    const head = { nowMs, startedMs: this.#startedMs, totals, kept, ...own };
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

  async #test({ request: { method }, params }: Call) {
    const isCommand = method === "POST";
    checkNames(params, isCommand ? ["to"] : []);
    return json(await testAt(this.#views, params.get("to")?.split(",") ?? null, isCommand));
  }

  async #ways(params: URLSearchParams) {
    checkNames(params, ["group", "range"]);
    const [group, range] = [readGroup(params), readLossSpan(params)?.name];
    const asked = { ...group && { group }, ...range && { range, counts: "true" } };
    const search = new URLSearchParams({ ...asked, groups: String(MAX_GROUPS_ASKED) });
    const { answers, missing } = await this.#views.demand(() => `api/ways?${search}`, {
      fields: ["tagKeys", "sites", "groups", ...range ? ["day"] : []],
    });
    const all = answers.map(({ data }) => data);
    const days = all.flatMap(({ day }) => day ?? []).sort((a, b) => b.fromMs - a.fromMs);
    // All of them count since the last of them began.
    const day = days[0] && { ...days[0], sinceMs: Math.max(...days.map(({ sinceMs }) => sinceMs)) };
    const groups = mergeWays(
      all.map(({ groups, day: own }) => own ? daysFrom(groups, own, day.fromMs) : groups),
    );
    return json({
      nowMs: nowOf({ answers }),
      group,
      ...(range && { range, day }),
      tagKeys: allOf(all.map(({ tagKeys }) => tagKeys)).slice(0, MAX_TAG_KEYS),
      sites: allOf(all.map(({ sites }) => sites)),
      groups: groups.slice(0, MAX_GROUPS),
      groupsOmitted: omittedIn(all) + Math.max(0, groups.length - MAX_GROUPS),
      missing,
    });
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
    const isCsv = prefersCsv(request);
    return await this.#within(async () => {
      if (id === null) return await this.#comparison(params, isCsv);
      const { view } = await hostAt(this.#views, id);
      const own = new URLSearchParams(params);
      own.set("host", id);
      const { answers: [answer], missing } = await this.#views.ask(
        (other) => other === view ? `api/history?${own}` : undefined,
        { ...isCsv && { accept: "text/csv" }, timeoutMs: LONG_TIMEOUT_MS },
      );
      if (answer === undefined) throw refusalOf(undefined, missing);
      return told(answer);
    });
  }

  async #comparison(params: URLSearchParams, isCsv: boolean) {
    checkNames(params, COMPARED_PARAMETERS);
    const table = await comparedAt(this.#views, params);
    return isCsv ? text(csvOf(table), CSV_TYPE) : json(table.json);
  }

  #stream({ request: { method }, params }: Call): Response {
    checkNames(params, ["host", "since", ...WINDOW_PARAMETERS]);
    const isPart = WINDOW_PARAMETERS.some((name) => params.has(name));
    const query = isPart ? readWindowQuery(params) : null;
    const host = params.get("host");
    if (query === null && host === null) {
      throw notHere("a stream of the whole fleet", "ask for a part of it, such as limit=500");
    }
    if (method === "HEAD") return events(null);
    const release = this.#open.acquire();
    const watches = query === null
      ? hostWatches(this.#fleet, this.#views, host!)
      : windowWatches(this.#fleet, this.#views, query);
    return events(this.#streams.open(watches, release));
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
function told(answer: ViewAnswer): Response {
  const { status, data } = answer;
  if (status !== 200) throw refusalOf(answer, []);
  return typeof data === "string" ? text(data, CSV_TYPE) : json(data);
}
