/** What a fence's random part is less than. */
export const nonceSpan = 2 ** 32;

/**
 * The fence of the next claim: a number that rises with every claim, and whose random part nobody can guess who was not given it.
 * Within 2^53 for two million claims of one item, so that JSON keeps it exactly.
 * @param nonce random, a whole number from 0 to 2^32 - 1.
 */
export function nextFence(fence: number, nonce: number): number {
  return (Math.floor(fence / nonceSpan) + 1) * nonceSpan + nonce;
}

/** The fence after a lease that ran out: higher than the old one, and nobody's. */
export function releasedFence(fence: number): number {
  return fence + nonceSpan;
}
