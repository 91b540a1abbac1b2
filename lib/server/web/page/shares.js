// @ts-check
/// <reference lib="dom" />
/**
 * The line below charts: of how much of the time something is known, and what the rest is, each cause in
 * the pattern that its gaps have.
 */
import { CAUSE_WORDS, causesIn, formatShare } from "../../../common/gaps.js";
import { element } from "./dom.js";

/** Makes the line. @param {boolean} zooms whether there is something finer to be had than what is seen */
export function sharesLine(zooms) {
  const text = element("span", { role: "status" });
  const words = zooms ? "drag to zoom, double click to go back" : "";
  const hint = element("span", { class: "hint" }, words);
  const node = element("p", { class: "shares" }, text, hint);

  /** @param {{ shares: Readonly<Record<string, number | null>> }} past */
  function draw({ shares }) {
    const known = element("b", {}, `${formatShare(shares.known ?? 0)} known`);
    const parts = causesIn(shares).map(([cause, share], n) => {
      const words = `${formatShare(share)} ${CAUSE_WORDS[cause]}`;
      const swatch = element("i", { class: "cause", "data-cause": cause, "aria-hidden": "true" });
      return element("span", {}, n === 0 ? "; " : ", ", swatch, words);
    });
    text.replaceChildren(known, ...parts);
  }

  return { node, draw };
}
