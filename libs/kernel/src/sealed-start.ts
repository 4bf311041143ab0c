/**
 * The beginning of a sealed secret, anywhere in a text. Only the server makes them: it refuses requests that contain
 * it.
 */
export const sealedStart = '\uE000sealed:';

/** The beginning of a personal value, which can be erased: likewise. */
export const personalStart = '\uE000personal:';
