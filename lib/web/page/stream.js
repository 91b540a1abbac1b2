// @ts-check
/// <reference lib="dom" />
/**
 * The connection to the server: one stream of events that comes back by itself, and whether it is
 * there. It knows nothing of what the events say.
 */

const RETRY_MS = 2000;
/** The server says something every second: who is silent for so long is gone, though no network says so. */
const SILENCE_MS = 10_000;

/**
 * @typedef {object} StreamOptions
 * @property {() => string} url where to listen
 * @property {Record<string, (data: any) => void>} on what to do with each kind of event
 * @property {(lostSinceMs: number | null, reason: string) => void} onState told when the connection is lost, and when it is back
 */

/** A stream that is open until `close()`. */
export class Stream {
  #options;
  /** @type {EventSource | null} */
  #source = null;
  /** @type {number | null} */
  #lostSinceMs = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #patience;

  /** @param {StreamOptions} options */
  constructor(options) {
    this.#options = options;
    this.#open();
  }

  /** Listens where `url` says now. */
  restart() {
    this.close();
    this.#open();
  }

  close() {
    clearTimeout(this.#timer);
    clearTimeout(this.#patience);
    this.#source?.close();
    this.#source = null;
  }

  #open() {
    const source = new EventSource(this.#options.url());
    this.#source = source;
    this.#expectMore();
    source.onopen = () => this.#setLost(null, "");
    source.onerror = () => {
      this.#setLost(this.#lostSinceMs ?? Date.now(), "");
      // A refusal closes it for good; everything else it tries again by itself.
      if (source.readyState === EventSource.CLOSED) this.#reopen();
    };
    for (const [kind, act] of Object.entries(this.#options.on)) {
      source.addEventListener(kind, (event) => {
        this.#expectMore();
        act(JSON.parse(event.data));
      });
    }
    source.addEventListener("dropped", (event) => {
      this.#setLost(Date.now(), JSON.parse(event.data).reason);
      this.#reopen();
    });
  }

  #expectMore() {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => {
      this.#setLost(this.#lostSinceMs ?? Date.now() - SILENCE_MS, "");
      this.restart();
    }, SILENCE_MS);
  }

  #reopen() {
    this.close();
    this.#timer = setTimeout(() => this.#open(), RETRY_MS);
  }

  /** @param {number | null} sinceMs @param {string} reason */
  #setLost(sinceMs, reason) {
    this.#lostSinceMs = sinceMs;
    this.#options.onState(sinceMs, reason);
  }
}
