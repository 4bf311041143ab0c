import type { Clock } from '#libs/kernel';
import { LRUCache } from 'lru-cache';

/**
 * Milliseconds for which the process caches tokens, memberships and the names of teams: for so long, another process
 * may still accept a revoked token or an old name.
 */
const tokenMemory = 1000;

/** The most entries in each cache. */
const maxRemembered = 10_000;

/**
 * Caches values for a moment, by key. Whoever asks while a value is being read waits for that read. `remembers` says which values it
 * caches; it reads the others again each time.
 */
export class Memory<Value> {
  private readonly entries: LRUCache<string, { readonly value: Value }>;
  private readonly reading = new Map<string, Promise<Value>>();
  private clears = 0;

  constructor(
    private readonly clock: Clock,
    private readonly remembers: (value: Value) => boolean = () => true,
  ) {
    this.entries = new LRUCache({ max: maxRemembered, ttl: tokenMemory, ttlResolution: 0, perf: clock });
  }

  get(key: string, read: () => Promise<Value>): Promise<Value> {
    const known = this.entries.get(key);
    if (known) return Promise.resolve(known.value);
    const underWay = this.reading.get(key);
    if (underWay) return underWay;
    const reading = this.read(key, read).finally(() => {
      if (this.reading.get(key) === reading) this.reading.delete(key);
    });
    this.reading.set(key, reading);
    return reading;
  }

  /** A read that is under way is not cached either, and later callers do not share it: it may be older than the change. */
  clear(): void {
    this.clears++;
    this.entries.clear();
    this.reading.clear();
  }

  private async read(key: string, read: () => Promise<Value>): Promise<Value> {
    const { clears } = this;
    // As old as the moment before it was read.
    const start = this.clock.now();
    const value = await read();
    if (clears === this.clears && this.remembers(value)) this.entries.set(key, { value }, { start });
    return value;
  }
}
