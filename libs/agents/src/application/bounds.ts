/** Bounds on what agents ask for, in one place. */

/** Bytes of JSON in the answer of one poll: 4 MiB. One item always comes. */
export const maxPollBytes = 4 * 1024 * 1024;

/**
 * Bytes of the runs that one pass loads for the polls that share a queue: 32 MiB. One run always. So nobody's large runs fill the memory, or
 * keep the others waiting.
 */
export const maxPassBytes = 32 * 1024 * 1024;

/** Items that one poll, or all polls that share a queue, are given in one pass. */
export const maxItems = 1000;

/** Polls of one token that wait in one process. */
export const maxPollsOfToken = 256;

/** Polls of one agent that wait for one queue in one process; of more, the oldest is answered with nothing. */
export const maxPollsOfAgent = 4;

/** Agents that are registered with one token. Of more, those that have been silent for longest make room. */
export const maxAgentsOfToken = 1000;

/** Seconds without a sign of life after which an agent may make room for another, unless it holds something. */
export const silentSeconds = 300;

/** Days without a sign of life after which an agent is forgotten. */
export const forgottenDays = 30;
