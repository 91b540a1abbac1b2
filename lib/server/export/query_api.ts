/**
 * The query API of Prometheus, which VictoriaMetrics, Mimir and Thanos speak, too: one query over a range,
 * a few at a time, each with a time limit and an answer that is bounded and checked. Its one job is those
 * requests.
 */
import { schedule } from "../../common/timeout.ts";
import { DeliveryError } from "../outlets/destination.ts";
import { openReader } from "../outlets/http.ts";
import type { Grid } from "../store/stretches.ts";
import { type Credentials, openSecret } from "./secret.ts";

/** Requests at once; the others wait for them. */
const MAX_AT_ONCE = 4;
/** More than the longest answer to a query of ours. */
const MAX_ANSWER_BYTES = 2 * 2 ** 20;

/** None is to answer in part, or from a cache that aligns times; who does not know a name ignores it. */
const MANNERS = [["nocache", "1"], ["partial_response", "false"], ["deny_partial_response", "1"]];

/** One series of an answer: its labels, and its values by the ends of the stretches that they tell. */
export interface QueriedSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [ms: number, value: number])[];
}

/** How an API is reached. */
export interface QueryDevices {
  readonly request: (url: URL, init: RequestInit) => Promise<Response>;
  readonly credentials: () => Promise<Credentials>;
}

/** One that asks for a secret where it has a file. @throws {RangeError} with one line for the user when it cannot be read. */
export async function openQueryApi(base: URL, tokenFile: string | null): Promise<QueryApi> {
  return new QueryApi(base, { request: fetch, credentials: await openSecret(tokenFile) });
}

/** The API at an address. */
export class QueryApi {
  readonly #url: URL;
  readonly #credentials: QueryDevices["credentials"];
  readonly #read: ReturnType<typeof openReader>;
  readonly #waiting: (() => void)[] = [];
  #free = MAX_AT_ONCE;

  /** @param base what its paths begin with, as in `http://prometheus:9090/api/v1/` */
  constructor(base: URL, { request, credentials }: QueryDevices) {
    this.#url = new URL("query_range", base);
    this.#credentials = credentials;
    // However long it asks to wait, nobody here does.
    this.#read = openReader({ request, wallMs: () => 0, schedule }, MAX_ANSWER_BYTES);
  }

  /** Its address, without what may be secret of it. */
  get name(): string {
    return this.#url.origin;
  }

  /** What a query gives at the end of each stretch. @throws {DeliveryError} */
  async range(query: string, grid: Grid, signal: AbortSignal): Promise<readonly QueriedSeries[]> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return readMatrix(await this.#ask(query, grid, signal));
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }

  async #ask(
    query: string,
    { fromMs, stepMs, count }: Grid,
    signal: AbortSignal,
  ): Promise<string> {
    const { secrets, headers } = await this.#credentials();
    const body = new URLSearchParams([
      ["query", query],
      // A stretch has what is from its beginning to a millisecond before the next.
      ["start", `${(fromMs + stepMs - 1) / 1_000}`],
      ["end", `${(fromMs + count * stepMs) / 1_000}`],
      ["step", `${stepMs / 1_000}`],
      ...MANNERS,
    ]).toString();
    const form = { "content-type": "application/x-www-form-urlencoded", ...headers };
    return await this.#read({
      url: this.#url,
      method: "POST",
      headers: form,
      body,
      secrets,
      signal,
    });
  }
}

/** The series of an answer. @throws {DeliveryError} for any other text. */
function readMatrix(text: string): readonly QueriedSeries[] {
  try {
    const { data } = JSON.parse(text);
    if (data.resultType !== "matrix") throw new TypeError(data.resultType);
    return data.result.map(readSeries);
  } catch {
    throw new DeliveryError("what answers is no query API", { isFinal: true });
  }
}

function readSeries({ metric, values }: { metric: Record<string, string>; values: unknown[][] }) {
  const labels = Object.fromEntries(
    Object.entries(metric).map(([name, text]) => [name, String(text)]),
  );
  return {
    labels,
    values: values.map(([seconds, value]) =>
      [Math.round(1_000 * Number(seconds)), Number(value)] as const
    ),
  };
}
