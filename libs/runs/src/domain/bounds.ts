/** Bounds on what one run holds and does, in one place. Every refusal names the bound. */

/**
 * Characters of a decision's value times the instructions of the regular expressions of all the run's decisions: so that the decisions
 * that one command leads to take 25 ms at worst, however many they are.
 */
export const maxDecisionWork = 250_000;
