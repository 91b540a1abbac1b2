// @ts-check
/** What the server gives at most and takes at most, and so what its page, which loads this file as it is, asks for. */

/** Most rows of a window, and as many as it has where nothing is said. */
export const MAX_WINDOW_ROWS = 500;
/** Longest text to search for, in UTF-16 code units. */
export const MAX_SEARCH_LENGTH = 256;
/** Most words of it: each is looked for in the texts of every host. */
export const MAX_SEARCH_WORDS = 16;
/** Most groups of hosts that are told at once, and most keys of tags to group by. */
export const MAX_GROUPS = 500;
/** The other of the two. */
export const MAX_TAG_KEYS = 100;
