// @ts-check
/// <reference lib="dom" />
/**
 * The choice of a part of a host's past: the buttons, the URL that keeps it, and what is asked of the
 * server for it, anew as time passes. Where the server keeps none on disk, there is nothing to choose.
 */
import { element, setAttribute, setText } from "./dom.js";
import { describeShares, KeptPast, readRange, SPANS_MS, withRange } from "./past.js";
import { BASE } from "./paths.js";

/** @typedef {import("./past.js").Range} Range */

/** The range that is live. */
const LIVE = "15m";
/** How many stretches of another one are asked for, and how often at the most. */
const POINTS = 600;
const REFRESH_MS = 30_000;

/**
 * @typedef {object} Surroundings
 * @property {string} search by which the host is asked for
 * @property {() => number} nowMs on the server's clock
 * @property {(past: KeptPast | null) => void} onPast it is another, or the live one for `null`
 * @property {(error: unknown) => void} onFailure
 */

/** The choice of one host's page. */
export class Ranges {
  /** The buttons, and below the charts what the time is made of. */
  bar = element("div", { class: "ranges", role: "group", "aria-label": "Range", hidden: true });
  shares = element("p", { class: "hint", role: "status" });
  /** The part that is shown; `null` while none has come. @type {KeptPast | null} */
  past = null;
  #on;
  #buttons;
  /** @type {Range | null} */
  #range;
  #loadedMs = -Infinity;
  #isOpen = true;

  /** @param {Surroundings} surroundings */
  constructor(surroundings) {
    this.#on = surroundings;
    this.#range = readRange(location.search, 1);
    this.#buttons = Object.keys(SPANS_MS).map((name) => {
      const button = element("button", { type: "button" }, name);
      button.addEventListener(
        "click",
        () => this.#choose(name === LIVE ? null : this.#named(name)),
      );
      this.bar.append(button);
      return { name, button };
    });
    this.#press();
  }

  /** Whether the samples are shown as they come. */
  get isLive() {
    return this.#range === null;
  }

  /** Asks for what is chosen, where there is anything to choose. */
  async start() {
    const meta = document.querySelector("meta[name=pulso-past]");
    const isKept = meta?.getAttribute("content") === "disk";
    this.bar.hidden = !isKept;
    if (!isKept) this.#range = null;
    await this.#load();
  }

  /** Time has passed. */
  tick() {
    if (this.past === null || !this.#range?.name) return;
    const dueMs = this.#loadedMs + Math.max(REFRESH_MS, this.past.stepMs / 4);
    if (this.#on.nowMs() >= dueMs) this.#load().catch(this.#on.onFailure);
  }

  /** What was dragged over, in seconds. @param {number} from @param {number} until */
  zoom(from, until) {
    this.#choose({ name: "", fromMs: from * 1000, toMs: until * 1000 });
  }

  close() {
    this.#isOpen = false;
  }

  /** @param {string} name */
  #named(name) {
    return readRange(`?range=${name}`, this.#on.nowMs());
  }

  /** @param {Range | null} range */
  #choose(range) {
    this.#range = range;
    this.past = null;
    history.replaceState(null, "", location.pathname + withRange(location.search, range));
    this.#press();
    if (range === null) {
      setText(this.shares, "");
      this.#on.onPast(null);
    } else this.#load().catch(this.#on.onFailure);
  }

  #press() {
    const chosen = this.#range === null ? LIVE : this.#range.name;
    for (const { name, button } of this.#buttons) {
      setAttribute(button, "aria-pressed", `${name === chosen}`);
    }
  }

  async #load() {
    const range = this.#range;
    if (range === null) return;
    this.#loadedMs = this.#on.nowMs();
    const { fromMs, toMs } = range.name === "" ? range : this.#named(range.name) ?? range;
    const part = `&from=${Math.round(fromMs)}&to=${Math.round(toMs)}&points=${POINTS}`;
    const response = await fetch(`${BASE}api/history${this.#on.search}${part}`);
    const answer = await response.json();
    if (!this.#isOpen || this.#range !== range) return;
    if (!response.ok) throw new Error(answer.error);
    this.past = new KeptPast(answer);
    setText(this.shares, describeShares(this.past.shares));
    this.#on.onPast(this.past);
  }
}
