// @ts-check
/**
 * What is wrong with a host, in the word that stands by its name in a list: what its worst alert is of,
 * or that it is not heard; and how much a number is out of the ordinary, as it is shown. Pure.
 */
import { ALERT_SIGNS, textOf } from "./alerts.js";
import { CRITICAL_PERCENT, levelOf, WARNING_PERCENT } from "./status.js";

/** @typedef {import("./alerts.js").ShownAlert} ShownAlert */
/** @typedef {import("./status.js").HostStatus} HostStatus */
/** @typedef {{ level: "critical" | "warning" | "left", word: string, text: string }} Trouble `left` is none */

/** @type {Readonly<Record<HostStatus, Trouble["level"] | null>>} */
const LEVELS = { live: null, stale: "warning", offline: "critical", left: "left" };

/** The worst alert of each host, as far as they are known, by the host's id. @param {readonly ShownAlert[]} alerts the worst first */
export function worstByHost(alerts) {
  /** @type {Map<string, ShownAlert>} */
  const worst = new Map();
  for (const alert of alerts) {
    if (alert.id !== "" && !worst.has(alert.id)) worst.set(alert.id, alert);
  }
  return worst;
}

/** The rule of hosts that are silent, which their status says. */
const OFFLINE = "offline";

/** How many alerts of each severity the hosts have that share a value; of no host it is `undefined`. @param {readonly ShownAlert[]} alerts @param {(id: string) => string | undefined} valueOf */
export function alertsByValue(alerts, valueOf) {
  /** @type {Map<string, { critical: number, warning: number }>} */
  const counts = new Map();
  for (const { id, alert, severity } of alerts) {
    const value = alert === OFFLINE || id === "" ? undefined : valueOf(id);
    if (value === undefined) continue;
    const count = counts.get(value) ?? { critical: 0, warning: 0 };
    counts.set(value, count);
    count[severity]++;
  }
  return counts;
}

/** What is wrong with a host; `null` for nothing. @param {{ status: HostStatus, alert?: ShownAlert | undefined }} row @returns {Trouble | null} */
export function troubleOf({ status, alert }) {
  const level = LEVELS[status];
  if (level !== null) return { level, word: status, text: "" };
  if (alert === undefined) return null;
  const { severity, alert: name } = alert;
  const word = `${ALERT_SIGNS[severity]} ${name.replaceAll("-", " ")}`;
  return { level: severity, word, text: textOf(alert) };
}

/** @typedef {"normal" | "warning" | "critical"} Level */

/** From where on a number is a warning, and critical. @type {Readonly<Record<string, readonly [number, number]>>} */
const BOUNDS = { pressure: [20, 60], temperature: [80, 90] };
/** So many tasks for each core. */
const [WARNING_LOAD, CRITICAL_LOAD] = [1.5, 2];

/** Of a metric of a host. @param {string} id @param {number | null} value @param {{ coresPercent?: readonly unknown[] }} row @returns {Level} */
export function levelOfNumber(id, value, { coresPercent }) {
  if (id === "load1") return levelOfLoad(value, coresPercent?.length ?? 0);
  const bounds = BOUNDS[id];
  return bounds === undefined ? "normal" : levelOf(value, ...bounds);
}

/** @param {number | null} load @param {number} cores @returns {Level} */
function levelOfLoad(load, cores) {
  if (load === null || cores === 0 || load < WARNING_LOAD * cores) return "normal";
  return load < CRITICAL_LOAD * cores ? "warning" : "critical";
}

/** From where on a share has the next step of heat. */
export const STEPS = [0, 15, 30, 45, 60, WARNING_PERCENT, CRITICAL_PERCENT];

/** The step of heat of a share, as it is shown. @param {number} value */
export function stepOf(value) {
  return STEPS.findLastIndex((from) => value >= from);
}
