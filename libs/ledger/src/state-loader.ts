import type { Pool } from 'pg';
import type { VersionedState } from './stream-category';
import type { Category } from './waiting-command';

type Loaded = VersionedState<unknown> | null;

interface Wanted {
  readonly state: Promise<Loaded>;
  readonly resolve: (state: Loaded) => void;
  readonly reject: (error: unknown) => void;
}

interface Queue {
  /** By stream: requested since the current statement was sent. */
  wanted: Map<string, Wanted>;
  isLoading: boolean;
}

/**
 * Loads states with one statement at a time for each category: the next statement loads everything that was requested
 * meanwhile, each stream once. So hundreds of timers of one run load it once, and leave the pool to others.
 */
export class StateLoader {
  private readonly queues = new Map<Category, Queue>();

  /** @param known the cached state of a stream, of any version: if states are folds, only newer events are read. */
  constructor(
    private readonly pool: Pool,
    private readonly known: (category: Category, streamId: string) => Loaded = () => null,
  ) {}

  /** The stored state as of now, or null. */
  load(category: Category, streamId: string): Promise<Loaded> {
    const queue = this.queues.get(category) ?? { wanted: new Map<string, Wanted>(), isLoading: false };
    this.queues.set(category, queue);
    const wanted = queue.wanted.get(streamId) ?? newWanted();
    queue.wanted.set(streamId, wanted);
    if (!queue.isLoading) void this.loadAll(category, queue);
    return wanted.state;
  }

  private async loadAll(category: Category, queue: Queue): Promise<void> {
    queue.isLoading = true;
    while (queue.wanted.size > 0) {
      const { wanted } = queue;
      queue.wanted = new Map();
      try {
        const known = new Map([...wanted.keys()].flatMap((id) => pair(id, this.known(category, id))));
        const loaded = await category.load(this.pool, [...wanted.keys()], known);
        for (const [streamId, each] of wanted) {
          const state = loaded.get(streamId);
          // The streams before it were large: the next statement loads it, or the one after; the first in line always
          // gets loaded.
          if (state === null) putBack(queue, streamId, each);
          else each.resolve(state ?? null);
        }
      } catch (error) {
        for (const each of wanted.values()) each.reject(error);
      }
    }
    queue.isLoading = false;
  }
}

function pair(id: string, known: Loaded): [string, NonNullable<Loaded>][] {
  return known ? [[id, known]] : [];
}

function putBack(queue: Queue, streamId: string, wanted: Wanted): void {
  const newer = queue.wanted.get(streamId);
  if (newer) newer.state.then(wanted.resolve, wanted.reject);
  else queue.wanted.set(streamId, wanted);
}

function newWanted(): Wanted {
  let settle: Pick<Wanted, 'resolve' | 'reject'> | undefined;
  const state = new Promise<Loaded>((resolve, reject) => (settle = { resolve, reject }));
  if (!settle) throw new Error('A promise calls its executor at once');
  return { state, ...settle };
}
