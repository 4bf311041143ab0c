/** The most characters of a reason. */
export const maxReason = 1000;

/** What every access token looks like. */
const accessToken = /bf[gtwus]_[0-9a-f]{8}-[0-9a-f]{4}-/i;

/** What is wrong with a reason as a client gives it, in words that follow the name of its field; null if nothing is. */
export function wrongReason(reason: string): string | null {
  if (Array.from(reason).length > maxReason) return `must have at most ${maxReason} characters`;
  if (/\p{Cc}/u.test(reason)) return 'must not contain control characters';
  if (accessToken.test(reason)) return 'must not contain an access token';
  return null;
}
