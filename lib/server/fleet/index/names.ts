/**
 * Names and addresses as people look for them: compared as they expect it, `web-2` before `web-10`
 * whatever the case, and searched for words. Pure, and the same for the fleet's index and for rows that
 * were taken before. The engine's own collator takes five times as long, which is seconds for a large fleet.
 */
import type { HostRow } from "../host/row.ts";

const [ZERO, NINE] = [48, 57];
const BEYOND_ASCII = /[^\0-\x7f]/;
const MARKS = /\p{M}+/gu;

/**
 * Which of two texts comes first: below 0 the one, above 0 the other. Runs of digits are compared as
 * numbers, all else by its code without case and accents; 0 where they differ in no more than those
 * and leading zeros.
 */
export function compareNaturally(one: string, other: string): number {
  const [a, b] = [folded(one), folded(other)];
  let [atA, atB] = [0, 0];
  while (atA < a.length && atB < b.length) {
    const [codeA, codeB] = [a.charCodeAt(atA), b.charCodeAt(atB)];
    if (isDigit(codeA) && isDigit(codeB)) {
      const [endA, endB] = [digitsEnd(a, atA), digitsEnd(b, atB)];
      const difference = compareDigits(a, atA, endA, b, atB, endB);
      if (difference !== 0) return difference;
      atA = endA;
      atB = endB;
    } else {
      if (codeA !== codeB) return codeA - codeB;
      atA++;
      atB++;
    }
  }
  return a.length - atA - (b.length - atB);
}

/** Without case, and without accents. */
function folded(text: string): string {
  const lower = text.toLowerCase();
  return BEYOND_ASCII.test(lower) ? lower.normalize("NFD").replace(MARKS, "") : lower;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

/** Where a run of digits ends. */
function digitsEnd(text: string, at: number): number {
  while (at < text.length && isDigit(text.charCodeAt(at))) at++;
  return at;
}

function compareDigits(
  a: string,
  atA: number,
  endA: number,
  b: string,
  atB: number,
  endB: number,
): number {
  while (atA < endA && a.charCodeAt(atA) === ZERO) atA++;
  while (atB < endB && b.charCodeAt(atB) === ZERO) atB++;
  if (endA - atA !== endB - atB) return endA - atA - (endB - atB);
  for (; atA < endA; atA++, atB++) {
    const difference = a.charCodeAt(atA) - b.charCodeAt(atB);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The order of two hosts by name, and of those that have the same one by key. */
export function compareNames(a: Named, b: Named): number {
  return compareNaturally(a.name, b.name) || (a.key < b.key ? -1 : Number(a.key > b.key));
}

/** What has a name, and a key of its own. */
export interface Named {
  readonly name: string;
  readonly key: string;
}

/** Shorter words are not searched for within an id, whose random letters would match by chance. */
const LEAST_OF_ID = 6;

/** What `holdsWord` looks in: name, address and key in lower case, a line each. */
export function searchText(host: Pick<HostRow, "name" | "address" | "key">): string {
  return `${host.name}\n${host.address}\n${host.key}`.toLowerCase();
}

/** Whether a word is part of the name or the address, or is the key, or with six characters or more a part of that. */
export function holdsWord(text: string, word: string): boolean {
  const at = text.indexOf(word);
  if (at < 0) return false;
  const keyAt = text.lastIndexOf("\n") + 1;
  return at < keyAt || word.length >= LEAST_OF_ID || text.length === keyAt + word.length;
}
