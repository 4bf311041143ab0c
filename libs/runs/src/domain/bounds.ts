/** Bounds on what one run holds and does, in one place. Every refusal names the bound. */

/**
 * Characters of a decision's value times the instructions of the regular expressions of all the run's decisions: so that the decisions
 * that one command leads to take 25 ms at worst, however many they are.
 */
export const maxDecisionWork = 250_000;

/** Bytes of what a run is asked for with: params, labels, annotations and workspaces, those of its workflow included. 2 MiB. */
export const maxRunInput = 2 * 1024 * 1024;

/** Labels of a run, and annotations of a run: those of its workflow included. */
export const maxRunLabels = 512;

/** Bytes of the values of all params of type `password` of a run: so that they can be looked for in what its tasks print. 16 KiB. */
export const maxRunSecrets = 16 * 1024;

/** Bytes of the results that a run's tasks set for the run. 1 MiB. */
export const maxRunResults = 1024 * 1024;

/** Topics of the events that one run keeps for waits to come. */
export const maxTopics = 100;

/** Events that one run keeps for waits to come. */
export const maxUnawaitedEvents = 1000;

/** Bytes of those events. 4 MiB. */
export const maxUnawaitedBytes = 4 * 1024 * 1024;
