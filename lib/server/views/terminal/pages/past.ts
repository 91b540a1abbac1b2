/**
 * The past of a host as its page shows it: which range is chosen, with a sign of its own for each cause of a
 * gap what the range is made of, and a line of blocks for what has no chart. Pure.
 */
import { CAUSE_WORDS, causesIn, formatShare } from "../../../../common/gaps.js";
import { formatAge, FORMATS, formatSpan } from "../../../../common/format.js";
import type { CatalogueRow } from "../../../../catalogue.ts";
import type { Metric } from "../../../../message/message.ts";
import { isLive, RANGES, type Ranges, type ShownPast } from "../state/past.ts";
import { alignLeft, flow, type Line, span } from "../text/line.ts";
import { sparkline } from "../text/marks.ts";

/** The sign of each cause. */
const SIGNS: Readonly<Record<string, string>> = {
  ...{ silent: "░", left: "░", unheard: "░", down: "▒", missed: "▒", damaged: "▒" },
  ...{ lost: "╱", way: "╱", dropped: "╱", refused: "╱" },
};

/** Which ranges there are, the chosen one in brackets, and from when to when it is; of a host without any, how much of it is in memory. */
export function renderRange(ranges: Ranges | null, past: ShownPast | null): Line {
  if (ranges === null) {
    return past === null ? [] : [span(`last ${formatAge(past.toMs - past.fromMs)}`, "faint")];
  }
  const names = RANGES.map(({ name }, n) =>
    n === ranges.range ? span(`[${name}] `, "bold") : span(`${name} `, "faint")
  );
  const time = past !== null
    ? formatSpan(past.fromMs, past.toMs)
    : isLive(ranges)
    ? ""
    : ranges.problem ?? "asking…";
  return [span("range  ", "faint"), ...names, span(` ${time}`, "faint")];
}

/** What a past is made of, which explains the signs; nothing where all of it is known. */
export function renderCauses({ shares }: ShownPast, width: number): Line[] {
  const causes = causesIn(shares);
  if (causes.length === 0) return [];
  return flow([
    [span(`${formatShare(shares.known ?? 0)} known`, "bold")],
    ...causes.map(([cause, share]): Line => [
      span(`${SIGNS[cause]} `, "accent"),
      span(`${CAUSE_WORDS[cause]} ${formatShare(share)}`),
    ]),
  ], width);
}

/** One metric over the range in at most `width` cells, with the highest of what is drawn; `null` where nothing is known of it. */
export function renderKept(
  { id, short, unit }: CatalogueRow,
  past: ShownPast,
  labelWidth: number,
  width: number,
): Line | null {
  const values = past.values[id] ?? [];
  if (values.every((value) => value === null)) return null;
  const means = meansOf(values, Math.min(width, values.length));
  const peak = unit === "percent" ? 100 : Math.max(0, ...means.map((mean) => mean ?? 0));
  const scale = unit === "percent" ? "" : ` max ${FORMATS[unit](peak)}`;
  const cells = means.map((mean, n) =>
    mean === null
      ? span(signOf(past, (n + 0.5) / means.length) ?? " ", "faint")
      : span(sparkline([mean], peak), "accent")
  );
  return [span(alignLeft(short, labelWidth), "faint"), ...cells, span(scale, "faint")];
}

/** The sign of the gap that is at a share of a past; `null` where there is none. */
export function signOf({ gaps, fromMs, toMs }: ShownPast, at: number): string | null {
  const ms = fromMs + at * (toMs - fromMs);
  const gap = gaps.find((gap) => ms >= gap.fromMs && ms < gap.toMs);
  return gap === undefined ? null : SIGNS[gap.cause] ?? null;
}

/** Values in another number of even stretches: the mean of what is known in each, or the one that it is in. */
export function meansOf(values: readonly Metric[], count: number): readonly Metric[] {
  if (values.length === count) return values;
  return Array.from({ length: count }, (_, n) => {
    const [first, last] = [n, n + 1].map((at) => Math.floor(at * values.length / count));
    return meanOf(values.slice(first, Math.max(last!, first! + 1)));
  });
}

function meanOf(values: readonly Metric[]): Metric {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length;
}
