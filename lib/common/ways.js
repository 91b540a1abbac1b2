// @ts-check
/**
 * What is said of several sites and of the ways from hosts to them, for every view and the page, which loads
 * this file as it is. Pure.
 */
import { formatCount, formatMs, UNKNOWN } from "./format.js";
import { SPANS_MS } from "./gaps.js";
import { cleanText } from "./text.js";

/** The ranges that losses can be summed up over, by their names: up to a day. */
export const LOSS_SPANS_MS = Object.fromEntries(
  Object.entries(SPANS_MS).slice(0, Object.keys(SPANS_MS).indexOf("24h") + 1),
);

/** From this share of datagrams on a loss is told in words, in percent. */
export const HIGH_LOSS = 1;
/** From this one on it is critical. */
const CRITICAL_LOSS = 5;

/** @typedef {{ readonly sent: number, readonly lost: number }} Counted Datagrams of some time: how many were sent, and how many of them were lost */
/** @typedef {{ readonly site: string, readonly recent: Counted }} SiteLoss What was lost on the way to a site */
/** @typedef {{ readonly site: string, readonly received: number, readonly lost: number, readonly delayMs: number | null, readonly jitterMs: number | null }} WayFigures */

/** @typedef {{ readonly failure: string | null, readonly behindMs: number, readonly sites: readonly { readonly site: string, readonly silentMs: number | null }[] }} ViewState How a view follows its sites */

/** A view that is further behind says so. */
export const BEHIND_MS = 5_000;

/** Whether a view is so far behind that what it shows may not be so any more. @param {Pick<ViewState, "behindMs"> | null | undefined} view */
export function isBehind(view) {
  return (view?.behindMs ?? 0) > BEHIND_MS;
}

/**
 * Why a view does not show all that has happened, in words behind which stands for how long that is so; nothing
 * where it does, or is none.
 *
 * @param {ViewState | null | undefined} view
 */
export function viewTroubles(view) {
  if (!view) return [];
  const { failure, behindMs, sites } = view;
  const cause = failure === null ? "" : `Cannot read the bus (${cleanText(failure)}): `;
  const behind = `${cause}${cause === "" ? "T" : "t"}his view is behind by`;
  return [
    ...(isBehind(view) ? [{ text: behind, forMs: behindMs }] : []),
    ...sites.flatMap(({ site, silentMs }) =>
      silentMs === null
        ? []
        : [{ text: `Site ${cleanText(site)} has been silent for`, forMs: silentMs }]
    ),
  ];
}

/** The share of datagrams that were lost, in percent as it is shown; `null` of none. @param {Counted} counted */
export function lossPercent({ sent, lost }) {
  return sent <= 0 ? null : Math.round(10_000 * lost / sent) / 100;
}

/** The same as a text. @param {Counted} counted */
export function formatLoss(counted) {
  const percent = lossPercent(counted);
  return percent === null ? UNKNOWN : `${percent.toFixed(2)}%`;
}

/** How bad that is, by the share as it is shown. @param {Counted} counted @returns {"unknown" | "none" | "some" | "warning" | "critical"} */
export function lossLevel(counted) {
  const percent = lossPercent(counted);
  if (percent === null) return "unknown";
  if (percent >= CRITICAL_LOSS) return "critical";
  if (percent >= HIGH_LOSS) return "warning";
  return percent > 0 ? "some" : "none";
}

/**
 * Where datagrams of some hosts were lost, and so what is to be looked at; nothing where hardly any were.
 *
 * @param {Counted} everywhere what no site had
 * @param {readonly SiteLoss[]} sites
 * @param {number} hosts how many they are
 */
export function lossVerdict(everywhere, sites, hosts = 1) {
  const isHigh = (/** @type {Counted} */ counted) => (lossPercent(counted) ?? 0) >= HIGH_LOSS;
  if (isHigh(everywhere)) {
    return `lost everywhere: ${
      hosts === 1 ? "the host or its uplink" : "the hosts or their uplink"
    }`;
  }
  const bad = sites.filter(({ recent }) => isHigh(recent)).map(({ site }) => cleanText(site));
  if (bad.length === 0) return "";
  if (bad.length === sites.length) return "lost on every way, each its own: the ways";
  return bad.length === 1
    ? `lost on the way to ${bad[0]} only: that way`
    : `lost on the ways to ${bad.join(", ")}: those ways`;
}

/**
 * The ways of a host side by side, each in a sentence, and what is to be looked at; nothing where there is one way.
 *
 * @param {{ readonly recent: Counted, readonly sites: readonly (SiteLoss & WayFigures)[] } | null} ways
 */
export function waySentences(ways) {
  if (ways === null) return [];
  const verdict = lossVerdict(ways.recent, ways.sites);
  return [
    ...ways.sites.map((way) => `To ${cleanText(way.site)}: ${wayText(way)}.`),
    ...(verdict === "" ? [] : [`In the last half hour ${verdict}.`]),
  ];
}

/** @param {WayFigures} way */
function wayText({ received, lost, delayMs, jitterMs }) {
  return [
    `${formatCount(lost)} of ${formatCount(received + lost)} lost`,
    ...(delayMs === null ? [] : [`delay +${formatMs(delayMs)}`]),
    ...(jitterMs === null ? [] : [`jitter ${formatMs(jitterMs)}`]),
  ].join(", ");
}
