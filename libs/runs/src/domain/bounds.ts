/** Bounds of one run, in one place. Every refusal names the bound. */

/**
 * The most characters of a decision's value times the instructions of the regular expressions of all the run's
 * decisions: the decisions after one command take 25 ms at worst, however many they are.
 */
export const maxDecisionWork = 250_000;

/**
 * The most bytes of the request for a run: params, labels, annotations and workspaces, including those of its workflow.
 * 2 MiB.
 */
export const maxRunInput = 2 * 1024 * 1024;

/** The most labels, and the most annotations, of a run, including those of its workflow. */
export const maxRunLabels = 512;

/** The most bytes of all `password` params of a run, so that they can be searched for in its tasks' output. 16 KiB. */
export const maxRunSecrets = 16 * 1024;

/** The most bytes of results that tasks set for the run. 1 MiB. */
export const maxRunResults = 1024 * 1024;

/** The most topics of events that one run keeps for later waits. */
export const maxTopics = 100;

/** The most events that one run keeps for later waits. */
export const maxUnawaitedEvents = 1000;

/** The most bytes of those events. 4 MiB. */
export const maxUnawaitedBytes = 4 * 1024 * 1024;
