/**
 * Who looks at which part of the fleet. Whoever looks at the same part is told the same, encoded
 * once, and parts of one order cost that order once.
 */
import type { EventClient } from "./client.ts";
import type { WebContext } from "./context.ts";
import type { EventBytes } from "./events.ts";
import { totalsJson } from "./json.ts";
import { type FleetOrder, orderFleet } from "./order.ts";
import type { WindowQuery } from "./params.ts";
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
    const key = JSON.stringify(query);
    if (!this.#views.has(key)) {
      const order = await orderFleet(this.#context, query);
      // Another may have opened the same meanwhile.
      if (!this.#views.has(key)) return this.#open(key, client, query, order);
    }
    const { window, clients } = this.#views.get(key)!;
    clients.add(client);
    return window.joinEvent(this.#totals());
  }

  #open(key: string, client: EventClient, query: WindowQuery, order: FleetOrder): EventBytes {
    const window = new FleetWindow(this.#context, query);
    window.arrange(order);
    this.#views.set(key, { window, orderKey: orderKeyOf(query), clients: new Set([client]) });
    return window.firstEvent(this.#totals());
  }

  /** A client looks no more. */
  leave(client: EventClient): void {
    for (const [key, { clients }] of this.#views) {
      if (clients.delete(client) && clients.size === 0) this.#views.delete(key);
    }
  }

  /** Tells everybody what is new in what they look at. */
  async tell(isHeartbeat: boolean): Promise<void> {
    await this.#arrange();
    let totals: Totals | null = null;
    const totalsOf = () => totals ??= this.#totals();
    for (const { window, clients } of [...this.#views.values()]) {
      const event = window.nextEvent(totalsOf, isHeartbeat);
      if (event === null) continue;
      for (const client of clients) client.push(event);
      await this.#context.pause();
    }
  }

  /** Puts those in order whose time it is, and with them all that have the same order. */
  async #arrange(): Promise<void> {
    const views = Map.groupBy(this.#views.values(), ({ orderKey }) => orderKey);
    for (const alike of views.values()) {
      const nowMs = this.#context.nowMs();
      if (!alike.some(({ window }) => window.isDue(nowMs))) continue;
      const order = await orderFleet(this.#context, alike[0]!.window.query);
      for (const { window } of alike) {
        await this.#context.pause();
        window.arrange(order);
      }
    }
  }

  #totals(): Totals {
    return totalsJson(this.#context.fleet, this.#context.nowMs());
  }
}

function orderKeyOf({ text, statuses, sort, descending }: WindowQuery): string {
  return JSON.stringify([text, statuses, sort, descending]);
}
