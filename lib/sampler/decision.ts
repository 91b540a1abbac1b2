/**
 * What was decided of a device of this host, and how patterns of names override it. Pure.
 */
import { matchLast, type NamePattern } from "./name_pattern.ts";

/** What was decided of one interface, disk or mount. */
export interface Decision {
  readonly name: string;
  /** Whether it is counted, or listed. */
  readonly counts: boolean;
  /** Why, in a few words. */
  readonly reason: string;
}

/** The names of those that count. */
export function counted(decisions: readonly Decision[]): readonly string[] {
  return decisions.filter(({ counts }) => counts).map(({ name }) => name);
}

/**
 * Lets patterns override decisions: of those that a name fits the last decides. Where any pattern
 * includes, a name that fits none does not count.
 */
export function override(
  decisions: readonly Decision[],
  patterns: readonly NamePattern[],
): readonly Decision[] {
  const includes = patterns.some(({ excludes }) => !excludes);
  return decisions.map((decision) => {
    const pattern = matchLast(patterns, decision.name);
    if (pattern === undefined && !includes) return decision;
    const counts = pattern !== undefined && !pattern.excludes;
    const reason = pattern === undefined ? "fits no pattern" : `fits the pattern ${pattern.text}`;
    return { name: decision.name, counts, reason };
  });
}
