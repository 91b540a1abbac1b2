// @ts-check
/// <reference lib="dom" />
/**
 * The stream of the rows in view. It is opened anew, without haste, when other rows come into view
 * or others are asked for; what is shown until then is not its concern.
 */
import { partFor, suffices } from "./part.js";
import { BASE } from "./paths.js";
import { streamSearch } from "./query.js";
import { Stream } from "./stream.js";

/** @typedef {import("./query.js").Query} Query */

/** While a scroll goes on, other rows are asked for so often. */
const FOLLOW_MS = 100;

/**
 * @typedef {object} PartOptions
 * @property {() => import("./part.js").View} view the rows in view
 * @property {(data: any, isTurn: boolean) => void} onWindow takes an event; the first of another query is a turn
 * @property {(data: any) => void} onAlerts takes what stands in the whole fleet
 * @property {(lostSinceMs: number | null, reason: string) => void} onState as in a `Stream`
 */

/** A stream that is open until `close()`. */
export class PartStream {
  #query;
  #options;
  #part;
  #stream;
  /** Another query is asked for, and no event of it has come. */
  #isTurning = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Query} query @param {PartOptions} options */
  constructor(query, options) {
    this.#query = query;
    this.#options = options;
    this.#part = partFor(options.view());
    this.#stream = new Stream({
      url: () => `${BASE}api/stream${streamSearch(this.#query, this.#part)}`,
      on: { window: (data) => this.#take(data), alerts: options.onAlerts },
      onState: options.onState,
    });
  }

  /** Asks for another query, from its first row on unless its rows stay. @param {Query} query @param {number} delayMs @param {boolean} [stays] */
  turn(query, delayMs, stays = false) {
    this.#query = query;
    this.#isTurning = !stays;
    this.#openIn(delayMs);
  }

  /** Asks for the rows in view, unless they are asked for. @param {number} length how many there are in all */
  follow(length) {
    if (this.#isTurning || this.#timer !== undefined) return;
    if (!suffices(this.#part, this.#options.view(), length)) this.#openIn(FOLLOW_MS);
  }

  close() {
    clearTimeout(this.#timer);
    this.#stream.close();
  }

  /** @param {number} delayMs */
  #openIn(delayMs) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(), delayMs);
  }

  #open() {
    this.#timer = undefined;
    const view = this.#options.view();
    this.#part = partFor(this.#isTurning ? { ...view, first: 0 } : view);
    this.#stream.restart();
  }

  /** @param {any} data */
  #take(data) {
    // While the next stream is waited for, what comes is of the last query.
    const isTurn = this.#isTurning && this.#timer === undefined;
    if (isTurn) this.#isTurning = false;
    this.#options.onWindow(data, isTurn);
  }
}
