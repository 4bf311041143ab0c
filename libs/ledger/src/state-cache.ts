import type { VersionedState } from './stream-category';

/** Least-recently-used states by stream id, bounded by their bytes. What is stale in it is found out by the append's version check. */
export class StateCache {
  private readonly entries = new Map<string, { readonly value: VersionedState<unknown>; readonly bytes: number }>();
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  get(streamId: string): VersionedState<unknown> | undefined {
    const entry = this.entries.get(streamId);
    if (!entry) return undefined;
    this.entries.delete(streamId);
    this.entries.set(streamId, entry);
    return entry.value;
  }

  set(streamId: string, value: VersionedState<unknown>, bytes: number): void {
    this.delete(streamId);
    this.entries.set(streamId, { value, bytes });
    this.bytes += bytes;
    for (const [oldest, entry] of this.entries) {
      if (this.bytes <= this.maxBytes || oldest === streamId) break;
      this.entries.delete(oldest);
      this.bytes -= entry.bytes;
    }
  }

  delete(streamId: string): void {
    const entry = this.entries.get(streamId);
    if (!entry) return;
    this.entries.delete(streamId);
    this.bytes -= entry.bytes;
  }
}
