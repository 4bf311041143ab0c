/** Names, indexes and `[*]` in one path. */
export const maxPathSteps = 64;

/** Values that the paths of one request visit. */
export const maxVisited = 10_000;

/** Characters of the values that are found, over all conditions of one request. */
export const maxComparedText = 2 * 1024 * 1024;

/** Characters of a regular expression. */
export const maxPatternLength = 1024;

/** Instructions of one regular expression's program, with its repetitions written out: `(ab){100}` has some 200. */
export const maxPatternSize = 1000;

/** Characters of all regular expressions of one definition; plain texts do not count. To compile a thousand takes 35 ms at worst. */
export const maxPatternLengths = 4096;

/** Instructions of all regular expressions of one definition. */
export const maxPatternSizes = 2000;

/** Instructions times characters that one request or decision may take: some 25 ms where every instruction sees every character. */
export const maxMatchWork = 250_000;
