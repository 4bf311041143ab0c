const firstPause = 50;
const longestPause = 5000;
/** Seconds of a `Retry-After` that are heeded at most. */
const longestRetryAfter = 30;

/**
 * Milliseconds before the next attempt: doubles from 50 ms up to 5 s, and a random half of it is left out, so that agents which have
 * lost one server do not come back all at once. A server that asks for a longer pause (`Retry-After`, seconds) gets it, up to 30 s, and
 * up to a quarter more. `failures`: attempts that have failed so far, from 1.
 */
export function pauseBefore(failures: number, retryAfter: string | null, random = Math.random): number {
  const pause = Math.min(firstPause * 2 ** Math.min(failures - 1, 20), longestPause);
  const own = pause * (0.5 + random() / 2);
  const asked =
    retryAfter !== null && /^\d{1,9}$/.test(retryAfter) ? Math.min(Number(retryAfter), longestRetryAfter) : 0;
  return Math.round(Math.max(own, asked * 1000 * (1 + random() / 4)));
}
