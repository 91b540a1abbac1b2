// @ts-check
/// <reference lib="dom" />
/**
 * The figures of compared hosts as a table, which is the legend of their chart: a row that is pointed at
 * brings its line forward, and a name leads to its host.
 */
import { levelOf } from "../../../common/status.js";
import { CAUSE_WORDS, causesIn, describeShares, formatShare } from "../../../common/gaps.js";
import { formatCount, formatCountOf, FORMATS } from "../../../common/format.js";
import { cleanText } from "../../../common/text.js";
import { lineColor } from "./chart_options.js";
import { element, setAttribute } from "./dom.js";
import { figuresOf, figuresOfMean, MEAN } from "./past.js";
import { hostPath } from "./paths.js";
import { swatch } from "./readout.js";

/** @typedef {import("./past.js").ComparedHost} ComparedHost */
/** @typedef {import("./past.js").Comparison} Comparison */
/** @typedef {import("./compare.js").Places} Places */
/** @typedef {keyof typeof FORMATS} Unit */

const COLUMNS = /** @type {const} */ (["mean", "lowest", "highest", "last"]);

/** Makes the table. @param {(id: string | null) => void} onFocus told which host is pointed at */
export function figuresTable(onFocus) {
  const heads = ["host", ...COLUMNS, "known"].map((name) => element("th", { scope: "col" }, name));
  const body = element("tbody", {});
  const table = element(
    "table",
    {},
    element("thead", {}, element("tr", {}, ...heads)),
    body,
  );
  const hint = element("p", { class: "hint" }, "A row brings its line forward.");
  const node = element("aside", { class: "figures-of", "aria-label": "Figures" }, table, hint);
  let drawn = "";

  /** @param {Pick<Comparison, "hosts" | "all" | "matched">} compared @param {Unit} unit @param {Places} places */
  function draw({ hosts, all, matched }, unit, places) {
    const rows = hosts.map((host) => ({ host, figures: figuresOf(host) }));
    const text = JSON.stringify([
      ...rows.map(({ host: { id, name, shares }, figures }) => [id, name, shares, figures, unit]),
      ...[all, matched],
    ]);
    // What is pointed at stays what it is.
    if (text === drawn) return;
    drawn = text;
    const href = focusedHref();
    body.replaceChildren(
      ...rows.map(({ host, figures }) => row(host, figures, unit, places.of(host.id))),
      ...(all === null ? [] : [meanRow(all, matched, unit)]),
    );
    const links = href === null ? [] : [...body.querySelectorAll("a")];
    links.find((link) => link.getAttribute("href") === href)?.focus({ preventScroll: true });
  }

  /** Where the link leads that has the focus, which its host keeps. */
  function focusedHref() {
    const { activeElement: link } = document;
    return link !== null && body.contains(link) ? link.getAttribute("href") : null;
  }

  /** @param {ComparedHost} host @param {ReturnType<typeof figuresOf>} figures @param {Unit} unit @param {number} place */
  function row({ id, name, shares }, figures, unit, place) {
    const link = element("a", { href: hostPath(id), "data-route": true }, cleanText(name));
    const cells = COLUMNS.map((column) => cell(figures[column], unit));
    const known = element(
      "td",
      { title: describeShares(shares) },
      element("span", {}, formatShare(shares.known ?? 0)),
      ...whyNot(shares),
    );
    const color = swatch(`var(${lineColor(place)})`);
    const head = element("th", { scope: "row" }, element("span", {}, color, link));
    const node = element("tr", {}, head, ...cells, known);
    return focusing(node, id);
  }

  /** All hosts among which those with the highest mean were looked for. @param {NonNullable<Comparison["all"]>} all @param {number} matched @param {Unit} unit */
  function meanRow({ hosts, mean }, matched, unit) {
    const figures = figuresOfMean(mean);
    const label = `all ${formatCount(matched)}, mean`;
    const title = `the mean of ${formatCountOf(hosts, "host")} of which something is known`;
    const written = element("span", {}, swatch("var(--muted)"), label);
    const head = element("th", { scope: "row", title }, written);
    const cells = COLUMNS.map((column) => cell(figures[column], unit));
    return focusing(element("tr", { class: "mean" }, head, ...cells, element("td", {})), MEAN);
  }

  /** Brings a line forward while its row is pointed at. @param {HTMLElement} node @param {string} id */
  function focusing(node, id) {
    for (const event of ["mouseenter", "focusin"]) node.addEventListener(event, () => onFocus(id));
    for (const event of ["mouseleave", "focusout"]) {
      node.addEventListener(event, () => onFocus(null));
    }
    return node;
  }

  return { node, draw };
}

/** @param {number | null} value @param {Unit} unit */
function cell(value, unit) {
  const node = element("td", {}, FORMATS[unit](/** @type {any} */ (value)));
  const level = unit === "percent" ? levelOf(value) : "normal";
  setAttribute(node, "data-level", level !== "normal" && level);
  return node;
}

/** The greatest cause of what is not known. @param {Readonly<Record<string, number | null>>} shares */
function whyNot(shares) {
  const [[worst = ""] = []] = causesIn(shares);
  return worst === "" ? [] : [element("small", {}, ` ${CAUSE_WORDS[worst]}`)];
}
