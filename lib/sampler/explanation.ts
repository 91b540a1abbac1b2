/**
 * What was decided of the devices and mounts of this host, as text for whoever asks. Pure; names come
 * from outside and are cleaned.
 */
import { cleanText } from "../common/format.ts";
import type { Explanation } from "./sample.ts";

const YES = "counts";
const NO = "-";

/** A table for each kind: whether it counts, its name, and the reason. */
export function formatExplanations(explanations: readonly Explanation[]): string {
  return explanations.map(formatExplanation).join("\n\n");
}

function formatExplanation({ title, decisions }: Explanation): string {
  const rows = decisions.map(({ name, counts, reason }) => ({
    mark: counts ? YES : NO,
    name: cleanText(name),
    reason: cleanText(reason),
  }));
  const width = Math.max(0, ...rows.map(({ name }) => name.length));
  const lines = rows.map(({ mark, name, reason }) =>
    `  ${mark.padEnd(YES.length)}  ${name.padEnd(width)}  ${reason}`
  );
  return [title, ...(lines.length > 0 ? lines : ["  none"])].join("\n");
}
