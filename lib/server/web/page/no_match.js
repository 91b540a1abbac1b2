// @ts-check
/// <reference lib="dom" />
/**
 * What is shown in place of the table when a filter lets no host through: which of its terms match
 * nothing, which do, and tags that are written nearly so, each a press away.
 */
import { command } from "./commands.js";
import { element } from "./dom.js";
import { cleanText } from "../../../common/text.js";
import { formatCountOf } from "../../../common/format.js";
import { BASE } from "./paths.js";
import { filterOf, writeQuery } from "./query.js";

/** @typedef {import("./query.js").Query} Query */
/** @typedef {import("../../../common/filter.js").Term} Term */

/** So many terms are looked at one by one, and so many tags are offered for one. */
const [MAX_TERMS, MAX_OFFERS] = [4, 3];

/** The page whose filter lets no host through. @param {() => void} onAll */
export function noMatchState(onAll) {
  const what = element("p", {});
  const hints = element("ul", { class: "terms" });
  const all = element(
    "button",
    { type: "button", onclick: onAll },
    "Clear the filter ",
    element("kbd", {}, "Esc"),
  );
  const heading = element("h2", {}, "No host matches");
  const node = element(
    "section",
    { class: "empty no-match", hidden: true },
    ...[heading, what, hints, all],
  );
  let told = "";

  /** @param {boolean} isNoMatch @param {Query} query */
  async function show(isNoMatch, query) {
    node.hidden = !isNoMatch;
    const asked = isNoMatch ? writeQuery(query) : "";
    if (asked === told) return;
    told = asked;
    if (!isNoMatch) return;
    const { text, statuses } = query;
    const { terms } = filterOf(text);
    const words = terms.map(inWords);
    const status = statuses.length === 0 ? [] : [`status ${statuses.join(" or ")}`];
    what.textContent = `No host has ${[...words, ...status].join(", and ")}.`;
    hints.replaceChildren();
    const lines = await Promise.all(
      terms.slice(0, MAX_TERMS).map((term) => lineOf(term, query, terms.length > 1)),
    );
    if (asked === told) hints.replaceChildren(...lines.flat());
  }
  return { node, show };
}

/** @param {Term} term */
function inWords({ kind, text }) {
  const written = cleanText(text);
  if (kind === "word") return `“${written.replaceAll('"', "")}” in name, address, id or status`;
  return kind === "tag" ? `the tag ${written}` : written;
}

/** What one term matches alone; nothing where that says no more. @param {Term} term @param {Query} query @param {boolean} isOneOfMany @returns {Promise<HTMLElement[]>} */
async function lineOf(term, query, isOneOfMany) {
  const { answer } = await command("GET", "fleet", { q: term.text, limit: "1" });
  if (answer === null || answer.matched === undefined) return [];
  const name = element("code", {}, cleanText(term.text));
  if (answer.matched > 0) {
    if (!isOneOfMany) return [];
    const alone = link(
      { ...query, text: term.text, statuses: [] },
      formatCountOf(answer.matched, "host"),
    );
    return [element("li", {}, name, " alone matches ", alone, ".")];
  }
  const offers = term.kind === "tag" ? await offersFor(term, answer.totals.tagKeys) : [];
  const links = offers.flatMap(({ written, hosts }, n) => {
    const text = query.text.replace(term.text, written);
    const count = hosts === null ? "" : ` (${formatCountOf(hosts, "host")})`;
    return [n === 0 ? " Nearly so are written: " : ", ", link({ ...query, text }, written), count];
  });
  if (links.length === 0 && !isOneOfMany) return [];
  const end = links.length > 0 ? ["."] : [];
  return [element("li", {}, name, " matches none.", ...links, ...end)];
}

/** @param {Query} query @param {string} text */
function link(query, text) {
  return element("a", { href: BASE + writeQuery(query), "data-route": true }, cleanText(text));
}

/** Tags that are written nearly so. @param {import("../../../common/filter.js").TagTerm} term @param {readonly string[]} keys those that there are */
async function offersFor({ key, value }, keys) {
  if (!keys.includes(key)) {
    return nearest(key, keys).map((near) => ({ written: `${near}:${value}`, hosts: null }));
  }
  const { answer } = await command("GET", "fleet", { group: key, open: "", limit: "1" });
  /** @type {readonly import("./store.js").Group[]} */
  const groups = answer?.groups ?? [];
  const values = groups.map((group) => group.value).filter((value) => value !== "");
  return nearest(value, values).map((near) => ({
    written: `${key}:${closed(near)}`,
    hosts: groups.find((group) => group.value === near)?.hosts ?? null,
  }));
}

/** A value as a filter takes it whole. @param {string} value */
function closed(value) {
  return /[\s"<>]/.test(value) ? '"' + value.replaceAll('"', "") + '"' : value;
}

/** The texts that are least far from another. @param {string} text @param {readonly string[]} others */
export function nearest(text, others) {
  const far = others.map((other) => ({ other, by: distance(text, other.toLowerCase()) }));
  const near = far.filter(({ by, other }) => by < Math.max(text.length, other.length));
  return near.sort((a, b) => a.by - b.by).slice(0, MAX_OFFERS).map(({ other }) => other);
}

/** How many letters have to change, or change places, for one text to be another (Damerau). @param {string} a @param {string} b */
function distance(a, b) {
  const rows = [Array.from({ length: b.length + 1 }, (_, at) => at)];
  /** @param {number} n @param {number} at */
  const read = (n, at) => rows[n]?.[at] ?? Infinity;
  for (let n = 1; n <= a.length; n++) {
    const row = [n];
    rows.push(row);
    for (let at = 1; at <= b.length; at++) {
      const isSwapped = a[n - 1] === b[at - 2] && a[n - 2] === b[at - 1];
      row.push(Math.min(
        read(n - 1, at - 1) + Number(a[n - 1] !== b[at - 1]),
        read(n - 1, at) + 1,
        read(n, at - 1) + 1,
        isSwapped ? read(n - 2, at - 2) + 1 : Infinity,
      ));
    }
  }
  return read(a.length, b.length);
}
