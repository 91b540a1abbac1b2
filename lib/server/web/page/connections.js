// @ts-check
/// <reference lib="dom" />
/**
 * Streams of events for all who listen in one browser. It opens six connections to a server and no
 * more, whatever the number of its tabs. So whoever asks for the same shares one, and few are open at
 * a time: when more are asked for, they take turns. It knows nothing of what the events say.
 */

/** What leaves a browser enough of its six for everything else. */
const MAX_OPEN = 3;
/** Time that a stream has after its first event, while others wait. */
export const TURN_MS = 300;
/** Time until a stream that was refused is asked for again; what was only interrupted comes back by itself. */
export const RETRY_MS = 2000;
/** A stream that was opened anew a moment ago is not opened anew: all its listeners may ask for it at once. */
const FRESH_MS = 1000;
/** Every kind of event that the page listens to. */
const KINDS = ["window", "cells", "host", "tick", "alerts", "gone", "dropped"];

/**
 * @typedef {{ kind: "open" }
 *   | { kind: "lost" }
 *   | { kind: "refused", status: number }
 *   | { kind: "event", name: string, text: string }} News what a listener is told; a status of 0 is that of nobody
 * @typedef {(news: News) => void} Listener
 */

/** The streams that somebody listens to. */
export class Connections {
  /** @type {Map<string, Feed>} */
  #feeds = new Map();
  /** Those that never had a connection, which come first, and those that have none now; longest first. @type {Set<Feed>} */
  #fresh = new Set();
  /** @type {Set<Feed>} */
  #waiting = new Set();
  /** Those with one, longest first. @type {Set<Feed>} */
  #open = new Set();

  /** Listens to a stream, from its beginning; what is returned ends that. @param {string} url @param {Listener} listener */
  join(url, listener) {
    const feed = this.#feeds.get(url) ?? new Feed(url, () => this.#fill());
    this.#feeds.set(url, feed);
    feed.listeners.add(listener);
    // The server tells the beginning to whoever opens a stream, so all are told it again.
    if (this.#open.has(feed)) feed.open();
    else if (!this.#waiting.has(feed)) this.#fresh.add(feed);
    this.#fill();
    return () => {
      if (feed.listeners.delete(listener) && feed.listeners.size === 0) this.#remove(feed);
    };
  }

  /** Opens a stream anew, as nothing has come of it for long. @param {string} url */
  restart(url) {
    const feed = this.#feeds.get(url);
    if (feed !== undefined && this.#open.has(feed) && feed.ageMs >= FRESH_MS) feed.open();
  }

  /** @param {Feed} feed */
  #remove(feed) {
    feed.close();
    this.#feeds.delete(feed.url);
    for (const feeds of [this.#fresh, this.#waiting, this.#open]) feeds.delete(feed);
    this.#fill();
  }

  /** Gives those that wait a connection, as far as there are any, or others have had their turn. */
  #fill() {
    for (const feed of [...this.#fresh, ...this.#waiting]) {
      if (this.#open.size >= MAX_OPEN && !this.#rest(this.#fresh.has(feed))) return;
      this.#fresh.delete(feed);
      this.#waiting.delete(feed);
      this.#open.add(feed);
      feed.open();
    }
  }

  /** Takes the connection of one that has had its turn, or for a first turn of one that was told something. @param {boolean} isFirst */
  #rest(isFirst) {
    const done = [...this.#open].find(({ isDone, isTold }) => isDone || isFirst && isTold);
    if (done === undefined) return false;
    done.close();
    this.#open.delete(done);
    this.#waiting.add(done);
    return true;
  }
}

/** One stream and those who listen to it. */
class Feed {
  url;
  /** @type {Set<Listener>} */
  listeners = new Set();
  /** Whether it has had its turn. */
  isDone = false;
  #onDone;
  #openedMs = 0;
  /** @type {EventSource | null} */
  #source = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #turn;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;

  /** @param {string} url @param {() => void} onDone */
  constructor(url, onDone) {
    this.url = url;
    this.#onDone = onDone;
  }

  /** Whether it was told something since it was opened. */
  get isTold() {
    return this.#turn !== undefined;
  }

  get ageMs() {
    return Date.now() - this.#openedMs;
  }

  open() {
    this.close();
    this.#openedMs = Date.now();
    const source = new EventSource(this.url);
    this.#source = source;
    source.onopen = () => this.#tell({ kind: "open" });
    source.onerror = () => this.#onError(source);
    for (const name of KINDS) {
      source.addEventListener(name, ({ data }) => {
        this.#tell({ kind: "event", name, text: data });
        if (name === "dropped") this.#reopen();
        const isFirst = !this.isTold;
        this.#endTurn();
        if (isFirst) this.#onDone();
      });
    }
  }

  close() {
    clearTimeout(this.#turn);
    clearTimeout(this.#retry);
    this.#turn = undefined;
    this.isDone = false;
    this.#source?.close();
    this.#source = null;
  }

  /** @param {EventSource} source */
  async #onError(source) {
    this.#endTurn();
    if (source.readyState !== EventSource.CLOSED) return this.#tell({ kind: "lost" });
    this.#reopen();
    // Why it was refused, a stream does not say.
    const status = await fetch(this.url, { method: "HEAD" }).then(({ status }) => status, () => 0);
    if (source === this.#source) this.#tell({ kind: "refused", status });
  }

  #reopen() {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#retry = setTimeout(() => this.open(), RETRY_MS);
  }

  #endTurn() {
    this.#turn ??= setTimeout(() => {
      this.isDone = true;
      this.#onDone();
    }, TURN_MS);
  }

  /** @param {News} news */
  #tell(news) {
    for (const listener of this.listeners) listener(news);
  }
}
