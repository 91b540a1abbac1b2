// @ts-check
/** Limits of the server's API that its page, which loads this file as it is, keeps within. */

/** Maximum number of rows of a window, and the default. */
export const MAX_WINDOW_ROWS = 500;
/** Maximum length of a filter, in UTF-16 code units. */
export const MAX_SEARCH_LENGTH = 256;
/** Maximum number of its words: each is searched for in the texts of every host. */
export const MAX_SEARCH_WORDS = 16;
/** Maximum number of cells of a grid; beyond, one stands for several hosts. */
export const MAX_CELLS = 12_000;
/** Maximum numbers of groups of hosts in an answer, and of tag keys to group by. */
export const MAX_GROUPS = 500;
/** The other of the two. */
export const MAX_TAG_KEYS = 100;
