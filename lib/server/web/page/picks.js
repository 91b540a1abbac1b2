// @ts-check
/**
 * The hosts of the fleet that are picked to be compared, as long as the page is open.
 */
import { comparePath } from "./compare.js";

/** Their ids. @type {Set<string>} */
const picked = new Set();

/** Whether a host is one of them. @param {string} id */
export function isPicked(id) {
  return picked.has(id);
}

/** How many there are. */
export function pickedCount() {
  return picked.size;
}

/** Picks a host, or no more; `onChange` is told. @param {string} id @param {() => void} onChange */
export function pick(id, onChange) {
  if (!picked.delete(id)) picked.add(id);
  onChange();
}

/** Where they are compared; where none is picked, those that a filter lets through. @param {string} text the filter */
export function pickedPath(text) {
  return comparePath(picked.size > 0 ? { hosts: [...picked] } : { text });
}
