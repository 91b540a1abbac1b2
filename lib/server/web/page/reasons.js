// @ts-check
/** The server's words for why a datagram was refused; to a browser `assets.ts` serves them as they are. */
export { DROP_REASONS as REASONS } from "../../fleet/totals.ts";
