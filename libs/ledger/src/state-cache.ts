import type { VersionedState } from './stream-category';

/** Least-recently-used states by stream id, bounded by weight. What is stale in it is found out by the append's version check. */
export class StateCache {
  private readonly entries = new Map<string, { readonly value: VersionedState<unknown>; readonly weight: number }>();
  private weight = 0;

  constructor(private readonly maxWeight: number) {}

  get(streamId: string): VersionedState<unknown> | undefined {
    const entry = this.entries.get(streamId);
    if (!entry) return undefined;
    this.entries.delete(streamId);
    this.entries.set(streamId, entry);
    return entry.value;
  }

  set(streamId: string, value: VersionedState<unknown>, weight: number): void {
    this.delete(streamId);
    this.entries.set(streamId, { value, weight });
    this.weight += weight;
    for (const [oldest, entry] of this.entries) {
      if (this.weight <= this.maxWeight || oldest === streamId) break;
      this.entries.delete(oldest);
      this.weight -= entry.weight;
    }
  }

  delete(streamId: string): void {
    const entry = this.entries.get(streamId);
    if (!entry) return;
    this.entries.delete(streamId);
    this.weight -= entry.weight;
  }
}
