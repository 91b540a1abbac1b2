/**
 * Patterns of device names, as options take them: `eth*`, `sd[a-c]`, and `!docker*` for what is to
 * be left out. Pure; upper and lower case differ, as they do in names.
 */

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
