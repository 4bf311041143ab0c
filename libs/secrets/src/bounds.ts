/**
 * Bytes of all secrets that are looked for in one value. Beyond that nothing is searched: the whole value counts as secret. The search
 * takes memory and time for each form of a secret, 20 bytes and 0.1 µs for each byte of them.
 */
export const maxSecretBytes = 16 * 1024;
