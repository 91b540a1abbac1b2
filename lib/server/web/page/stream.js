// @ts-check
/// <reference lib="dom" />
/**
 * What this page listens to: one stream of events that comes back by itself, and whether the server
 * is there. While nobody looks at the page it is closed. It knows nothing of what the events say.
 */
import { listen, restart } from "./shared.js";

/** The server says something every second: who is silent for so long is gone, though no network says so. */
const SILENCE_MS = 10_000;

/**
 * @typedef {object} StreamOptions
 * @property {() => string} url where to listen
 * @property {Record<string, (data: any) => void>} on what to do with each kind of event
 * @property {"visible" | "hidden"} [when] the page has to be for this stream to be open; visible where nothing is said
 * @property {(lostSinceMs: number | null, reason: string) => void} onState told when the connection is lost, and when it is back
 */

/** Those that are not closed. @type {Set<Stream>} */
const streams = new Set();
let isHeld = false;
/** Told whether the page is held. @type {(isHeld: boolean) => void} */
let onHold = () => {};

/** Has `listener` told whether the page is held. @param {(isHeld: boolean) => void} listener */
export function tellOfHold(listener) {
  onHold = listener;
}

/** Holds the page as it is, or lets it go on; so does whatever is asked for anew. @param {boolean} [held] the other way where nothing is said */
export function hold(held = !isHeld) {
  if (held === isHeld) return;
  isHeld = held;
  onHold(held);
  for (const stream of streams) stream.follow();
}

/** A stream that is open until `close()`. */
export class Stream {
  #options;
  #when;
  #url = "";
  /** @type {(() => void) | null} */
  #leave = null;
  /** @type {number | null} */
  #lostSinceMs = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #patience;
  /** Opens it when it is to be open, and else closes it. */
  follow = () => {
    if (document.visibilityState !== this.#when || isHeld && this.#when === "visible") {
      this.#pause();
    } else if (this.#leave === null) this.#open();
  };

  /** @param {StreamOptions} options */
  constructor(options) {
    this.#options = options;
    this.#when = options.when ?? "visible";
    document.addEventListener("visibilitychange", this.follow);
    hold(false);
    streams.add(this);
    this.follow();
  }

  /** Listens where `url` says now. */
  restart() {
    this.#pause();
    hold(false);
    this.follow();
  }

  close() {
    document.removeEventListener("visibilitychange", this.follow);
    streams.delete(this);
    this.#pause();
  }

  #pause() {
    clearTimeout(this.#patience);
    this.#leave?.();
    this.#leave = null;
  }

  #open() {
    this.#url = this.#options.url();
    this.#expectMore();
    this.#leave = listen(this.#url, (news) => this.#take(news));
  }

  /** @param {import("./connections.js").News} news */
  #take(news) {
    if (news.kind === "open") return this.#setLost(null, "");
    if (news.kind === "lost") return this.#setLost(this.#lostSinceMs ?? Date.now(), "");
    if (news.kind === "refused") {
      return this.#setLost(this.#lostSinceMs ?? Date.now(), String(news.status || ""));
    }
    this.#expectMore();
    const data = JSON.parse(news.text);
    if (news.name === "dropped") return this.#setLost(Date.now(), data.reason);
    if (this.#lostSinceMs !== null) this.#setLost(null, "");
    this.#options.on[news.name]?.(data);
  }

  #expectMore() {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => {
      this.#setLost(this.#lostSinceMs ?? Date.now() - SILENCE_MS, "");
      restart(this.#url);
      this.#expectMore();
    }, SILENCE_MS);
  }

  /** @param {number | null} sinceMs @param {string} reason */
  #setLost(sinceMs, reason) {
    this.#lostSinceMs = sinceMs;
    this.#options.onState(sinceMs, reason);
  }
}
