import type { Decider } from '#libs/kernel';
import { readStream, type StreamCategory } from '#libs/ledger';

interface Added {
  readonly type: 'Added';
  readonly data: { readonly by: number };
}
const decider: Decider<number, number, Added> = {
  decide: (_state, by) => [{ type: 'Added', data: { by } }],
  evolve: (state, event) => (state ?? 0) + event.data.by,
};
/** Streams of one event for each command: it needs no table. */
export const counters: StreamCategory<number, number, Added> = {
  name: 'counter',
  decider,
  async load(pool, ids) {
    const found = new Map<string, { state: number; version: number }>();
    for (const id of ids) {
      const version = (await readStream(pool, id)).length;
      if (version > 0) found.set(id, { state: 0, version });
    }
    return found;
  },
  project: () => [],
};
