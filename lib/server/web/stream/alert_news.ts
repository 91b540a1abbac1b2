/**
 * What streams tell of the alerts that stand: those of the fleet and of parts of it the queue, those of a
 * host its own. An event is the same object as long as it says the same, so that who keeps the last one
 * sees whether there is news. Pure.
 */
import { onWallClock } from "../../../common/alerts.js";
import type { WebContext } from "../api/context.ts";
import { encodeEvent, type EventBytes } from "./client.ts";

/** An event, and what it says. */
interface News {
  readonly text: string;
  readonly event: EventBytes;
}

const NONE: News = { text: "", event: new Uint8Array() };

/** Makes the events of one server. */
export class AlertNews {
  readonly #context: WebContext;
  /** Of which queue, and by which wall clock, the news of the fleet are, and those of each host. */
  #queue: WebContext["alerts"]["queue"] | null = null;
  #aheadMs = NaN;
  #ofFleet = NONE;
  #ofHosts = new Map<string, News>();
  /** Those of the looks before, to be the same where they say the same. */
  #before = new Map<string, News>();

  constructor(context: WebContext) {
    this.#context = context;
  }

  /** The queue, and how many alerts there are in all. */
  get ofFleet(): EventBytes {
    this.#settle();
    return this.#ofFleet.event;
  }

  /** Those of one host. */
  ofHost(id: string): EventBytes {
    this.#settle();
    const known = this.#ofHosts.get(id);
    if (known !== undefined) return known.event;
    const news = newsOf(
      onWallClock(this.#context.alerts.of(id), this.#aheadMs),
      this.#before.get(id) ?? NONE,
    );
    this.#ofHosts.set(id, news);
    return news.event;
  }

  /** Makes all anew after a look at the fleet, and when the wall clock was set. */
  #settle(): void {
    const { alerts: { queue }, aheadMs, outbox } = this.#context;
    if (queue === this.#queue && aheadMs() === this.#aheadMs) return;
    this.#queue = queue;
    this.#aheadMs = aheadMs();
    const destinations = outbox.state;
    this.#ofFleet = newsOf({ ...onWallClock(queue, this.#aheadMs), destinations }, this.#ofFleet);
    this.#before = this.#ofHosts;
    this.#ofHosts = new Map();
  }
}

function newsOf(data: object, before: News): News {
  const text = JSON.stringify(data);
  return text === before.text ? before : { text, event: encodeEvent("alerts", data) };
}
