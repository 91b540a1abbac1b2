// @ts-check
/**
 * Which characters are not what they seem, and the one sanitizer that every text from outside passes on
 * its way to a terminal, a log, a message or the page, which loads this file as it is. Pure.
 */

/**
 * Characters that no text on the wire may hold, as they can forge what a terminal or a page shows:
 * C0 and C1 controls, line separators, bidirectional controls and all else that shows as nothing, lone
 * surrogates, the ninth of many marks on one letter.
 */
export const UNSAFE_CHARACTERS =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2800\ufff9-\ufffb\p{Default_Ignorable_Code_Point}\p{Surrogate}]|(?<=\p{M}{8})\p{M}/gu;

/** One of them. */
export const UNSAFE_CHARACTER = new RegExp(UNSAFE_CHARACTERS.source, "u");
/** A character that is seen: no space, and no mark that has no letter. */
export const VISIBLE_CHARACTER = /[^\p{Zs}\p{M}]/u;

/** Visible ASCII, and spaces. */
const PLAIN = /^[ -~]*$/;

/**
 * Foreign text made harmless: each control, bidirectional, zero-width or otherwise unsafe
 * character becomes a visible escape such as `\x1b` or `\u202e`.
 *
 * @param {string} text
 */
export function cleanText(text) {
  // Most texts, and found so in a moment.
  if (PLAIN.test(text)) return text;
  return text.replace(UNSAFE_CHARACTERS, escapeCharacter);
}

/** @param {string} character */
function escapeCharacter(character) {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\u{${hex}}`;
}

/** Text as HTML has it, in an attribute too. @param {string} text */
export function escapeHtml(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
