// @ts-check
/// <reference lib="dom" />
/**
 * The numbers of one host, group by group: a share with its bar, or with the bar of what it is made of,
 * and all others as small figures. Which there are, and what each is called, says the catalogue.
 */
import { CATALOGUE } from "./catalogue.js";
import { bar } from "./cells.js";
import { element, setAttribute, setText } from "./dom.js";
import { isZero, metricOf, section, valueOf } from "./devices.js";
import { swatch } from "./readout.js";
import { FORMATS } from "../../../common/format.js";
import { ALERT_SIGNS } from "../../../common/alerts.js";
import { levelOf, percentOf } from "../../../common/status.js";

/** @typedef {typeof CATALOGUE.metrics[number]} Metric */
/** @typedef {number | null} Value */

/** What a share is made of, each in a colour of the charts, as far as a host says it. @type {Readonly<Record<string, Readonly<Record<string, string>>>>} */
const MADE_OF = {
  cpu: { user: "c1", system: "c3", iowait: "c2", irq: "c4", steal: "c5", nice: "c6" },
  memory: { memoryUsed: "c1", cached: "c3" },
};

/** What a host says of itself alone; the highest of several stands where those do. */
const FIGURES = CATALOGUE.metrics.filter(({ kind, from }) =>
  kind === "host" && !(from !== undefined && "names" in from)
);
const SHARES = FIGURES.filter(({ bar }) => bar);
const PARTS = new Set(SHARES.flatMap(({ from }) => partsOf(from)));

/** The groups of those, in the order of a message. */
export const GROUPS = [...new Set(FIGURES.map(({ group }) => group))];

/** The ids of a part and its whole. @param {Metric["from"]} from */
function partsOf(from) {
  if (from === undefined || !("part" in from)) return [];
  return [from.part, metricOf(from.part).partOf ?? from.of[0] ?? ""];
}

/** A number, of the row where it is told there. @param {Metric} metric @param {any} row @param {any} message @returns {Value} */
function numberOf(metric, row, message) {
  const { field, group } = metric;
  return field === undefined ? valueOf(metric, message[group]) : row[field];
}

/** The section of a group, hidden where the host says nothing of it. @param {string} group @param {...Node} more what follows in it */
export function groupSection(group, ...more) {
  const all = FIGURES.filter((metric) => metric.group === group);
  const shares = all.filter(({ bar }) => bar);
  const others = all.filter((metric) => !metric.bar && !PARTS.has(metric.id));
  // A number stands with the share that it is called after, else with the first.
  const shareOf = ({ id = "" }) =>
    shares.find((share) => id.startsWith(share.id) && id !== share.id) ?? shares[0];
  const blocks = (shares.length > 0 ? shares : [undefined]).map((share) =>
    block(share, others.filter((metric) => shareOf(metric) === share))
  );
  const title = CATALOGUE.groups[group] ?? group;
  const isNamed = shares[0]?.label === title;
  const node = isNamed
    ? element("section", {}, ...blocks.map(({ node }) => node), ...more)
    : section(title, ...blocks.map(({ node }) => node), ...more);
  /** @param {any} row @param {any} message */
  const draw = (row, message) => {
    const isSent = message[group] !== undefined;
    for (const block of blocks) block.draw(row, message);
    // A group that is not sent is absent; one that could not be read is not known.
    node.hidden = !isSent || blocks.every(({ node }) => node.hidden);
  };
  return { node, draw };
}

/** A share, or none, with its figures. @param {Metric | undefined} share @param {readonly Metric[]} others */
function block(share, others) {
  const made = Object.entries(MADE_OF[share?.id ?? ""] ?? {});
  const parts = [...made.map(([id]) => metricOf(id)), ...others].filter((metric, n, all) =>
    all.indexOf(metric) === n
  );
  const list = figureList(parts.map(({ label, short }) => made.length > 0 ? short : label));
  const head = share === undefined ? null : shareHead(share);
  const node = element("div", { class: "block" }, ...(head?.nodes ?? []), list.node);
  made.forEach(([id, color]) => list.mark(parts.indexOf(metricOf(id)), color));
  /** @param {any} row @param {any} message */
  const draw = (row, message) => {
    const texts = parts.map((metric) => figureOf(metric, row, message));
    list.draw(texts);
    list.node.hidden = texts.every((text) => text === "");
    if (share !== undefined && head !== null) {
      const of = message[share.group];
      const value = numberOf(share, row, message);
      const whole = share.id === "cpu" ? 100 : of?.[metricOf(partsOf(share.from)[1] ?? "").name];
      head.draw(
        value,
        textOf(share, of, value),
        made.map(([id, color]) => {
          const part = numberOf(metricOf(id), row, message);
          return { color, percent: percentOf(part, whole ?? null) };
        }),
      );
    }
    node.hidden = head === null && list.node.hidden;
  };
  return { node, draw };
}

/** Its name, its number and its bar. @param {Metric} share */
function shareHead(share) {
  const number = element("b", { class: "number" });
  const head = element(
    "div",
    { class: "block-head", title: share.formula },
    element("h2", {}, share.label),
    number,
  );
  const { node: plain, show } = bar();
  const made = element("span", { class: "bar stack", "aria-hidden": "true" });
  /** @param {Value} value @param {string} text @param {readonly { color: string, percent: Value }[]} parts */
  const draw = (value, text, parts) => {
    const level = levelOf(value);
    setAttribute(number, "data-level", level !== "normal" && level);
    setText(number, level === "normal" ? text : `${ALERT_SIGNS[level]} ${text}`);
    const known = parts.filter(({ percent }) => percent !== null);
    // One or two modes are not what is busy; and a share alone is a bar.
    const isWhole = known.length > (share.id === "cpu" ? 2 : 1);
    plain.hidden = isWhole || value === null;
    made.hidden = !isWhole;
    show(value);
    while (made.children.length < parts.length) made.append(element("i"));
    Array.from(made.children).forEach((node, n) => {
      const { percent = null, color = "c6" } = parts[n] ?? {};
      /** @type {HTMLElement} */ (node).style.cssText = `width:${
        percent ?? 0
      }%;background:var(--${color})`;
    });
  };
  return { nodes: [head, plain, made], draw };
}

/** A number of a host; empty for one that its system does not have. @param {Metric} metric @param {any} row @param {any} message */
function figureOf(metric, row, message) {
  const value = numberOf(metric, row, message);
  return value === null && metric.optional ? "" : FORMATS[metric.unit](value);
}

/** The number of a bar: its part and its whole, where it has them. @param {Metric} metric @param {any} of @param {Value} value */
function textOf({ from, unit }, of, value) {
  const parts = partsOf(from).map((id) => {
    const { name, unit } = metricOf(id);
    return { value: of?.[name], text: FORMATS[unit](of?.[name]) };
  });
  if (parts.length === 0) return FORMATS[unit](value);
  return parts[1]?.value === 0 ? "none" : parts.map(({ text }) => text).join(" of ");
}

/** A few figures side by side. @param {readonly string[]} names @param {string} [kind] its class */
export function figureList(names, kind = "parts") {
  const node = element("dl", { class: kind });
  const values = names.map((name) => {
    const value = element("dd", { class: "number" });
    node.append(element("div", {}, element("dt", {}, name), value));
    return value;
  });
  /** @param {readonly string[]} texts */
  const draw = (texts) =>
    values.forEach((value, index) => {
      setText(value, texts[index] ?? "");
      setAttribute(value, "data-zero", isZero(texts[index] ?? ""));
      if (value.parentElement !== null) value.parentElement.hidden = value.textContent === "";
    });
  /** Puts the colour of a part before its name. @param {number} at @param {string} color */
  const mark = (at, color) => {
    values[at]?.previousElementSibling?.prepend(swatch(`var(--${color})`));
  };
  return { node, draw, mark };
}
