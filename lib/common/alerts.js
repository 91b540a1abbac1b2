// @ts-check
/**
 * The alerts that stand, as those read them who look, in the terminal and on the page, which loads this
 * file as it is: an entry for each, or one for all of a rule when they are many, the worst first. Places
 * follow from when alerts fired and never from a value. Pure.
 */
import { cleanText } from "./text.js";
import { formatCountOf } from "./format.js";

/** So many alerts of one rule have an entry each; more of them have one together. */
const MAX_SINGLE = 3;

/** A sign for each kind, so that none is told by its colour alone. */
export const ALERT_SIGNS = { offline: "✗", critical: "▲", warning: "△" };

/** What alerts of no host are of. */
const OF_FLEET = "this server";

/** @typedef {"critical" | "warning"} Severity */
/**
 * @typedef {object} ShownRule a rule of which alerts stand, as docs/API.md describes it
 * @property {string} alert
 * @property {Severity} severity
 * @property {string} text
 * @property {string} several
 * @property {string} fires
 * @property {string} ends
 * @property {string | null} filter
 * @property {number} total
 * @property {number} sinceMs
 */
/**
 * @typedef {object} ShownAlert one that stands, as docs/API.md describes it
 * @property {string} alert
 * @property {Severity} severity
 * @property {string} id
 * @property {string} name
 * @property {string} text
 * @property {string} detail
 * @property {number} value
 * @property {string} valueText
 * @property {number} sinceMs
 * @property {boolean} flapping
 * @property {boolean} muted
 */
/** @typedef {{ readonly id: number, readonly filter: string, readonly untilMs: number }} ShownMute what is not told, until when by the wall clock */
/**
 * @typedef {object} Queue
 * @property {number} total those that are not muted
 * @property {number} muted
 * @property {readonly ShownMute[]} mutes
 * @property {readonly ShownRule[]} rules
 * @property {readonly ShownAlert[]} alerts
 */
/**
 * @typedef {object} Entry
 * @property {string} key what tells it from others, whatever its values
 * @property {keyof typeof ALERT_SIGNS} kind
 * @property {string} id the host's; empty where it is of several or of the fleet
 * @property {string} name
 * @property {string} text what is so, behind the name
 * @property {string} value empty where there is none
 * @property {number} sinceMs
 * @property {ShownRule} rule
 * @property {readonly ShownAlert[]} members those that it stands for, as far as they are known
 */

/** Nothing stands. @type {Queue} */
export const NOTHING = { total: 0, muted: 0, mutes: [], rules: [], alerts: [] };

/** The entries, in their order. @param {Queue} queue @returns {Entry[]} */
export function entriesOf({ rules, alerts }) {
  const entries = rules.flatMap((rule) => {
    const own = alerts.filter(({ alert }) => alert === rule.alert);
    const isFew = rule.total <= MAX_SINGLE && own.length === rule.total;
    return isFew ? own.map((one) => single(rule, one)) : [merged(rule, own)];
  });
  return entries.sort(byWorst);
}

/** @typedef {{ readonly rule: { readonly severity: Severity }, readonly sinceMs: number }} Ranked */

/** The worst first, of these those that have stood longest. @param {Ranked} a @param {Ranked} b */
export function byWorst(a, b) {
  return rank(a.rule) - rank(b.rule) || a.sinceMs - b.sinceMs;
}

/** @param {Ranked["rule"]} rule */
function rank({ severity }) {
  return severity === "critical" ? 0 : 1;
}

/** @param {ShownRule} rule @param {ShownAlert} alert @returns {Entry} */
function single(rule, alert) {
  const { id, sinceMs } = alert;
  const said = { key: `${rule.alert}\0${id}`, kind: kindOf(rule), id, sinceMs, rule };
  const { valueText: value } = alert;
  const text = textOf(alert);
  const members = [alert];
  if (id !== "") return { ...said, name: cleanText(alert.name), text, value, members };
  return { ...said, name: OF_FLEET, text: `${value} ${text}`.trim(), value: "", members };
}

/** @param {ShownRule} rule @param {readonly ShownAlert[]} members @returns {Entry} */
function merged(rule, members) {
  const { alert, several, total, sinceMs } = rule;
  const said = { key: alert, kind: kindOf(rule), id: "", name: formatCountOf(total, "host") };
  return { ...said, text: cleanText(several), value: "", sinceMs, rule, members };
}

/** What is so of one host, behind its name. @param {ShownAlert} alert */
export function textOf({ text, detail, flapping }) {
  const more = detail === "" ? "" : `: ${detail}`;
  return cleanText(text + more) + (flapping ? ", again and again" : "");
}

/** Which sign its alerts have. @param {ShownRule} rule @returns {keyof typeof ALERT_SIGNS} */
export function kindOf({ alert, severity }) {
  return alert === "offline" ? "offline" : severity;
}

const HOUR_MS = 3_600_000;
/** For how long may be muted by one press. */
export const MUTE_TIMES = [
  { label: "1h", ms: HOUR_MS },
  { label: "8h", ms: 8 * HOUR_MS },
  { label: "1d", ms: 24 * HOUR_MS },
  { label: "1w", ms: 168 * HOUR_MS },
];

/** The filter of one alert, of all of a rule, or of all of a host. @param {string} rule empty for all @param {string} id of a host; empty for all */
export function muteFilter(rule, id) {
  return [...id && [`id:${quoted(id)}`], ...rule && [`alert:${quoted(rule)}`]].join(" ");
}

/** A value of a filter. @param {string} text */
export function quoted(text) {
  return /^[\w.-]+$/.test(text) ? text : `"${text}"`;
}

/** When a rule fires, and when it ends. @param {ShownRule} rule */
export function conditionOf({ fires, ends }) {
  return cleanText(`Fires: ${fires}. Ends: ${ends}.`);
}

/** The same with times of the wall clock, which is ahead of the fleet's by so much. @param {Queue} queue @param {number} aheadMs @returns {Queue} */
export function onWallClock({ rules, alerts, ...queue }, aheadMs) {
  return {
    ...queue,
    rules: rules.map((rule) => ({ ...rule, sinceMs: rule.sinceMs + aheadMs })),
    alerts: alerts.map((alert) => ({ ...alert, sinceMs: alert.sinceMs + aheadMs })),
  };
}

/** How many alerts there are of each severity. @param {Queue} queue */
export function countsOf({ total, rules }) {
  const worst = rules.filter((rule) => rank(rule) === 0);
  const critical = worst.reduce((sum, rule) => sum + rule.total, 0);
  return { critical, warning: total - critical };
}
