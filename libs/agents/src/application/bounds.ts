/** Bounds of agents' requests, in one place. */

/** The most bytes of JSON in the answer of one poll: 4 MiB, but always at least one item. */
export const maxPollBytes = 4 * 1024 * 1024;

/**
 * The most bytes of runs that one pass loads for the polls of one queue: 32 MiB, but at least one run. So large runs of
 * one team neither fill the memory nor delay others.
 */
export const maxPassBytes = 32 * 1024 * 1024;

/** The most items that one poll, or all polls of one queue, get in one pass. */
export const maxItems = 1000;

/** The most waiting polls of one token in one process. */
export const maxPollsOfToken = 256;

/** The most waiting polls of one agent for one queue in one process; one more ends the oldest with an empty answer. */
export const maxPollsOfAgent = 4;

/** The most agents registered with one token. Beyond it, the agents that have been silent longest are removed. */
export const maxAgentsOfToken = 1000;

/** Seconds of silence after which an agent may be removed to make room for another, unless it holds something. */
export const silentSeconds = 300;

/** Days of silence after which an agent is forgotten. */
export const forgottenDays = 30;
