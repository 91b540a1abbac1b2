// @ts-check
/**
 * Foreign JSON as indented text of a bounded size: each level of it indents all that is within, so
 * that 8 KiB of brackets would be 33 MB. What is cut is said. Pure.
 */

/** Levels that are shown; what lies deeper is counted as one. */
export const MAX_DEPTH = 12;
/** Longest text, in UTF-16 code units. */
export const MAX_LENGTH = 20_000;

/** Writes a value with line breaks. @param {unknown} value */
export function indented(value) {
  const text = JSON.stringify(cut(value, MAX_DEPTH), null, 2);
  if (text.length <= MAX_LENGTH) return text;
  return `${text.slice(0, MAX_LENGTH)}…\n(cut here: ${text.length} characters)`;
}

/** @param {any} value @param {number} depth @returns {unknown} */
function cut(value, depth) {
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) return "… (cut here: deeper than is shown)";
  if (Array.isArray(value)) return value.map((item) => cut(item, depth - 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, cut(item, depth - 1)]),
  );
}
