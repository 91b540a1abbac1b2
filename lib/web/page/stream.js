// @ts-check
/// <reference lib="dom" />
/**
 * The connection to the server: one stream of events that comes back by itself, and whether it is
 * there. It knows nothing of what the events say.
 */

const RETRY_MS = 2000;

/**
 * @typedef {object} StreamOptions
 * @property {(lastId: string | null) => string} url where to listen; the id of the last event that was heard
 * @property {Record<string, (data: any) => void>} on what to do with each kind of event
 * @property {(lostSinceMs: number | null, reason: string) => void} onState told when the connection is lost, and when it is back
 */

/** A stream that is open until `close()`. */
export class Stream {
  #options;
  /** @type {EventSource | null} */
  #source = null;
  /** @type {string | null} */
  #lastId = null;
  /** @type {number | null} */
  #lostSinceMs = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {StreamOptions} options @param {string | null} lastId where to go on from */
  constructor(options, lastId = null) {
    this.#options = options;
    this.#lastId = lastId;
    this.#open();
  }

  /** The id of the last event. */
  get lastId() {
    return this.#lastId;
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #open() {
    const source = new EventSource(this.#options.url(this.#lastId));
    this.#source = source;
    source.onopen = () => this.#setLost(null, "");
    source.onerror = () => {
      this.#setLost(this.#lostSinceMs ?? Date.now(), "");
      // A refusal closes it for good; everything else it tries again by itself.
      if (source.readyState === EventSource.CLOSED) this.#reopen();
    };
    for (const [kind, act] of Object.entries(this.#options.on)) {
      source.addEventListener(kind, (event) => {
        if (event.lastEventId !== "") this.#lastId = event.lastEventId;
        act(JSON.parse(event.data));
      });
    }
    source.addEventListener("dropped", (event) => {
      source.close();
      this.#setLost(Date.now(), JSON.parse(event.data).reason);
      this.#reopen();
    });
  }

  #reopen() {
    this.#source?.close();
    this.#timer = setTimeout(() => this.#open(), RETRY_MS);
  }

  /** @param {number | null} sinceMs @param {string} reason */
  #setLost(sinceMs, reason) {
    this.#lostSinceMs = sinceMs;
    this.#options.onState(sinceMs, reason);
  }
}
