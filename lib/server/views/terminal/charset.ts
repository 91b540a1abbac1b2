/**
 * Which characters a terminal can show, and what stands for those that it cannot: the marks and lines that
 * views draw with, each in as many cells. Pure.
 */
import { textWidth } from "./text/line.ts";

/** All of Unicode; blocks and lines alone, as the fonts of the Linux console have them; or ASCII. */
export type Charset = "unicode" | "blocks" | "ascii";

/** What a terminal can show, by its environment; where that says nothing, all. */
export function charsetOf(get: (name: string) => string | undefined): Charset {
  const locale = get("LC_ALL") || get("LC_CTYPE") || get("LANG") || "";
  if (locale !== "" && !/utf-?8/i.test(locale)) return "ascii";
  return get("TERM") === "linux" ? "blocks" : "unicode";
}

/** Each character in the order of `FROM`, in ASCII and on the Linux console. */
const FROM = "●◐✗○△▲▸▾│╱━╸─▁▂▃▄▅▆▇█░▒▓…–·°←→↑↓×−⊘≡";
const MAPS = {
  ascii: mapOf("*~xo!#>v|/==-_.-~+=*#:%&.-|o<>^vx-%="),
  blocks: mapOf("*~xo!#►▼│/■■─__▄▄▄███░▒▓.-·°←→↑↓x-%≡"),
};

function mapOf(to: string): ReadonlyMap<string, string> {
  const characters = Array.from(to);
  return new Map(Array.from(FROM, (character, at) => [character, characters[at]!]));
}

/** What is read as one character, as a charset has it. */
export function inCharset(text: string, charset: Charset): string {
  if (charset === "unicode" || /^[ -~]*$/.test(text)) return text;
  const map = MAPS[charset];
  return map.get(text) ?? dots(text, charset) ??
    (charset === "blocks" ? text : "?".repeat(textWidth(text)));
}

/** The bits of the upper and of the lower dots of braille. */
const [UPPER, LOWER] = [0b0001_1011, 0b1110_0100];
const HALVES = { ascii: " '.:", blocks: " ▀▄█" };

/** What stands for dots of braille: the half of a cell that they are in; `null` for what is none. */
function dots(text: string, charset: keyof typeof HALVES): string | null {
  const bits = text.charCodeAt(0) - 0x2800;
  if (text.length > 1 || bits < 0 || bits > 0xff) return null;
  return HALVES[charset][Number((bits & UPPER) !== 0) + 2 * Number((bits & LOWER) !== 0)]!;
}
