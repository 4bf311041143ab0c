/** The most names, indexes and `[*]` in one path. */
export const maxPathSteps = 64;

/** The most values that the paths of one request visit. */
export const maxVisited = 10_000;

/** The most characters of found values, for all conditions of one request. */
export const maxComparedText = 2 * 1024 * 1024;

/** The most characters of a regular expression. */
export const maxPatternLength = 1024;

/**
 * The most instructions of one regular expression's program, with repetitions written out: `(ab){100}` has some 200.
 */
export const maxPatternSize = 1000;

/**
 * The most characters of all regular expressions of one definition; plain texts do not count. Compiling a thousand
 * takes 35 ms at worst.
 */
export const maxPatternLengths = 4096;

/** The most instructions of all regular expressions of one definition. */
export const maxPatternSizes = 2000;

/**
 * The most instructions times characters for one request or decision: some 25 ms if every instruction sees every
 * character.
 */
export const maxMatchWork = 250_000;
