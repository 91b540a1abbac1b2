/**
 * Remote write: the series of `/metrics` are pushed to Prometheus, VictoriaMetrics or whatever else takes
 * them, at a fixed interval. A round reads the fleet in turns of the event loop that are short, and each
 * receiver has a queue of its own: one that is slow or gone holds up neither reception nor the others.
 * Its one job is those requests.
 */
import type { Clock } from "../../common/clock.ts";
import type { Log } from "../../common/log.ts";
import { endTurn, schedule, wait } from "../../common/timeout.ts";
import type { BusState } from "../bus/open.ts";
import type { Alerts } from "../alerts/alerts.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { RecordCounts } from "../fleet/receipt.ts";
import type { ServerOptions } from "../options.ts";
import { openHttp } from "../outlets/http.ts";
import type { Outbox } from "../outlets/outbox.ts";
import type { Failures, Observer } from "../parts.ts";
import { serverFamilies, type ServerState, stateOf } from "../web/prometheus/server_families.ts";
import { type ReceiverState, RemoteQueue } from "./remote_queue.ts";
import { type Credentials, openSecret } from "./secret.ts";
import { addHost, addServerSeries } from "./series.ts";
import { WriteRequest } from "./write_request.ts";

/** A request has no more: about 50 KB, which are half a megabyte before they are compressed. */
const MAX_SAMPLES = 5_000;
/** How long a turn writes: garbage may be collected in it besides. */
const TURN_MS = 2;
const ANSWER_TIMEOUT_MS = 30_000;
/** What is waiting at the end may be sent for so long. */
const END_PATIENCE_MS = 1_000;

const HEADERS = {
  "content-type": "application/x-protobuf",
  "content-encoding": "snappy",
  "x-prometheus-remote-write-version": "0.1.0",
};

/** What remote write is handed from outside. */
export interface RemoteWriteContext {
  readonly fleet: Fleet;
  /** Our own clock, which is not the fleet's while a record is played. */
  readonly clock: Pick<Clock, "nowMs" | "wallMs">;
  readonly aheadMs: () => number;
  readonly startedMs: number;
  readonly log: Pick<Log, "info" | "warn">;
  readonly failures: Pick<Failures, "counts">;
  readonly alerts: Pick<Alerts, "keys">;
  readonly outbox: Pick<Outbox, "state">;
  readonly recorded: () => RecordCounts | null;
  readonly bus: () => BusState | null;
}

type RemoteWriteOptions = Pick<
  ServerOptions,
  "remote-write" | "remote-write-interval" | "remote-write-token-file"
>;

/** Opens remote write where options name a receiver. @throws {RangeError} with one line for the user when the token cannot be read. */
export async function openRemoteWrite(
  options: RemoteWriteOptions,
  context: RemoteWriteContext,
): Promise<RemoteWrite | null> {
  const { "remote-write": urls, "remote-write-token-file": tokenFile } = options;
  if (urls.length === 0) return null;
  const readSecret = await openSecret(tokenFile);
  const receivers = urls.map((url) => ({ url, queue: openQueue(url, readSecret, context) }));
  return new RemoteWrite(receivers, options["remote-write-interval"], context);
}

/** The address of a receiver, without what may be secret of it. */
export function receiverName({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`;
}

function openQueue(
  url: URL,
  readSecret: () => Promise<Credentials>,
  { log, clock }: RemoteWriteContext,
): RemoteQueue {
  const name = receiverName(url);
  const http = openHttp({ request: fetch, wallMs: () => clock.wallMs(), schedule });
  return new RemoteQueue({
    async send(body, stop) {
      const { secrets, headers } = await readSecret();
      const signal = AbortSignal.any([stop, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
      const request = { url, method: "POST", headers: { ...HEADERS, ...headers } };
      await http({ ...request, body, secrets, signal });
    },
    wait,
    random: Math.random,
    onChange(failure, waits) {
      const next = waits ? "what waits is sent later" : "what it refuses is left out";
      if (failure === null) log.info(`Remote write to ${name} goes on`);
      else log.warn(`Cannot write to ${name}: ${failure}; ${next}`);
    },
  });
}

interface Receiver {
  readonly url: URL;
  readonly queue: RemoteQueue;
}

/** Pushes the fleet's series to receivers. */
export class RemoteWrite implements Observer {
  readonly name = "remote write";
  readonly #receivers: readonly Receiver[];
  readonly #intervalMs: number;
  readonly #context: RemoteWriteContext;
  #beforeMs: number;
  #round: Promise<void> | null = null;
  #isClosed = false;

  constructor(receivers: readonly Receiver[], intervalMs: number, context: RemoteWriteContext) {
    this.#receivers = receivers;
    this.#intervalMs = intervalMs;
    this.#context = context;
    this.#beforeMs = context.startedMs;
  }

  /** What became of the samples, for each receiver. */
  get state(): readonly ReceiverState[] {
    return this.#receivers.map(({ url, queue }) => ({
      ...{ receiver: receiverName(url), failure: queue.failure },
      ...queue.counts,
    }));
  }

  tick(nowMs: number): void {
    // One that takes longer than the interval is not begun twice.
    if (nowMs - this.#beforeMs < this.#intervalMs || this.#round !== null) return;
    const beforeMs = this.#beforeMs;
    this.#beforeMs = nowMs;
    this.#round = this.#send(nowMs, beforeMs).finally(() => this.#round = null);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#round;
    await Promise.all(this.#receivers.map((receiver) => this.#end(receiver)));
  }

  async #end({ url, queue }: Receiver): Promise<void> {
    const lost = await queue.close(END_PATIENCE_MS);
    if (lost === 0) return;
    const why = queue.failure ?? "too slow to be waited for";
    this.#context.log.warn(`Lost ${lost} samples for ${receiverName(url)}: ${why}`);
  }

  async #send(nowMs: number, beforeMs: number): Promise<void> {
    const { fleet, clock } = this.#context;
    const aheadMs = this.#context.aheadMs();
    let untilMs = 0;
    const rest = async () => {
      await endTurn();
      untilMs = clock.nowMs() + TURN_MS;
    };
    const request = new WriteRequest(Math.round(nowMs + aheadMs));
    // Others have been told of the same second, and each look at all hosts takes a turn's time.
    await rest();
    const totals = fleet.totals(nowMs);
    await rest();
    for (const family of serverFamilies(totals, this.#serverState())) {
      for (const series of family.series) {
        addServerSeries(request, family, series);
        // As many alerts may stand as there are hosts.
        if (request.samples >= MAX_SAMPLES) this.#push(request);
        if (clock.nowMs() >= untilMs) await rest();
      }
    }
    await rest();
    for (let slot = 0; slot < fleet.index.slots; slot++) {
      if (this.#isClosed) return;
      const host = fleet.index.host(slot);
      // Who has come since may have been written already, before it left.
      if (host === null || host.firstSeenMs > nowMs) continue;
      addHost(request, host, { nowMs, beforeMs, aheadMs });
      if (request.samples >= MAX_SAMPLES) this.#push(request);
      if (clock.nowMs() >= untilMs) await rest();
    }
    this.#push(request);
  }

  #serverState(): ServerState {
    const { failures, ...context } = this.#context;
    return stateOf({ ...context, failures: failures.counts, remoteWrite: () => this.state });
  }

  #push(request: WriteRequest): void {
    const { samples } = request;
    if (samples === 0) return;
    const body = request.take();
    for (const { queue } of this.#receivers) queue.push(body, samples);
  }
}
