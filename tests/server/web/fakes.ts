/** What the tests of the web room stand on: a fleet, a clock that stands still, and timers that a test rings. */
import { Alerts } from "../../../lib/server/alerts/alerts.ts";
import { visitOf } from "../alerts/watched.ts";
import { keysOf, type MarkedAlert, queueOf } from "../../../lib/server/alerts/queue.ts";
import type { Queue } from "../../../lib/common/alerts.js";
import type { Notice } from "../../../lib/server/alerts/notice.ts";
import { Fleet } from "../../../lib/server/fleet/fleet.ts";
import type { FleetOptions } from "../../../lib/server/fleet/receipt.ts";
import type { RecordCounts } from "../../../lib/server/fleet/receipt.ts";
import type { DestinationState } from "../../../lib/server/outlets/destination.ts";
import type { BusState } from "../../../lib/server/bus/open.ts";
import type { ReceiverState } from "../../../lib/server/export/remote_queue.ts";
import type { WebContext } from "../../../lib/server/web/api/context.ts";
import type { GuardSettings } from "../../../lib/server/web/guard.ts";
import { ordersOf } from "../../../lib/server/store/door.ts";
import {
  createHandler,
  type HandlerSettings,
  type WebHandler,
} from "../../../lib/server/web/handler.ts";
import { jsonOf } from "../../messages.ts";

/** The time at which every test begins, in milliseconds. */
export const START_MS = 1_795_442_910_170;

/** A surrounding for the web room, all of it in the hands of the test. */
export class FakeWorld {
  readonly fleet: Fleet;
  readonly context: WebContext;
  readonly faults: unknown[] = [];
  readonly failures = new Map<string, number>();
  recorded: RecordCounts | null = null;
  remoteWrite: readonly ReceiverState[] = [];
  bus: BusState | null = null;
  nowMs = START_MS;
  /** By how much the wall clock is ahead. */
  aheadMs = 0;
  /** The alerts that stand. */
  standing: MarkedAlert[] = [];
  readonly alerts: Alerts;
  /** How destinations are. */
  destinations: readonly DestinationState[] = [];
  /** What has been told, with those who were. */
  readonly told: (readonly [to: string, notice: Notice])[] = [];
  /** How often something has ended its turn of the event loop. */
  pauses = 0;
  #timers: { atMs: number; action: () => void }[] = [];

  constructor(options: Partial<FleetOptions> = {}, fleet?: Fleet) {
    const usual = { maxHosts: 20_000, historyMs: 900_000, nowMs: START_MS };
    this.fleet = fleet ?? new Fleet({ ...usual, ...options });
    const say = <T>(line: T) => line;
    const [log, aheadMs] = [{ info: say, warn: say }, () => this.aheadMs];
    const teller = {
      tell: (to: readonly string[], notice: Notice) => this.told.push([to.join(), notice]),
    };
    const given = { fleet: this.fleet, startedMs: START_MS, log, aheadMs, teller };
    this.alerts = fakeAlerts(new Alerts(given), () => this.standing);
    this.context = {
      fleet: this.fleet,
      startedMs: START_MS,
      nowMs: () => this.nowMs,
      steadyMs: () => this.nowMs,
      aheadMs: () => this.aheadMs,
      pause: () => this.#pause(),
      release: () => {},
      schedule: (action, delayMs) => this.#schedule(action, delayMs),
      failures: this.failures,
      store: null,
      forget: ordersOf(this.fleet, null, () => this.nowMs).forget,
      recorded: () => this.recorded,
      remoteWrite: () => this.remoteWrite,
      bus: () => this.bus,
      alerts: this.alerts,
      outbox: this.#outbox(),
      replay: null,
      onFault: (error) => this.faults.push(error),
    };
  }

  /** One that can tell all but `mail`. */
  #outbox(): WebContext["outbox"] {
    const state = () => this.destinations;
    return {
      get state() {
        return state();
      },
      test: (to, atMs) => {
        for (const name of to) this.told.push([name, { what: "test", atMs } as Notice]);
        const error = (name: string) => name === "mail" ? "SMTP 535" : null;
        return Promise.resolve(to.map((name) => ({ name, error: error(name) })));
      },
    };
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.length;
  }

  /** Sends a message of these fields. */
  send(fields: Record<string, unknown>): void {
    const sender = { hostname: "192.0.2.7", port: 40_000 };
    this.fleet.receive(
      jsonOf({ v: 1, id: undefined, host: "h", interval: 5_000, ...fields }),
      sender,
      this.nowMs,
    );
  }

  /** Sends one message of each of many hosts. */
  sendMany(count: number): void {
    for (let n = 0; n < count; n++) {
      this.send({ id: `id-${n}`, host: `web-${n}`, cpu: { mean: n % 100 } });
    }
  }

  /** Lets time pass, rings what is due, and lets what follows from it happen. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const due = this.#timers.filter(({ atMs }) => atMs <= untilMs);
      const next = due.sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.nowMs = next.atMs;
      next.action();
      await settle();
    }
    this.nowMs = untilMs;
  }

  #pause(): Promise<void> {
    this.pauses++;
    return Promise.resolve();
  }

  #schedule(action: () => void, delayMs: number): () => void {
    const timer = { atMs: this.nowMs + delayMs, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }
}

/** Alerts as they are said to stand, with a queue that is the same as long as they are the same object. */
function fakeAlerts(alerts: Alerts, standing: () => MarkedAlert[]): Alerts {
  let [key, queue]: [readonly unknown[], Queue | null] = [[], null];
  const queueNow = (all: MarkedAlert[]) =>
    queueOf(visitOf(all), alerts.mutes.list(), (alert) => alerts.show(alert));
  return Object.defineProperties(alerts, {
    standing: { value: (most: number) => standing().slice(0, most) },
    keys: { get: () => keysOf(visitOf(standing())) },
    of: { value: (id: string) => queueNow(standing().filter(({ key }) => key === id)) },
    queue: {
      get() {
        const now = [standing(), alerts.version];
        if (queue === null || now.some((part, n) => part !== key[n])) queue = queueNow(standing());
        key = now;
        return queue;
      },
    },
  });
}

/** Lets everything happen that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await Promise.resolve();
}

/** Settings of a server on loopback. */
export const OPEN: GuardSettings = { token: null, hostNames: [] };

/** A handler, and a short way to ask it. */
export function serve(world: FakeWorld, settings: HandlerSettings = OPEN) {
  const handler: WebHandler = createHandler(world.context, settings);
  return {
    handler,
    get(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Response> {
      return handler.handle(
        new Request(`http://127.0.0.1:8080${path}`, {
          method,
          headers: { host: "127.0.0.1:8080", ...headers },
        }),
      );
    },
  };
}

/** One event as a client reads it. */
export interface ReadEvent {
  readonly event: string;
  readonly id: string | null;
  // deno-lint-ignore no-explicit-any
  readonly data: any;
}

/** Reads the events of a stream one by one, as `EventSource` does, but for those of alerts unless they are asked for. */
export class EventReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  readonly #takesAlerts: boolean;
  #text = "";

  constructor(response: Response, takesAlerts = false) {
    this.#reader = response.body!.getReader();
    this.#takesAlerts = takesAlerts;
  }

  /** The next event; `null` when the stream has ended. */
  async next(): Promise<ReadEvent | null> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        const isAlerts = block.startsWith("event: alerts\n");
        if (block.startsWith("retry:") || isAlerts && !this.#takesAlerts) continue;
        return parse(block);
      }
      const { done, value } = await this.#reader.read();
      if (done) return null;
      this.#text += this.#decoder.decode(value, { stream: true });
    }
  }

  /** Goes away. */
  close(): Promise<void> {
    return this.#reader.cancel();
  }
}

function parse(block: string): ReadEvent {
  const fields = new Map(
    block.split("\n").map((line) => {
      const colon = line.indexOf(": ");
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  return {
    event: fields.get("event")!,
    id: fields.get("id") ?? null,
    data: JSON.parse(fields.get("data")!),
  };
}
