/**
 * The views whose fleets a front shows: each is asked over its API, within a time limit. One that does not
 * answer holds up nobody: what the others say is taken without it, and who asks is told which it is. Pure:
 * `fetch` and the clock are given.
 */
import { formatCountOf } from "../../../common/format.js";
import type { Credentials } from "../../export/secret.ts";
import { stateOf } from "../../outlets/http.ts";
import { HttpError } from "../http/response.ts";

/** Maximum time for one answer, its body included. */
const TIMEOUT_MS = 3_000;
/** One that took that long is left alone for so long: else every look would take as long. */
const REST_MS = 5_000;

/** What views are asked with. */
export interface ViewDevices {
  readonly request: (url: URL, init: RequestInit) => Promise<Response>;
  readonly credentials: () => Promise<Credentials>;
  readonly steadyMs: () => number;
  readonly schedule: (action: () => void, delayMs: number) => () => void;
}

/** A view that did not answer, why, and how many hosts it had when it last did; `null` where it never did. */
export interface MissingView {
  readonly view: string;
  readonly failure: string;
  readonly hosts: number | null;
}

/** What a view says: an answer of an API, which its reader knows the shape of. */
// deno-lint-ignore no-explicit-any
type Data = any;

/** An answer, and whose it is. */
export interface ViewAnswer {
  readonly view: View;
  readonly status: number;
  readonly data: Data;
}

/** What all views say to one question. */
export interface Answers {
  readonly answers: readonly ViewAnswer[];
  readonly missing: readonly MissingView[];
}

/** How something is asked, where it is no GET of JSON. */
interface Manner {
  readonly method?: string;
  readonly accept?: string;
}

/** No answer that could be used. */
class ViewFailure extends Error {
  override readonly name = "ViewFailure";
}

/** One of them. */
export class View {
  /** What messages call it. */
  readonly name: string;
  /** How many hosts it had when it was asked last; `null` before. */
  hosts: number | null = null;
  readonly #base: URL;
  readonly #devices: ViewDevices;
  #restsUntilMs = -Infinity;

  /** @param base what its paths begin with, as in `http://view-1.example:8080/` */
  constructor(base: URL, devices: ViewDevices) {
    this.name = base.href.replace(/\/$/, "");
    this.#base = base;
    this.#devices = devices;
  }

  /** What it says to a path, where that is an answer or that there is none. @throws {ViewFailure} */
  async ask(path: string, manner: Manner = {}): Promise<ViewAnswer> {
    const { steadyMs, schedule } = this.#devices;
    if (steadyMs() < this.#restsUntilMs) throw new ViewFailure("no answer in time");
    const stop = new AbortController();
    const callOff = schedule(() => {
      this.#restsUntilMs = steadyMs() + REST_MS;
      stop.abort();
    }, TIMEOUT_MS);
    try {
      return { view: this, ...await this.#request(path, manner, stop.signal) };
    } finally {
      callOff();
    }
  }

  async #request(path: string, { method = "GET", accept }: Manner, signal: AbortSignal) {
    const url = new URL(path, this.#base);
    const { headers: own } = await this.#devices.credentials();
    const headers = { ...own, ...accept && { accept }, "x-requested-with": "pulso-front" };
    try {
      const init = { method, headers, signal, redirect: "manual" } as const;
      const response = await this.#devices.request(url, init);
      const text = await response.text();
      return { status: response.status, data: readAnswer(response, text) };
    } catch (error) {
      if (error instanceof ViewFailure) throw error;
      throw new ViewFailure(signal.aborted ? "no answer in time" : stateOf(error, url));
    }
  }

  /** What is said of it where it did not answer. */
  missing(error: unknown): MissingView {
    if (!(error instanceof ViewFailure)) throw error;
    return { view: this.name, failure: error.message, hosts: this.hosts };
  }
}

/** @throws {ViewFailure} for what is neither an answer nor says that what is asked for is not there, or cannot be. */
function readAnswer({ status, headers }: Response, text: string): Data {
  const isJson = headers.get("content-type")?.startsWith("application/json") ?? false;
  if (status === 200 && !isJson) {
    if (headers.get("content-type")?.startsWith("text/csv")) return text;
    throw new ViewFailure("what answers is no server of Pulso");
  }
  const data = isJson ? JSON.parse(text) : {};
  if ([200, 400, 404].includes(status) && isJson) return data;
  const said = typeof data?.error === "string" ? `: ${data.error}` : "";
  throw new ViewFailure(`it answers ${status}${said}`);
}

/** All of them. */
export class Views {
  readonly #views: readonly View[];

  constructor(bases: readonly URL[], devices: ViewDevices) {
    this.#views = bases.map((base) => new View(base, devices));
  }

  /** What they are called. */
  get names(): readonly string[] {
    return this.#views.map(({ name }) => name);
  }

  /** What each says to a path of its own, in their order; those of which `pathOf` gives none are not asked. */
  async ask(pathOf: (view: View) => string | undefined, manner: Manner = {}): Promise<Answers> {
    const answers: ViewAnswer[] = [];
    const missing: MissingView[] = [];
    const asked = this.#views.flatMap((view) => {
      const path = pathOf(view);
      return path === undefined
        ? []
        : [view.ask(path, manner).catch((error) => view.missing(error))];
    });
    for (const answer of await Promise.all(asked)) {
      if ("failure" in answer) missing.push(answer);
      else answers.push(answer);
    }
    return { answers, missing };
  }

  /** The same, where whoever answers nothing else than is expected is at fault: the question is known to be good. */
  async demand(
    pathOf: (view: View) => string | undefined,
    manner: Manner = {},
    expected: readonly number[] = [200],
  ): Promise<Answers> {
    const { answers, missing } = await this.ask(pathOf, manner);
    const [good = [], bad = []] = [true, false].map((isGood) =>
      answers.filter(({ status }) => expected.includes(status) === isGood)
    );
    const failed = bad.map(({ view, status, data }) => ({
      view: view.name,
      failure: `it answers ${status}: ${data.error}`,
      hosts: view.hosts,
    }));
    return { answers: good, missing: [...missing, ...failed] };
  }

  /**
   * The answer of the view that has a thing: where several have it, of the one that comes first in an order.
   * @throws {HttpError} 404 as they say, or 502 where it may be at one that does not answer.
   */
  async find(
    path: string,
    compare: (a: Data, b: Data) => number = () => 0,
    manner: Manner = {},
  ): Promise<ViewAnswer> {
    const { answers, missing } = await this.demand(() => path, manner, [200, 404]);
    const found = answers.filter(({ status }) => status === 200);
    const [first] = found.sort((a, b) => compare(a.data, b.data));
    if (first !== undefined) return first;
    if (missing.length > 0) throw new HttpError(502, `Cannot find this: ${sentenceOf(missing)}`);
    throw new HttpError(404, answers[0]!.data.error);
  }
}

/** Which views are missing, and what that leaves unknown. */
export function sentenceOf(missing: readonly MissingView[]): string {
  return missing.map(({ view, failure, hosts }) => {
    const unknown = hosts === null ? "its hosts" : formatCountOf(hosts, "host");
    return `the view ${view} does not answer (${failure}), so ${unknown} of it are unknown`;
  }).join("; ");
}
