/**
 * Which known word a mistyped one stands for: what a message about it can suggest. Pure.
 */
import { closest, distance } from "fastest-levenshtein";

/** Most letters that differ in a typing error, of a long word; of a short one half of it. */
const MAX_DISTANCE = 3;

/** The word that is meant by one that is not among them; `null` when none is like it. */
export function nearestOf(word: string, words: readonly string[]): string | null {
  // The beginning of a long word is no typing error, and far from it by letters.
  const isBegun = (known: string) => word.length > 1 && known.startsWith(word);
  const longer = words.find((known) => known.startsWith(`${word}-`)) ?? words.find(isBegun);
  if (longer !== undefined) return longer;
  const nearest = closest(word, [...words]);
  return distance(word, nearest) <= Math.min(MAX_DISTANCE, word.length / 2) ? nearest : null;
}
