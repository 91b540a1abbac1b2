/**
 * What was decided of the devices and mounts of this host: how patterns of names, such as `eth*`,
 * `sd[a-c]` and `!docker*`, override it, and how it is explained. Pure; names come from outside and
 * are cleaned.
 */
import { cleanText } from "../common/text.js";

/** What was decided of one interface, disk or mount. */
export interface Decision {
  readonly name: string;
  /** Whether it is counted, or listed. */
  readonly counts: boolean;
  /** Why, in a few words. */
  readonly reason: string;
}

/** What was decided of all things of one kind. */
export interface Explanation {
  readonly title: string;
  readonly decisions: readonly Decision[];
  /** Why nothing is known of them, where that is so. */
  readonly unknown?: string;
}

/** Explains one kind; that it cannot be decided takes nothing from the others. */
export async function explain(
  title: string,
  decide: () => readonly Decision[] | Promise<readonly Decision[]>,
): Promise<Explanation> {
  try {
    return { title, decisions: await decide() };
  } catch (error) {
    return { title, decisions: [], unknown: (error as Error).message };
  }
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

/** One pattern. */
export interface NamePattern {
  /** As it was given. */
  readonly text: string;
  /** Whether what fits it is left out. */
  readonly excludes: boolean;
  readonly expression: RegExp;
}

/** `*`, `?`, `[…]` with `!` or `^` in front for none of them, `\` and what it takes the meaning from, or any other character. */
const PART = /\*+|\?|\[([!^]?)((?:\\[^]|[^\]\\])+|\][^\]]*)\]|\\([^])|[^[\\]/gy;

/** Reads patterns, separated by commas. @throws {RangeError} when one cannot be read. */
export function readPatterns(text: string): readonly NamePattern[] {
  return text.split(",").map((part) => readPattern(part.trim()));
}

function readPattern(text: string): NamePattern {
  const excludes = text.startsWith("!");
  const glob = excludes ? text.slice(1) : text;
  if (glob === "") throw new RangeError("a pattern must not be empty, such as eth* or !docker*");
  return { text, excludes, expression: expressionOf(glob) };
}

function expressionOf(glob: string): RegExp {
  const parts = [...glob.matchAll(PART)];
  if (parts.reduce((length, [part]) => length + part.length, 0) < glob.length) {
    throw new RangeError(`the pattern ${glob} ends within brackets or after a backslash`);
  }
  try {
    return new RegExp(`^${parts.map(sourceOf).join("")}$`, "su");
  } catch (cause) {
    throw new RangeError(`the pattern ${glob} has a range that is none`, { cause });
  }
}

function sourceOf([part, not, set, escaped]: RegExpExecArray): string {
  if (part.startsWith("*")) return ".*";
  if (part === "?") return ".";
  if (set === undefined) return RegExp.escape(escaped ?? part);
  const members = set.replace(
    /\\([^])|([^])/gu,
    (_, escaped, plain) => plain === "-" ? "-" : RegExp.escape(plain ?? escaped),
  );
  return `[${not ? "^" : ""}${members}]`;
}

/** The last of the patterns that a name fits. */
export function matchLast(
  patterns: readonly NamePattern[],
  name: string,
): NamePattern | undefined {
  return patterns.findLast(({ expression }) => expression.test(name));
}

const YES = "counts";
const NO = "-";

/**
 * A table for each kind: whether it counts, its name, and the reason.
 *
 * @throws {Error} when nothing is known of any kind.
 */
export function formatExplanations(explanations: readonly Explanation[]): string {
  const [first] = explanations;
  if (first?.unknown !== undefined && explanations.every(({ unknown }) => unknown !== undefined)) {
    throw new Error(first.unknown);
  }
  return explanations.map(formatExplanation).join("\n\n");
}

function formatExplanation({ title, decisions, unknown }: Explanation): string {
  const rows = decisions.map(({ name, counts, reason }) => ({
    mark: counts ? YES : NO,
    name: cleanText(name),
    reason: cleanText(reason),
  }));
  const width = Math.max(0, ...rows.map(({ name }) => name.length));
  const lines = rows.map(({ mark, name, reason }) =>
    `  ${mark.padEnd(YES.length)}  ${name.padEnd(width)}  ${reason}`
  );
  const none = unknown === undefined ? "  none" : `  unknown: ${cleanText(unknown)}`;
  return [title, ...(lines.length > 0 ? lines : [none])].join("\n");
}
