// @ts-check
/// <reference lib="dom" />
/**
 * The choice of a part of the past: the buttons and keys, the URL that keeps it, and what is asked of the
 * server for it, anew as time passes.
 */
import { element, setAttribute, setText } from "./dom.js";
import { SPANS_MS } from "../../../common/gaps.js";
import { rangeLabel, readRange, shifted, spanSearch, stepped, withRange } from "./range.js";

/** @typedef {import("./range.js").Range} Range */

/** Between two times at which the same is asked for, at least, and as a part of a stretch. */
const [REFRESH_MS, REFRESH_SHARE] = [5_000, 1 / 4];

/** Whether the server keeps a past on disk. */
export function isKept() {
  const meta = document.querySelector("meta[name=pulso-past]");
  return meta?.getAttribute("content") === "disk";
}

/**
 * @typedef {object} Surroundings
 * @property {(span: string) => string} url where a part of the past is, of which `span` says which
 * @property {() => number} nowMs on the server's clock
 * @property {() => void} onChoose another one is chosen
 * @property {(answer: any) => void} onAnswer what the server says of it
 * @property {(error: unknown) => void} onFailure
 */

/** The choice of one page. */
export class Ranges {
  /** The buttons; there is nothing to choose where nothing is kept. */
  bar = element("div", { class: "ranges", role: "group", "aria-label": "Range" });
  /** From when to when it is. */
  label = element("span", { class: "range-label" });
  #on;
  #buttons;
  /** `null` for the last fifteen minutes. @type {Range | null} */
  #range;
  /** What was chosen before a part of it was dragged over. @type {(Range | null)[]} */
  #before = [];
  /** When the server answered last, by its clock; `Infinity` while it is asked, `-Infinity` where it never was. */
  #loadedMs = -Infinity;
  #stepMs = 0;
  #isOpen = true;

  /** @param {Surroundings} surroundings */
  constructor(surroundings) {
    this.#on = surroundings;
    this.#range = readRange(location.search);
    this.#buttons = Object.keys(SPANS_MS).map((name) => {
      const button = element("button", { type: "button" }, name);
      button.addEventListener("click", () => this.#choose(readRange(`?range=${name}`)));
      this.bar.append(button);
      return { name, button };
    });
    this.bar.hidden = !isKept();
    this.#show();
  }

  /** Whether it is the last fifteen minutes, which go on. */
  get isLive() {
    return this.#range === null;
  }

  /** From when to when it is, and by which name. */
  get span() {
    const nowMs = this.#on.nowMs();
    if (this.#range?.name === "") return this.#range;
    const name = this.#range?.name ?? "15m";
    return { name, fromMs: nowMs - (SPANS_MS[name] ?? 0), toMs: nowMs };
  }

  /** Asks for what is chosen. */
  load() {
    this.#loadedMs = Infinity;
    this.#load().catch((error) => {
      this.#loadedMs = this.#on.nowMs();
      this.#on.onFailure(error);
    });
  }

  /** Time has passed. */
  tick() {
    if (this.#range?.name === "" || this.#loadedMs === -Infinity) return;
    this.#show();
    const waitMs = Math.max(REFRESH_MS, this.#stepMs * REFRESH_SHARE);
    if (this.#on.nowMs() >= this.#loadedMs + waitMs) this.load();
  }

  /** What was dragged over, in seconds. @param {number} from @param {number} until */
  zoom(from, until) {
    this.#before.push(this.#range);
    this.#choose({ name: "", fromMs: Math.round(from * 1000), toMs: Math.round(until * 1000) });
  }

  /** Back to what was chosen before. */
  back() {
    const before = this.#before.pop();
    if (before !== undefined) this.#choose(before);
  }

  /** Does what a key says; whether it is such a key. @param {KeyboardEvent} event */
  onKey({ key }) {
    if (this.bar.hidden) return false;
    const way = { "[": -1, ArrowLeft: -1, "]": 1, ArrowRight: 1 }[key];
    if (way === undefined) return false;
    const nowMs = this.#on.nowMs();
    const isStep = key === "[" || key === "]";
    this.#choose(isStep ? stepped(this.span, way, nowMs) : shifted(this.span, way, nowMs));
    return true;
  }

  close() {
    this.#isOpen = false;
  }

  /** @param {Range | null} range */
  #choose(range) {
    this.#range = range;
    history.replaceState(null, "", location.pathname + withRange(location.search, range));
    this.#show();
    this.#on.onChoose();
    this.load();
  }

  #show() {
    const { name } = this.span;
    for (const { name: other, button } of this.#buttons) {
      setAttribute(button, "aria-pressed", `${name === other}`);
    }
    setText(this.label, this.#on.nowMs() > 0 ? rangeLabel(this.span) : "");
  }

  async #load() {
    const range = this.#range;
    const response = await fetch(this.#on.url(spanSearch(this.span)));
    const answer = await response.json();
    if (!this.#isOpen || this.#range !== range) return;
    if (!response.ok) throw new Error(answer.error);
    this.#loadedMs = answer.nowMs;
    this.#stepMs = answer.stepMs;
    this.#on.onAnswer(answer);
  }
}
