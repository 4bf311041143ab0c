/** The random part of a fence is less than this. */
export const nonceSpan = 2 ** 32;

/**
 * The fence of the next claim: a number that rises with every claim, with a random part that only its receiver knows.
 * Below 2^53 for two million claims of one item, so that JSON keeps it exactly.
 * @param nonce random, a whole number from 0 to 2^32 - 1.
 */
export function nextFence(fence: number, nonce: number): number {
  return (Math.floor(fence / nonceSpan) + 1) * nonceSpan + nonce;
}

/** The fence after an expired lease: higher than the old one, and nobody has it. */
export function releasedFence(fence: number): number {
  return fence + nonceSpan;
}
