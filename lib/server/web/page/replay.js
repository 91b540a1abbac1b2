// @ts-check
/// <reference lib="dom" />
/**
 * The bar of a replay: its time, which can be set, whether it plays, and how fast. It is there only where
 * the server plays a record.
 */
import { command } from "./commands.js";
import { element, setAttribute, setText } from "./dom.js";
import { formatTime } from "../../../common/format.js";
import { isWithModifier } from "./keys.js";

/** How often the server is asked how the replay stands. */
const LOOK_MS = 500;
const SPEEDS = ["1", "2", "5", "10", "60", "600", "max"];
const MINUTE_MS = 60_000;

/** @param {Replay} replay */
const otherWay = ({ isPlaying }) => ({ playing: String(!isPlaying) });
const by = (/** @type {number} */ minutes) => () => ({ by: String(minutes * MINUTE_MS) });

/** The next of the speeds, or the one before. @param {number} step */
function faster(step) {
  return (/** @type {Replay} */ { speed }) => {
    const at = SPEEDS.indexOf(String(speed ?? "max")) + step;
    return { speed: SPEEDS[Math.max(0, Math.min(at, SPEEDS.length - 1))] ?? "1" };
  };
}

/** @typedef {{ nowMs: number, fromMs: number, toMs: number, isPlaying: boolean, isSeeking: boolean, speed: number | null }} Replay as docs/API.md describes it */

/** What keys do, as in the terminal. @type {Readonly<Record<string, (replay: Replay) => Record<string, string>>>} */
const KEYS = {
  ...{ p: otherWay, ",": by(-1), ".": by(1), "<": by(-10), ">": by(10) },
  ...{ "+": faster(1), "-": faster(-1) },
};

/** Shows the bar in an element of the page, where there is a replay. @param {HTMLElement} node */
export async function openReplay(node) {
  const first = await ask("GET", {});
  if (first === null) return;
  let replay = first;
  let isDragged = false;

  const play = element("button", { type: "button", onclick: () => steer(otherWay(replay)) });
  const time = element("output", {});
  const slider = element("input", {
    ...{ type: "range", step: 1_000, "aria-label": "Time of the record" },
    oninput: () => {
      isDragged = true;
      setText(time, formatTime(Number(slider.value)));
    },
    onchange: () => {
      isDragged = false;
      steer({ time: slider.value });
    },
  });
  const speed = element("select", {
    "aria-label": "Speed of the replay",
    onchange: () => steer({ speed: speed.value }),
  });
  for (const value of SPEEDS) {
    speed.append(element("option", { value }, value === "max" ? "max" : `×${value}`));
  }
  node.replaceChildren(element("b", {}, "Replay"), play, slider, time, speed);

  /** @param {Replay | null} next */
  function draw(next) {
    if (next === null) return;
    replay = next;
    const { nowMs, fromMs, toMs, isPlaying, isSeeking } = next;
    setText(play, isPlaying ? "⏸" : "▶");
    setAttribute(play, "aria-label", isPlaying ? "Pause the replay" : "Play the replay");
    if (isDragged) return;
    setAttribute(slider, "min", fromMs);
    setAttribute(slider, "max", toMs);
    slider.value = String(nowMs);
    setText(time, formatTime(nowMs) + (isSeeking ? " …" : ""));
    if (document.activeElement !== speed) speed.value = String(next.speed ?? "max");
  }

  /** @param {Record<string, string>} params */
  async function steer(params) {
    draw(await ask("POST", params));
  }

  addEventListener("keydown", (event) => {
    const isTyping = event.target instanceof HTMLInputElement && event.target !== slider;
    const paramsOf = isTyping || isWithModifier(event) ? undefined : KEYS[event.key];
    if (paramsOf === undefined) return;
    event.preventDefault();
    steer(paramsOf(replay));
  });
  setInterval(async () => {
    if (document.visibilityState === "visible") draw(await ask("GET", {}));
  }, LOOK_MS);
  draw(replay);
}

/** How it stands; `null` where there is none, and where the server is gone, which the streams tell. @param {"GET" | "POST"} method @param {Record<string, string>} params @returns {Promise<Replay | null>} */
async function ask(method, params) {
  const { answer, error } = await command(method, "replay", params);
  return error === "" ? answer : null;
}
