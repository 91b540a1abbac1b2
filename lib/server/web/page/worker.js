// @ts-check
/// <reference lib="webworker" />
/**
 * What all tabs of the page share: their streams. It runs as long as one of them is open.
 */
import { Connections } from "./connections.js";

/**
 * @typedef {{ id: number, url: string }
 *   | { leave: number }
 *   | { restart: string }
 *   | { end: true }} Wish what a tab asks for: to listen, not to, to begin anew, or nothing more of all
 */

const connections = new Connections();

/** @param {MessagePort} port */
function serve(port) {
  /** @type {Map<number, () => void>} */
  const leaves = new Map();
  const end = () => {
    for (const leave of leaves.values()) leave();
    leaves.clear();
  };
  /** @param {Wish} wish */
  const act = (wish) => {
    if ("url" in wish) {
      const { id, url } = wish;
      leaves.set(id, connections.join(url, (news) => port.postMessage({ id, news })));
    } else if ("restart" in wish) connections.restart(wish.restart);
    else if ("end" in wish) end();
    else {
      leaves.get(wish.leave)?.();
      leaves.delete(wish.leave);
    }
  };
  port.addEventListener("message", ({ data }) => act(data));
  // A tab that crashed says nothing more itself.
  port.addEventListener("close", end);
  port.start();
}

addEventListener("connect", (event) => {
  for (const port of /** @type {MessageEvent} */ (event).ports) serve(port);
});
