/**
 * Who looks at which part of the fleet. Whoever looks at the same part is told the same, encoded
 * once, and parts of one order cost that order once.
 */
import type { EventClient } from "./client.ts";
import { HOSTS_PER_TURN, momentOf, type WebContext } from "../api/context.ts";
import type { EventBytes } from "./events.ts";
import { totalsJson } from "../api/json.ts";
import { orderFleet } from "../order.ts";
import type { WindowQuery } from "../api/params.ts";
import { FleetWindow, type Totals } from "./window.ts";

/** One window and those who look at it. */
interface View {
  readonly window: FleetWindow;
  /** What the query says but for the part. */
  readonly orderKey: string;
  readonly clients: Set<EventClient>;
}

/** The windows of one server that somebody looks at. */
export class Windows {
  readonly #context: WebContext;
  readonly #views = new Map<string, View>();

  constructor(context: WebContext) {
    this.#context = context;
  }

  /** How many windows there are. */
  get size(): number {
    return this.#views.size;
  }

  /** Lets a client look, and makes what it is told first; later events are pushed to it. */
  async join(client: EventClient, query: WindowQuery): Promise<EventBytes> {
    const order = await orderFleet(this.#context, query);
    const { window, clients } = this.#viewOf(query);
    const totalsOf = this.#onceTotals();
    // The others have to be where the new one begins.
    push(clients, window.update(order, totalsOf, false));
    clients.add(client);
    return window.wholeEvent(order, totalsOf());
  }

  #viewOf(query: WindowQuery): View {
    const key = JSON.stringify(query);
    const view = this.#views.get(key) ??
      {
        window: new FleetWindow(this.#context, query),
        orderKey: orderKeyOf(query),
        clients: new Set(),
      };
    this.#views.set(key, view);
    return view;
  }

  /** A client looks no more. */
  leave(client: EventClient): void {
    for (const [key, { clients }] of this.#views) {
      if (clients.delete(client) && clients.size === 0) this.#views.delete(key);
    }
  }

  /** Tells everybody what is new in what they look at. */
  async tell(isHeartbeat: boolean): Promise<void> {
    const totalsOf = this.#onceTotals();
    for (const alike of Map.groupBy(this.#views.values(), ({ orderKey }) => orderKey).values()) {
      const nowMs = this.#context.nowMs();
      if (alike.some(({ window }) => window.isDue(nowMs, isHeartbeat))) {
        await this.#update(alike, totalsOf, isHeartbeat);
      } else if (isHeartbeat) {
        for (const { window, clients } of alike) push(clients, window.heartbeat(totalsOf()));
      }
    }
  }

  /** Looks anew at all that have the same order: made once, or anew after each turn of the event loop. */
  async #update(alike: readonly View[], totalsOf: () => Totals, isHeartbeat: boolean) {
    let order = await orderFleet(this.#context, alike[0]!.window.query);
    let rows = 0;
    for (const { window, clients } of alike) {
      if (rows >= HOSTS_PER_TURN) {
        await this.#context.pause();
        order = await orderFleet(this.#context, window.query);
        rows = 0;
      }
      push(clients, window.update(order, totalsOf, isHeartbeat));
      rows += window.size;
    }
    await this.#context.pause();
  }

  /** The totals, made when first asked for: they are a look at every host. */
  #onceTotals(): () => Totals {
    let totals: Totals | null = null;
    return () => totals ??= totalsJson(this.#context.fleet, momentOf(this.#context));
  }
}

function push(clients: Iterable<EventClient>, event: EventBytes | null): void {
  if (event === null) return;
  for (const client of clients) client.push(event);
}

function orderKeyOf({ text, statuses, sort, descending }: WindowQuery): string {
  return JSON.stringify([text, statuses, sort, descending]);
}
