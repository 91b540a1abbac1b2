// @ts-check
/// <reference lib="dom" />
/**
 * The way to the streams that all tabs share, or to some of this tab's own where a browser knows no
 * shared workers.
 */
import { Connections } from "./connections.js";

/** @typedef {import("./connections.js").Listener} Listener */
/** @typedef {import("./worker.js").Wish} Wish */

/** Whether other tabs share the streams of this one, so that it may listen while nobody looks at it. */
export const IS_SHARED = typeof SharedWorker !== "undefined";

/** @type {Map<number, { url: string, listener: Listener, leave: () => void }>} */
const joined = new Map();
let lastId = 0;
/** The worker; `null` where there is none. @type {MessagePort | null} */
let port = null;
/** @type {Connections | null} */
let own = null;

if (IS_SHARED) start();

function start() {
  // The URL has the version of the page: tabs of before and after an update share none.
  const url = new URL("./worker.js", import.meta.url);
  const worker = new SharedWorker(url, { type: "module", name: "pulso" });
  port = worker.port;
  port.onmessage = ({ data: { id, news } }) => joined.get(id)?.listener(news);
  worker.onerror = () => {
    port = null;
    for (const id of joined.keys()) ask(id);
  };
  // Not every browser tells the worker of a tab that is gone.
  addEventListener("pagehide", () => send({ end: true }));
}

/** @param {Wish} wish */
function send(wish) {
  port?.postMessage(wish);
}

/** @param {number} id */
function ask(id) {
  const one = joined.get(id);
  if (one === undefined) return;
  if (port !== null) return send({ id, url: one.url });
  own ??= new Connections();
  one.leave = own.join(one.url, one.listener);
}

/** Listens to a stream; what is returned ends that. @param {string} url @param {Listener} listener */
export function listen(url, listener) {
  const id = ++lastId;
  joined.set(id, { url, listener, leave: () => send({ leave: id }) });
  ask(id);
  return () => {
    joined.get(id)?.leave();
    joined.delete(id);
  };
}

/** Has a stream opened anew of which nothing has come for long. @param {string} url */
export function restart(url) {
  send({ restart: url });
  own?.restart(url);
}
