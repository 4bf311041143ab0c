const firstPause = 50;
const longestPause = 5000;
/** The most seconds of a `Retry-After` that the agent obeys. */
const longestRetryAfter = 30;

/**
 * Milliseconds before the next attempt. The delay doubles from 50 ms up to 5 s, with jitter of up to half of it, so
 * that agents which lost the same server do not all come back at once. If the server asks for a longer pause
 * (`Retry-After`, seconds), the agent waits for that, up to 30 s, and up to a quarter more. `failures`: failed attempts
 * so far, from 1.
 */
export function pauseBefore(failures: number, retryAfter: string | null, random = Math.random): number {
  const pause = Math.min(firstPause * 2 ** Math.min(failures - 1, 20), longestPause);
  const own = pause * (0.5 + random() / 2);
  const asked =
    retryAfter !== null && /^\d{1,9}$/.test(retryAfter) ? Math.min(Number(retryAfter), longestRetryAfter) : 0;
  return Math.round(Math.max(own, asked * 1000 * (1 + random() / 4)));
}
