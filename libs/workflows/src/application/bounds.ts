/** Bounds on a definition, in one place. Every refusal names the bound. */

/** Bytes of a definition as JSON: 1 MiB. */
export const maxDefinition = 1024 * 1024;

/**
 * Bytes of what a run copies of a definition: its tasks with what the catalogue says of them put in. 2 MiB. A catalogue task that a
 * hundred tasks refer to counts a hundred times.
 */
export const maxRunnable = 2 * 1024 * 1024;

/** Dependencies of all tasks. */
export const maxDependencies = 10_000;

/** Conditions of all triggers. */
export const maxConditions = 100;

/** `$(` in the tasks of a definition, counted like `maxRunnable`. */
export const maxTokens = 100_000;

/** Different approver groups that the tasks of a definition name. */
export const maxApproverGroups = 100;
