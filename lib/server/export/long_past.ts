/**
 * A past that goes back further than what this server keeps: what its store or its memory has, and before
 * that what it, or another one, has pushed to Prometheus or the like. Where the two meet, a stretch is told
 * by the side that knows more of it. Nothing waits for it but who asked.
 */
import { metricOf } from "../../catalogue.ts";
import type { Log, ThrottledLog } from "../../common/log.ts";
import { cleanText } from "../../common/text.js";
import type { Fleet } from "../fleet/fleet.ts";
import type { Host } from "../fleet/host/host.ts";
import { HISTORY_METRICS } from "../fleet/past/points.ts";
import type { ServerOptions } from "../options.ts";
import { deliveryErrorOf } from "../outlets/destination.ts";
import { AT, HEAD, PER_METRIC, rowLength } from "../store/file/rows.js";
import type { PastStore } from "../store/reading.ts";
import { recentFound } from "../store/recent.ts";
import type { Store } from "../store/store.ts";
import type { Found, Moment, Plan } from "../store/stretches.ts";
import { PER_BASE } from "../web/prometheus/families.ts";
import { HEARD, PART, partOf, partsOf, queriesOf, topQuery } from "./promql.ts";
import { openQueryApi, type QueriedSeries, type QueryApi } from "./query_api.ts";

/** Whoever asks waits for so long, and so many may wait. */
const [TIME_LIMIT_MS, MAX_READS] = [20_000, 16] as const;
/** Among so many of the highest those of a group are looked for. */
const MAX_RANKED = 1_000;
/** So much of a stretch is as good as all of it. */
const NEARLY = 0.9;

/** What a long past stands on. */
interface LongPastContext {
  readonly fleet: Pick<Fleet, "host" | "hosts">;
  /** What is kept on disk; `null` where nothing is. */
  readonly store: Store | null;
  readonly nowMs: () => number;
  readonly aheadMs: () => number;
  readonly throttledLog: Pick<ThrottledLog, "warn">;
}

type LongPastOptions = Pick<
  ServerOptions,
  "history-from" | "history-from-token-file" | "remote-write" | "remote-write-interval"
>;

/** The past as it is read: from the store alone where options name nothing else. @throws {RangeError} with one line for the user when a token cannot be read. */
export async function openPast(
  options: LongPastOptions,
  { log, ...context }: LongPastContext & { readonly log: Pick<Log, "info"> },
): Promise<PastStore | null> {
  const { "history-from": base, "history-from-token-file": tokenFile } = options;
  if (base === null) return context.store;
  const spacingMs = options["remote-write"].length > 0 ? options["remote-write-interval"] : 0;
  const api = await openQueryApi(base, tokenFile);
  log.info(`Reading older history from ${api.name}`);
  return new LongPast(api, { ...context, spacingMs });
}

/** What is known of one host elsewhere, by parts: a number for each stretch, NaN where there is none. */
type Parts = ReadonlyMap<string, Float64Array>;

/** The past here and elsewhere. */
export class LongPast implements PastStore {
  readonly spacingMs: number;
  readonly #api: Pick<QueryApi, "name" | "range">;
  readonly #context: LongPastContext;
  #reads = 0;

  constructor(
    api: Pick<QueryApi, "name" | "range">,
    { spacingMs, ...context }: LongPastContext & { readonly spacingMs: number },
  ) {
    this.spacingMs = spacingMs;
    this.#api = api;
    this.#context = context;
  }

  /** Elsewhere there are samples of any age. */
  get keepMs() {
    return this.#context.store?.keepMs ?? { minute: Infinity, hour: Infinity };
  }

  get downs() {
    return this.#context.store?.downs ?? [];
  }

  /** What is known of hosts in a range. @throws {DOMException} when it cannot be asked for elsewhere. */
  async read(hosts: readonly Host[], plan: Plan): Promise<readonly Found[]> {
    const { store } = this.#context;
    const moment = this.#moment;
    const here = store === null
      ? hosts.map((host) => recentFound(host, plan, moment))
      : await store.read(hosts, plan);
    const count = Math.max(...here.map((found) => this.#countOf(plan, found, moment)), 0);
    if (count === 0) return here;
    const asked = { ...plan, count };
    const there = await this.#within((signal) => this.#ask(hosts, asked, signal));
    return here.map((found, n) => joined(asked, found, there.get(labelOf(hosts[n]!)) ?? new Map()));
  }

  /** The hosts with the highest mean of a metric in a range, the highest first. @throws {DOMException} */
  async top(plan: Plan, most: number): Promise<readonly Host[]> {
    const { fleet, store } = this.#context;
    if (store !== null && plan.fromMs >= store.sinceMs) return await store.top(plan, most);
    const windowMs = plan.count * plan.stepMs;
    const query = topQuery(plan.metrics[0]!, windowMs, Math.min(most, MAX_RANKED));
    const grid = { fromMs: plan.fromMs, stepMs: windowMs, count: 1 };
    const found = await this.#within((signal) => this.#api.range(query, grid, signal));
    const means = found.map(({ labels, values }) => ({
      id: labels.id!,
      mean: values[0]?.[1] ?? NaN,
    }));
    const hosts = new Map(Array.from(fleet.hosts(), (host) => [labelOf(host), host]));
    return means.filter(({ mean }) => !Number.isNaN(mean)).sort((a, b) => b.mean - a.mean)
      .flatMap(({ id }) => hosts.get(id) ?? []);
  }

  /** The mean of many hosts; `null` where it is not all here. */
  async mean(plan: Plan, hosts: readonly Host[] | null) {
    const { store } = this.#context;
    if (store === null || plan.fromMs < store.sinceMs) return null;
    return await store.mean(plan, hosts);
  }

  get #moment(): Moment {
    return { nowMs: this.#context.nowMs(), aheadMs: this.#context.aheadMs() };
  }

  /** How many stretches are to be asked for elsewhere: up to the first that is known here. */
  #countOf(plan: Plan, found: Found, { nowMs, aheadMs }: Moment): number {
    const { metrics, fromMs, stepMs, count } = plan;
    const past = Math.min(count, Math.ceil((nowMs + aheadMs - fromMs) / stepMs));
    const isLess = this.#context.store === null &&
      metrics.slice(0, -1).some((id) => !HISTORY_METRICS.some((known) => known === id));
    if (isLess) return past;
    const first = firstKnown(plan, found);
    if (first === 0 && knownMs(plan, found, 0) >= NEARLY * stepMs) return 0;
    return Math.min(past, first + 1);
  }

  /** Asks with a time limit, and says why it was in vain. */
  async #within<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#reads >= MAX_READS) {
      const state = `too many requests (limit ${MAX_READS}); try again in a moment`;
      throw new DOMException(`Cannot read history: ${state}`, "QuotaExceededError");
    }
    this.#reads++;
    try {
      return await ask(AbortSignal.timeout(TIME_LIMIT_MS));
    } catch (error) {
      const text = `Cannot read history from ${this.#api.name}: ${deliveryErrorOf(error).message}`;
      this.#context.throttledLog.warn("history", () => text);
      throw new DOMException(text, "NetworkError");
    } finally {
      this.#reads--;
    }
  }

  async #ask(hosts: readonly Host[], plan: Plan, signal: AbortSignal) {
    const parts = partsOf(plan.metrics.slice(0, -1));
    const queries = queriesOf(parts, hosts.map(({ key }) => key), plan);
    const all = await Promise.all(Array.from(queries, (query) => {
      return this.#api.range(query, plan, signal);
    }));
    const found = new Map<string, Map<string, Float64Array>>();
    for (const { labels: { id = "", [PART]: part = "" }, values } of all.flat()) {
      const of = found.get(id) ?? new Map<string, Float64Array>();
      found.set(id, of.set(part, inStretches(values, plan)));
    }
    return found;
  }
}

/** What a host's id is there. */
function labelOf({ key }: Host): string {
  return cleanText(key);
}

/** Values in their stretches, by the ends of those: some align them, and then they end later by a millisecond. */
function inStretches(
  values: QueriedSeries["values"],
  { fromMs, stepMs, count }: Plan,
): Float64Array {
  const numbers = new Float64Array(count).fill(NaN);
  for (const [endMs, value] of values) {
    const stretch = Math.floor((endMs + 1 - fromMs) / stepMs) - 1;
    if (stretch >= 0 && stretch < count && Number.isFinite(value)) numbers[stretch] = value;
  }
  return numbers;
}

/** For how long something is known here of a stretch. */
function knownMs({ metrics }: Plan, { sums, heardMs }: Found, stretch: number): number {
  return heardMs?.[stretch] ?? sums[stretch * rowLength(metrics.length) + AT.span]!;
}

/** The first stretch of which something is known here; as many as there are where nothing is. */
function firstKnown(plan: Plan, found: Found): number {
  for (let n = 0; n < plan.count; n++) if (knownMs(plan, found, n) > 0) return n;
  return plan.count;
}

/** What is known here, and elsewhere of what is not. */
function joined(plan: Plan, found: Found, parts: Parts): Found {
  const { sums } = found;
  const length = rowLength(plan.metrics.length);
  const heardMs = new Float64Array(sums.length / length).fill(NaN);
  heardMs.set(found.heardMs ?? []);
  const counts = parts.get(HEARD) ?? new Float64Array(plan.count);
  // As often as anything is written there when nothing is missing.
  const most = counts.reduce((most, count) => count > most ? count : most, 1);
  const first = Math.min(plan.count, firstKnown({ ...plan, count: heardMs.length }, found));
  for (let n = 0; n < plan.count; n++) {
    const ms = (counts[n] || 0) / most * plan.stepMs;
    const row = sums.subarray(n * length, (n + 1) * length);
    if (n < first || (n === first && ms > knownMs(plan, found, n))) {
      row.fill(0);
      heardMs[n] = ms;
    }
    if (ms > 0) addUnknown(row, plan, parts, n, counts[n]!);
  }
  return { ...found, heardMs };
}

/** Adds the metrics of a stretch of which nothing is known here. */
function addUnknown(row: Float64Array, { metrics }: Plan, parts: Parts, n: number, count: number) {
  metrics.slice(0, -1).forEach((id, metric) => {
    const at = HEAD + PER_METRIC * metric;
    const mean = parts.get(partOf(id, "mean"))?.[n] ?? NaN;
    if (row[at] !== 0 || Number.isNaN(mean)) return;
    const scale = PER_BASE[metricOf(id).unit] ?? 1;
    const of = (figure: "lowest" | "highest") => parts.get(partOf(id, figure))?.[n] ?? mean;
    row.set([count, count * mean * scale, of("lowest") * scale, of("highest") * scale], at);
  });
}
