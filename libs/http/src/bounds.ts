/** Bounds of one request, in one place. Every refusal names the bound. */

/** The most bytes of a body, unless the route says otherwise: 1 MiB. */
export const usualBodyLimit = 1024 * 1024;

/** The most bytes of the definition of a workflow or a task, or of a drawing: 2 MiB. */
export const definitionBodyLimit = 2 * 1024 * 1024;

/** The most bytes of a chunk of a task's log: 256 KiB. */
export const logChunkLimit = 256 * 1024;

/**
 * The most bytes of a YAML body, in addition to the route's own limit: reading YAML takes fifty times as long as JSON.
 */
export const yamlBodyLimit = 128 * 1024;

/** The most milliseconds for reading one YAML body, in a separate thread. */
export const yamlTimeLimit = 3000;

/** The most aliases in one YAML body. */
export const maxYamlAliases = 100;

/** The most YAML bodies that wait; the server reads one at a time. */
export const maxYamlWaiting = 32;

/** The most bytes of JSON that result from a YAML body, with its aliases expanded. */
export const yamlJsonLimit = 1024 * 1024;

/** The most bytes of all bodies that one process reads at the same time: 64 MiB. */
export const allBodiesLimit = 64 * 1024 * 1024;

/** The most items of a list without a limit. */
export const maxUnpaged = 10_000;

/** The most levels of nested objects and lists. */
export const maxNesting = 64;

/** The most values in a body: members of objects and items of lists, at all levels. */
export const usualMaxValues = 10_000;

/** The same for a definition: 2500 tasks have some 25,000. */
export const definitionMaxValues = 50_000;
