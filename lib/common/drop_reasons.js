// @ts-check
/** Why datagrams are not accepted, in words for every view and the page, which loads this file as it is. */

/** @typedef {keyof typeof DROP_REASONS} DropReason Why a datagram was not accepted: it cannot be decoded, is no news, finds no room, or met a fault of ours. */

/** Every reason with the words that a view explains it by. */
export const DROP_REASONS = Object.freeze({
  source: "of an address that is not listed (--allow)",
  empty: "no bytes at all",
  oversize: "longer than 8,192 bytes",
  format: "neither a JSON object nor a whole sealed datagram",
  costly: "not as agents write it, and too many such came at once",
  utf8: "not UTF-8",
  json: "not JSON",
  version: "a message version that this server does not know",
  schema: "a field that is missing, malformed or out of range",
  plain: "not sealed, where all must be (--auth require)",
  mode: "sealed in a way that this server does not know",
  key: "sealed with a key that is not here, or not valid now",
  auth: "sealed, and altered, or made with another key",
  session: "sealed, of an older session than the agent's newest",
  clock: "opens a sealed session, and its time is not now",
  downgrade: "plain, of an id that was heard sealed (--auth mixed)",
  duplicate: "a copy of a datagram that had come before",
  old: "too far behind to tell whether it is a copy",
  budget: "of a stranger, and too many strangers came at once",
  capacity: "a new host, and no room for one more (--max-hosts)",
  internal: "a fault inside this server",
});
