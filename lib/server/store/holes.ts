/**
 * The times of which nothing is known, and why: what a chart shows in place of a line. Pure.
 */
import type { Cause, Causes, Grid } from "./stretches.ts";

/**
 * A time of which nothing is known, and what stands for most of it: `lost` where it is not known what the
 * kernel dropped, and else `way`; nobody knows why of one that is `unheard`.
 */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly cause: Exclude<Cause, "known"> | "way";
}

/** Adds a gap to others; one with the same cause that it follows at once becomes longer. */
export function addGap(gaps: Gap[], gap: Gap): void {
  const last = gaps.at(-1);
  const isSame = last?.cause === gap.cause && last.toMs === gap.fromMs;
  if (isSame) gaps.pop();
  gaps.push(isSame ? { ...gap, fromMs: last.fromMs } : gap);
}

/** Stretches for which one cause stands more than what is known. */
export function gapsOf({ fromMs, stepMs }: Omit<Grid, "count">, causes: Causes): readonly Gap[] {
  const others = (Object.keys(causes) as (keyof Causes)[]).filter((cause) => cause !== "known");
  const gaps: Gap[] = [];
  causes.known.forEach((knownMs, n) => {
    const msOf = (cause: keyof Causes) => causes[cause]?.[n] ?? 0;
    const worst = others.reduce((a, b) => msOf(b) > msOf(a) ? b : a);
    if (msOf(worst) <= knownMs) return;
    const cause = worst === "lost" && causes.dropped[n] !== null ? "way" : worst;
    addGap(gaps, { fromMs: fromMs + n * stepMs, toMs: fromMs + (n + 1) * stepMs, cause });
  });
  return gaps;
}
