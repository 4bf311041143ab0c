import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { ApiError, lastAnswerAt } from './client';
import { NoStream, readStream } from './sse';
import { refresh } from './use-api';

/** How fresh the page is. `since`: when it was last known to be, in milliseconds since the epoch. */
export type Freshness =
  | { readonly kind: 'none' }
  | { readonly kind: 'live' }
  | { readonly kind: 'polling' }
  | { readonly kind: 'stale'; readonly since: number };

const listeners = new Set<() => void>();
let freshness: Freshness = { kind: 'none' };
let lastFresh = Date.now();

function setFreshness(next: Freshness): void {
  if (next.kind === 'live' || next.kind === 'polling') lastFresh = Date.now();
  if (next.kind === freshness.kind && next.kind !== 'stale') return;
  freshness = next;
  for (const listener of listeners) listener();
}

export function useFreshness(): Freshness {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => freshness,
  );
}

/** The page asks again at most once in so many milliseconds, however many events come. */
const batch = 1000;
/** Milliseconds between two looks where the server does not stream. */
const pollEvery = 3000;
/** Milliseconds after which it is asked again whether it streams. */
const askAgainAfter = 60_000;
const longestPause = 30_000;

/**
 * Follows a stream of events, and asks again for all paths that begin like these. A hidden page follows nothing: browsers
 * allow few connections to one server. When it is shown again, the stream goes on where it was.
 * @param path null follows nothing.
 */
export function useLive(path: string | null, beginnings: readonly string[]): void {
  const client = useQueryClient();
  const key = beginnings.join('\n');
  useEffect(() => {
    if (path === null) return;
    const feed = new Feed(path, () => refresh(client, ...key.split('\n')));
    return () => feed.stop();
  }, [client, path, key]);
}

class Feed {
  private readonly stopped = new AbortController();
  private current: AbortController | null = null;
  private lastId: string | undefined;
  private pending: number | undefined;
  private lastRefresh = 0;

  constructor(
    private readonly path: string,
    private readonly onNews: () => Promise<void>,
  ) {
    document.addEventListener('visibilitychange', this.onVisibility);
    this.onVisibility();
  }

  stop(): void {
    document.removeEventListener('visibilitychange', this.onVisibility);
    this.stopped.abort();
    this.current?.abort();
    window.clearTimeout(this.pending);
    setFreshness({ kind: 'none' });
  }

  private readonly onVisibility = (): void => {
    if (document.hidden) {
      this.current?.abort();
      this.current = null;
    } else if (!this.current) {
      this.current = new AbortController();
      void this.follow(this.current.signal);
    }
  };

  private async follow(signal: AbortSignal): Promise<void> {
    let pause = 500;
    while (!signal.aborted) {
      try {
        await readStream(this.path, this.lastId, signal, ({ id }) => {
          pause = 500;
          setFreshness({ kind: 'live' });
          if (id !== undefined && id !== '') this.lastId = id;
          // What was missed while there was no stream comes with `ready` too.
          this.newsSoon();
        });
      } catch (error) {
        if (isOver(signal)) return;
        if (error instanceof NoStream) {
          await this.poll(signal);
          continue;
        }
        if (error instanceof ApiError && error.status === 401) void this.onNews();
      }
      if (isOver(signal)) return;
      setFreshness({ kind: 'stale', since: lastFresh });
      await sleep(pause * (0.75 + Math.random() / 2), signal);
      pause = Math.min(pause * 2, longestPause);
    }
  }

  private newsSoon(): void {
    if (this.pending !== undefined) return;
    const wait = Math.max(0, this.lastRefresh + batch - Date.now());
    this.pending = window.setTimeout(() => {
      this.pending = undefined;
      this.lastRefresh = Date.now();
      void this.onNews();
    }, wait);
  }

  private async poll(signal: AbortSignal): Promise<void> {
    const until = Date.now() + askAgainAfter;
    while (!signal.aborted && Date.now() < until) {
      const asked = Date.now();
      await this.onNews();
      if (isOver(signal)) return;
      setFreshness(lastAnswerAt() >= asked ? { kind: 'polling' } : { kind: 'stale', since: lastFresh });
      await sleep(pollEvery, signal);
    }
  }
}

/** Asked anew after each wait. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    const stop = (): void => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}
