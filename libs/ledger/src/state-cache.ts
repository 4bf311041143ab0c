import { LRUCache } from 'lru-cache';
import { jsonBytes } from '#libs/kernel';
import type { VersionedState, Weight } from './stream-category';
import type { Category } from './waiting-command';

type Remembered = VersionedState<unknown> & { readonly category: Category };

/** A state, or a part that states share. */
type Entry = { readonly known: Remembered; readonly part: string | null } | { readonly sharers: Set<string> };

/**
 * The last known states of streams, up to a total number of bytes; the least recently used go first. A part that many states share is an
 * entry of its own, which is used whenever one of them is: so it is counted once, and goes after the last of them.
 */
export class StateCache {
  private readonly entries: LRUCache<string, Entry>;
  private readonly names = new WeakMap<object, string>();
  private parts = 0;

  constructor(maxBytes: number) {
    this.entries = new LRUCache<string, Entry>({
      maxSize: maxBytes,
      dispose: (entry, id) => {
        if ('known' in entry && entry.part !== null) this.leave(entry.part, id);
      },
      noDisposeOnSet: true,
    });
  }

  get(streamId: string): Remembered | undefined {
    const entry = this.entries.get(streamId);
    if (!entry || !('known' in entry)) return undefined;
    if (entry.part !== null) this.entries.get(entry.part);
    return entry.known;
  }

  set(streamId: string, known: Remembered): void {
    const weight = known.category.weigh?.(known.state) ?? jsonBytes(known.state);
    if (typeof weight === 'number') {
      this.put(streamId, known, null, weight);
      return;
    }
    const part = this.nameOf(weight);
    this.put(streamId, known, part, weight.own);
    // One that is larger than the whole cache is not kept.
    if (!this.entries.has(streamId)) return;
    // After the state: the part is always the more recently used.
    const shared = this.entries.get(part);
    if (shared && 'sharers' in shared) shared.sharers.add(streamId);
    else this.entries.set(part, { sharers: new Set([streamId]) }, { size: Math.ceil(weight.shared.bytes) + 1 });
  }

  delete(streamId: string): void {
    this.entries.delete(streamId);
  }

  private put(streamId: string, known: Remembered, part: string | null, bytes: number): void {
    const before = this.entries.peek(streamId);
    if (before && 'known' in before && before.part !== null && before.part !== part) this.leave(before.part, streamId);
    this.entries.set(streamId, { known, part }, { size: Math.ceil(bytes) + 1 });
  }

  private leave(part: string, streamId: string): void {
    const shared = this.entries.peek(part);
    if (!shared || !('sharers' in shared)) return;
    shared.sharers.delete(streamId);
    if (shared.sharers.size === 0) this.entries.delete(part);
  }

  private nameOf({ shared: { by } }: Weight): string {
    let name = this.names.get(by);
    if (name === undefined) {
      name = `part ${this.parts++}`;
      this.names.set(by, name);
    }
    return name;
  }
}
