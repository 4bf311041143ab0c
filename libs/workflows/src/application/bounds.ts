/** Bounds of a definition, in one place. Every refusal names the bound. */

/** The most bytes of a definition as JSON: 1 MiB. */
export const maxDefinition = 1024 * 1024;

/**
 * The most bytes of a definition that a run copies: its tasks with the content of the catalogue. 2 MiB. A catalogue
 * task counts once for each task that refers to it.
 */
export const maxRunnable = 2 * 1024 * 1024;

/** The most dependencies of all tasks. */
export const maxDependencies = 10_000;

/** The most conditions of all triggers. */
export const maxConditions = 100;

/** The most `$(` in the tasks of a definition, counted like `maxRunnable`. */
export const maxTokens = 100_000;

/** The most different approver groups in the tasks of a definition. */
export const maxApproverGroups = 100;
