/**
 * Which numbers of a host lie in a row: those that grow beyond 31 bits or have a fraction, for each of
 * which the engine would make an object. Pure.
 */

/** The place of each in the row. */
export const PLACE = {
  firstSeenMs: 0,
  lastSeenMs: 1,
  sentMs: 2,
  version: 3,
  datagrams: 4,
  bytes: 5,
} as const;

/** How long the row is. */
export const HOST_NUMBERS = Object.keys(PLACE).length;
