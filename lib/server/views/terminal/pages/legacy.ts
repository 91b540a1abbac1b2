/**
 * The JSON of a legacy sender, made readable. Pure, and it trusts the JSON in nothing: text is cleaned,
 * and however deep it is nested, the lines stay few and short.
 */
import { cleanText } from "../../../../common/text.js";
import type { LegacyMessage } from "../../../../message/message.ts";
import { type Line, span } from "../text/line.ts";
import { takeCells } from "../text/width.ts";

/** What is nested deeper is written on one line. */
const MAX_DEPTH = 4;

/** The lines of a legacy message in a width; a longer one goes on in the next line. */
export function renderLegacy({ body }: LegacyMessage, width: number): Line[] {
  return layOut(body, "", "", 0).flatMap((line) => wrap(cleanText(line), width)).map((
    text,
  ) => [span(text)]);
}

/** Lines of a value behind a beginning (indentation and key) and before an end (a comma). */
function layOut(value: unknown, begin: string, end: string, depth: number): string[] {
  const entries = depth < MAX_DEPTH ? entriesOf(value) : [];
  if (entries.length === 0) return [begin + JSON.stringify(value) + end];
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const inner = entries.flatMap(([key, item], index) =>
    layOut(item, "  ".repeat(depth + 1) + key, index < entries.length - 1 ? "," : "", depth + 1)
  );
  return [`${begin}${open}`, ...inner, "  ".repeat(depth) + close + end];
}

/** What is in an object or an array, each with what stands before it. A list of plain values is one line. */
function entriesOf(value: unknown): (readonly [string, unknown])[] {
  if (typeof value !== "object" || value === null) return [];
  if (!Array.isArray(value)) {
    return Object.entries(value).map(([key, item]) => [`${JSON.stringify(key)}: `, item]);
  }
  return value.some((item) => typeof item === "object") ? value.map((item) => ["", item]) : [];
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  while (text !== "") {
    // A wide character on a single column is cut off: there must be an end.
    const line = takeCells(text, width) || text.slice(0, 1);
    lines.push(line);
    text = text.slice(line.length);
  }
  return lines;
}
