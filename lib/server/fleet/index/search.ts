/**
 * What a search for some words looks in, and when it holds one of them. Pure, and the same for the
 * fleet's index and for rows that were taken before.
 */
import type { HostRow } from "../row.ts";

/** Fewer characters are no part of an id: those are letters by chance, and would hold a short word by chance. */
const LEAST_OF_ID = 6;

/** The words of a search, in lower case, each once. */
export function wordsOf(text: string): readonly string[] {
  return [...new Set(text.toLowerCase().split(/\s+/))].filter((word) => word !== "");
}

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
