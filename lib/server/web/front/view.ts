/**
 * One of the views whose fleets a front shows: it is asked over its API, within limits of time and size. What
 * it says is checked as far as another program, another version or half an answer is told from an answer of
 * its own. Pure: `fetch` and the clock are given.
 */
import { describeError } from "../../../common/log.ts";
import { cleanText } from "../../../common/text.js";
import type { Credentials } from "../../export/secret.ts";
import { stateOf } from "../../outlets/http.ts";

/** Maximum time for one answer, its body included. */
const TIMEOUT_MS = 3_000;
/** The same where a view may have to look at a disk, or asks others itself. */
export const LONG_TIMEOUT_MS = 30_000;
/** One that took too long is asked for little after that time, and for nothing else before it answers: else every look would take as long. */
const REST_MS = 5_000;
const LATE = "no answer in time";
/** Maximum size of one answer, of which the largest are 10,000 rows and 10,000 groups. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Most of what a view says of itself that is told. */
const MAX_SAID_LENGTH = 200;

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
export type Data = any;

/** An answer, and whose it is. */
export interface ViewAnswer {
  readonly view: View;
  readonly status: number;
  readonly data: Data;
}

/** How something is asked, where it is no GET of JSON. */
export interface Manner {
  readonly method?: string;
  readonly accept?: string;
  readonly timeoutMs?: number;
  /** What a good answer has: one without them is of another version, or of another program. */
  readonly fields?: readonly string[];
}

/** What costs little, and tells how many hosts there are. */
export const SMALL_PATH = "api/fleet?limit=1";

/** No answer that could be used. */
class ViewFailure extends Error {
  override readonly name = "ViewFailure";
}

/** One of them. */
export class View {
  /** What messages call it. */
  readonly name: string;
  /** How many hosts it had, and whether it kept a past on disk, when it told that last; `null` before. */
  hosts: number | null = null;
  isKept: boolean | null = null;
  readonly #base: URL;
  readonly #devices: ViewDevices;
  /** Whether it was too slow, and when it was tried since then; `Infinity` while it is. */
  #isLate = false;
  #triedMs = -Infinity;

  /** @param base what its paths begin with, as in `http://view-1.example:8080/` */
  constructor(base: URL, devices: ViewDevices) {
    this.name = base.href.replace(/\/$/, "");
    this.#base = base;
    this.#devices = devices;
  }

  /** What it says to a path, where that is an answer or that there is none. @throws {ViewFailure} */
  async ask(path: string, manner: Manner = {}): Promise<ViewAnswer> {
    if (!this.#isLate) return await this.#within(path, manner);
    this.#tryAgain();
    throw new ViewFailure(LATE);
  }

  async #within(path: string, manner: Manner): Promise<ViewAnswer> {
    const { schedule } = this.#devices;
    const { timeoutMs = TIMEOUT_MS } = manner;
    const stop = new AbortController();
    const callOff = schedule(() => {
      if (timeoutMs === TIMEOUT_MS) this.#beLate();
      stop.abort();
    }, timeoutMs);
    try {
      const { status, data } = await this.#request(path, manner, stop.signal);
      if (typeof data?.totals?.hosts === "number") this.hosts = data.totals.hosts;
      if (typeof data?.kept === "boolean") this.isKept = data.kept;
      return { view: this, status, data };
    } finally {
      callOff();
    }
  }

  #beLate(): void {
    this.#isLate = true;
    this.#triedMs = this.#devices.steadyMs();
  }

  /** Asks for little beside what is asked: whoever does that does not wait. */
  #tryAgain(): void {
    if (this.#devices.steadyMs() < this.#triedMs + REST_MS) return;
    this.#isLate = false;
    const tried = this.#within(SMALL_PATH, {});
    this.#isLate = true;
    this.#triedMs = Infinity;
    tried.then(() => this.#isLate = false, (error) => {
      // Whoever refuses does that at once; who is late has said so itself.
      if (this.missing(error).failure !== LATE) this.#isLate = false;
    });
  }

  async #request(
    path: string,
    { method = "GET", accept, fields = [] }: Manner,
    signal: AbortSignal,
  ) {
    const url = new URL(path, this.#base);
    const { headers: own } = await this.#devices.credentials().catch((error) => {
      throw new ViewFailure(describeError(error));
    });
    const headers = { ...own, ...accept && { accept }, "x-requested-with": "pulso-front" };
    try {
      const init = { method, headers, signal, redirect: "manual" } as const;
      const response = await this.#devices.request(url, init);
      const text = await textOf(response);
      return { status: response.status, data: readAnswer(response, text, fields) };
    } catch (error) {
      if (error instanceof ViewFailure) throw error;
      throw new ViewFailure(signal.aborted ? LATE : stateOf(error, url));
    }
  }

  /** What is said of it where it did not answer. */
  missing(error: unknown): MissingView {
    if (!(error instanceof ViewFailure)) throw error;
    return { view: this.name, failure: error.message, hosts: this.hosts };
  }
}

/** The text of an answer. @throws {ViewFailure} for one that is too long. */
async function textOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  const texts: string[] = [];
  let length = 0;
  for await (const bytes of body ?? []) {
    length += bytes.length;
    if (length > MAX_BYTES) throw new ViewFailure(`its answer is longer than ${MAX_BYTES} bytes`);
    texts.push(decoder.decode(bytes, { stream: true }));
  }
  return texts.join("") + decoder.decode();
}

/** @throws {ViewFailure} for what is neither an answer nor says that what is asked for is not there, or cannot be. */
function readAnswer({ status, headers }: Response, text: string, fields: readonly string[]): Data {
  const type = headers.get("content-type") ?? "";
  if (status === 200 && type.startsWith("text/csv")) return text;
  if (status >= 300 && status < 400) {
    throw new ViewFailure(`it answers ${status}: give the address that it redirects to`);
  }
  const data = type.startsWith("application/json") ? parsed(text) : undefined;
  if (![200, 400, 404].includes(status)) throw new ViewFailure(answerOf(status, data));
  if (data === undefined) throw new ViewFailure("what answers is no server of Pulso");
  if (status === 200) checkFields(data, fields);
  return data;
}

/** What a JSON text says; `undefined` where it is none. */
function parsed(text: string): Data {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function checkFields(data: Data, fields: readonly string[]): void {
  const lacking = fields.find((field) => typeof data !== "object" || data?.[field] === undefined);
  if (lacking === undefined) return;
  throw new ViewFailure(`it is of another version: its answer has no ${lacking}`);
}

/** What a view says where it answers something else. */
function answerOf(status: number, data: Data): string {
  const said = typeof data?.error === "string" ? cleanText(data.error) : "";
  return `it answers ${status}${said && `: ${said.slice(0, MAX_SAID_LENGTH)}`}`;
}

/** A view of which another answer was expected. */
export function missingAt({ view, status, data }: ViewAnswer): MissingView {
  return { view: view.name, failure: answerOf(status, data), hosts: view.hosts };
}
