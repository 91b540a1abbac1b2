// @ts-check
/** What is to be known of a host beside its status: that it is refused, or shares its id. Pure. */
import { isHeard, NOTE_SIGNS } from "../../../common/status.js";
import { formatAge } from "../../../common/format.js";

/** @typedef {import("./store.js").Row} Row */

/** The notes of a host, the worst first, each with its sign. @param {Row} row @param {number} nowMs on the server's clock */
export function notesOf({ refused, sharedWith, status }, nowMs) {
  const notes = [];
  if (refused) {
    const { reason, count, lastMs } = refused;
    const text = `refused (${reason}): ${count}, the last ${formatAge(nowMs - lastMs)} ago`;
    notes.push({ sign: NOTE_SIGNS.refused, text });
  }
  if (sharedWith && isHeard(status)) {
    notes.push({ sign: NOTE_SIGNS.shared, text: `shares its id with ${sharedWith}: see --id` });
  }
  return notes;
}
