/** Bounds on what one request may bring, in one place. Every refusal names the bound. */

/** Bytes of a request body, where the route says nothing else: 1 MiB. */
export const usualBodyLimit = 1024 * 1024;

/** Bytes of a body that is the definition of a workflow or a task, or a workflow's drawing: 2 MiB. */
export const definitionBodyLimit = 2 * 1024 * 1024;

/** Bytes of a chunk of a task's log: 256 KiB. */
export const logChunkLimit = 256 * 1024;

/** Bytes of a YAML body, on top of the route's own limit: reading YAML takes fifty times as long as reading JSON. */
export const yamlBodyLimit = 128 * 1024;

/** Milliseconds that reading one YAML body may take, in a thread of its own. */
export const yamlTimeLimit = 3000;

/** Aliases in one YAML body. */
export const maxYamlAliases = 100;

/** YAML bodies that wait for their turn; one is read at a time. */
export const maxYamlWaiting = 32;

/** Bytes of JSON that a YAML body may stand for, with its aliases put in. */
export const yamlJsonLimit = 1024 * 1024;

/** Bytes of all bodies that one process is reading at the same time: 64 MiB. */
export const allBodiesLimit = 64 * 1024 * 1024;

/** Items of a list that is asked for without a limit. */
export const maxUnpaged = 10_000;

/** Levels of objects and lists within each other. */
export const maxNesting = 64;

/** Values in a body: members of objects, items of lists, and those within them. */
export const usualMaxValues = 10_000;

/** The same in a definition: 2500 tasks have some 25,000. */
export const definitionMaxValues = 50_000;
