/**
 * The most bytes of all secrets to search for in one value. Beyond it, nothing is searched: the whole value counts as
 * secret. For each form of a secret, the search takes 20 bytes of memory and 0.1 µs per byte.
 */
export const maxSecretBytes = 16 * 1024;
