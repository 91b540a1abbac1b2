// @ts-check
/// <reference lib="dom" />
/**
 * What the page of ways shows: the groups of hosts that lose, the worst first, and the table of all groups and
 * sites. It asks nobody, and knows no way but those that it is told.
 */
import { ALERT_SIGNS } from "../../../common/alerts.js";
import { formatCount, formatMs } from "../../../common/format.js";
import { MAX_SEARCH_LENGTH } from "../../../common/limits.js";
import { cleanText } from "../../../common/text.js";
import { formatLoss, HIGH_LOSS, lossLevel, lossPercent } from "../../../common/ways.js";
import { element, setText } from "./dom.js";
import { BASE } from "./paths.js";
import { readQuery, writeQuery } from "./query.js";

/** @typedef {import("../../../common/ways.js").Counted} Counted */
/** @typedef {{ readonly site: string, readonly recent: Counted, readonly delayMs: number | null, readonly jitterMs: number | null, readonly day?: (Counted & { readonly shares: readonly (number | null)[] }) | null }} Way */
/** @typedef {{ readonly value: string, readonly hosts: number, readonly unknown: number, readonly recent: Counted, readonly verdict: string, readonly sites: readonly Way[] }} Group */
/** @typedef {{ readonly nowMs: number, readonly group: string | null, readonly tagKeys: readonly string[], readonly sites: readonly string[], readonly groups: readonly Group[], readonly groupsOmitted: number, readonly day?: { readonly fromMs: number, readonly stepMs: number, readonly sinceMs: number } }} Answer */

/** So many of the groups that lose are shown. */
const MAX_ENTRIES = 6;

/** The greatest share that a group lost, on any of its ways or on all. @param {Group} group */
function worstOf({ recent, sites }) {
  return [recent, ...sites.map(({ recent }) => recent)]
    .reduce((worst, next) => (lossPercent(next) ?? -1) > (lossPercent(worst) ?? -1) ? next : worst);
}

/** The groups, those that lost most first. @param {readonly Group[]} groups */
export function worstFirst(groups) {
  const shareOf = (/** @type {Group} */ group) => lossPercent(worstOf(group)) ?? -1;
  return groups.toSorted((a, b) => shareOf(b) - shareOf(a));
}

/** Where the hosts of a group are listed: by a filter where one can say it, else as the one open group. @param {string | null} key @param {string} value */
function groupPath(key, value) {
  const query = readQuery("");
  const text = `${key}:${/[\s<>]/.test(value) ? `"${value}"` : value}`;
  const isSayable = value !== "" && value !== "*" && !value.includes('"') &&
    text.length <= MAX_SEARCH_LENGTH;
  if (key === null) return BASE;
  return BASE +
    writeQuery(isSayable ? { ...query, text } : { ...query, group: key, open: [value] });
}

/** What a group is called. @param {string | null} key @param {string} value */
export function nameOf(key, value) {
  if (key === null) return "all hosts";
  return value === "" ? `no ${key}` : cleanText(value);
}

/** The groups that lose, the worst first, each in a line; absent where none does. */
export function lossList() {
  const total = element("span", { class: "total" });
  const list = element("ul", { class: "queue" });
  const heading = element("h2", { id: "losing" }, "Ways that lose ", total);
  const head = element("div", { class: "needs-head" }, heading);
  const node = element("section", { class: "needs", "aria-labelledby": "losing" }, head, list);
  node.hidden = true;
  /** @param {Answer} answer */
  function draw({ group: key, groups }) {
    const losing = worstFirst(groups).filter(({ verdict }) => verdict !== "");
    node.hidden = losing.length === 0;
    setText(total, formatCount(losing.length));
    list.replaceChildren(
      ...losing.slice(0, MAX_ENTRIES).map((group) => {
        const isEverywhere = (lossPercent(group.recent) ?? 0) >= HIGH_LOSS;
        const worst = isEverywhere ? group.recent : worstOf(group);
        const name = nameOf(key, group.value);
        return element(
          "li",
          { "data-level": lossLevel(worst) },
          signOf(lossLevel(worst)),
          element("span", { class: "name", title: name }, name),
          element("span", { class: "what" }, group.verdict),
          element("b", { class: "value" }, formatLoss(worst)),
        );
      }),
    );
  }
  return { node, draw };
}

/** @param {string} level */
function signOf(level) {
  const sign = level === "critical" || level === "warning" ? ALERT_SIGNS[level] : "";
  return element("span", { class: "sign", "aria-hidden": "true" }, sign);
}

/** The table: a row for each group, and a column for each site. Who has the focus in it keeps that. */
export function waysTable() {
  const node = element("div", { class: "matrix", role: "table", "aria-label": "Ways" });
  /** @type {Map<string, HTMLElement>} */
  let rows = new Map();
  let drawn = "";

  /** @param {Answer} answer @param {readonly Group[]} groups */
  function draw({ group: key, sites }, groups) {
    const text = JSON.stringify([key, sites, groups]);
    if (text === drawn) return;
    drawn = text;
    node.style.setProperty("--sites", String(Math.max(1, sites.length)));
    const focused = document.activeElement?.closest(".matrix [data-value]")
      ?.getAttribute("data-value");
    rows = new Map(groups.map((group) => [group.value, rowOf(key, group, sites)]));
    node.replaceChildren(titleRow(sites), ...rows.values());
    if (typeof focused === "string") rows.get(focused)?.querySelector("a")?.focus();
  }
  return { node, draw };
}

/** @param {readonly string[]} sites */
function titleRow(sites) {
  const ways = sites.map((site) => {
    const to = element("span", { class: "to" }, `to ${cleanText(site)}`);
    return cell("columnheader", "way", to, element("b", {}, "lost"), element("small", {}, "delay"));
  });
  return element(
    "div",
    { role: "row", class: "titles" },
    cell("columnheader", "name", "from"),
    cell("columnheader", "hosts", "hosts"),
    ...ways,
    cell("columnheader", "all", sites.length === 2 ? "by both" : "by all"),
    cell("columnheader", "why", "why"),
  );
}

/** @param {string | null} key @param {Group} group @param {readonly string[]} sites */
function rowOf(key, { value, hosts, unknown, recent, verdict, sites: ways }, sites) {
  const name = nameOf(key, value);
  const link = element("a", { href: groupPath(key, value), "data-route": true, title: name }, name);
  const cells = sites.map((site) => {
    const way = ways.find((one) => one.site === site);
    return lossCell("way", way?.recent ?? null, cleanText(site), way);
  });
  const isUnknown = unknown === hosts;
  const partly = unknown > 0 ? `${formatCount(unknown)} of them without sequence numbers` : "";
  const why = isUnknown ? "no sequence numbers: loss cannot be known" : verdict || partly;
  return element(
    "div",
    { role: "row", "data-value": value },
    cell("rowheader", "name", link),
    cell("cell", "hosts", formatCount(hosts)),
    ...cells,
    lossCell("all", ways.length === 0 ? null : recent, "all", undefined),
    cell("cell", "why", why),
  );
}

/** @param {string} kind @param {Counted | null} counted @param {string} site @param {Way | undefined} way */
function lossCell(kind, counted, site, way) {
  const level = counted === null ? "unknown" : lossLevel(counted);
  const delay = way === undefined || way.delayMs === null ? "" : formatMs(way.delayMs);
  const made = cell(
    "cell",
    kind,
    ...[element("span", { class: "site" }, site), signOf(level)],
    element("b", {}, counted === null ? "unknown" : formatLoss(counted)),
    ...(kind === "way" ? [element("small", {}, delay)] : []),
  );
  made.dataset.level = level;
  if (counted !== null) made.title = titleOf(counted, way);
  return made;
}

/** @param {Counted} counted @param {Way | undefined} way */
function titleOf({ sent, lost }, way) {
  const of = `${formatCount(lost)} of ${formatCount(sent)} datagrams lost`;
  if (way === undefined || way.delayMs === null) return of;
  return `${of}; ${formatMs(way.delayMs)} later than the shortest way, jitter ${
    formatMs(way.jitterMs)
  }`;
}

/** @param {string} role @param {string} kind @param {...(string | Node)} content */
function cell(role, kind, ...content) {
  return element("span", { role, class: kind }, ...content);
}
