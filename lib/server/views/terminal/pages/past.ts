/**
 * The kept past of a host as its page shows it: which range is chosen, a line of blocks for each metric
 * with a sign of its own for each cause of a gap, and what the range is made of. Pure.
 */
import { CAUSE_WORDS, causesIn, formatShare } from "../../../../common/gaps.js";
import { FORMATS } from "../../../../common/format.js";
import type { CatalogueRow } from "../../../../catalogue.ts";
import type { Metric } from "../../../../message/message.ts";
import { RANGES, type Ranges, type ShownPast } from "../state/past.ts";
import { alignLeft, flow, type Line, type Span, span } from "../text/line.ts";
import { sparkline } from "../text/marks.ts";

/** The sign of each cause. */
const SIGNS: Readonly<Record<string, string>> = {
  ...{ silent: "░", left: "░", unheard: "░", down: "▒", missed: "▒" },
  ...{ lost: "╱", way: "╱", dropped: "╱", refused: "╱" },
};

/** Which ranges there are, the chosen one in brackets, and from when to when it is. */
export function renderRanges({ chosen, shown }: Ranges, columns: number): Line[] {
  const names = RANGES.map(({ name }, n) =>
    n === chosen ? [span(`[${name}]`, "bold")] : [span(name, "faint")]
  );
  const time = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace("T", " ");
  const state = chosen === 0
    ? []
    : shown === null
    ? [[span("asking the disk…", "faint")]]
    : [[span(`${time(shown.fromMs)} – ${time(shown.toMs)} UTC`, "faint")]];
  return flow(
    [[span("range", "faint")], ...names, ...state, ...(shown ? causes(shown) : [])],
    columns,
  );
}

/** What the range is made of, which explains the signs. */
function causes({ shares }: ShownPast): Line[] {
  const parts = causesIn(shares).map(([cause, share]): Line => [
    span(`${SIGNS[cause]} `, "accent"),
    span(`${formatShare(share)} ${CAUSE_WORDS[cause]}`),
  ]);
  return [[span(`${formatShare(shares.known ?? 0)} known`, "bold")], ...parts];
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
  const cells = Math.min(width, values.length);
  const means = Array.from({ length: cells }, (_, n) => {
    const [first, last] = [n, n + 1].map((at) => Math.floor(at * values.length / cells));
    return meanOf(values.slice(first, last));
  });
  const peak = unit === "percent" ? 100 : Math.max(0, ...means.map((mean) => mean ?? 0));
  const scale = unit === "percent" ? "" : ` max ${FORMATS[unit](peak)}`;
  return [
    span(alignLeft(short, labelWidth), "faint"),
    ...means.map((mean, n) => cellOf(mean, peak, past, (n + 0.5) / cells)),
    span(scale, "faint"),
  ];
}

function cellOf(mean: Metric, peak: number, { gaps, fromMs, toMs }: ShownPast, at: number): Span {
  if (mean !== null) return span(sparkline([mean], peak), "accent");
  const ms = fromMs + at * (toMs - fromMs);
  const gap = gaps.find((gap) => ms >= gap.fromMs && ms < gap.toMs);
  return span(gap === undefined ? " " : SIGNS[gap.cause] ?? " ", "faint");
}

function meanOf(values: readonly Metric[]): Metric {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length;
}
