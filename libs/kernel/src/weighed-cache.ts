import { jsonBytes } from './json-bytes';

/**
 * Caches values up to a total number of bytes. Drops the least recently used values; does not store a value larger than
 * the total.
 */
export class WeighedCache<Value> {
  private readonly entries = new Map<string, { readonly value: Value; readonly bytes: number }>();
  private bytes = 0;

  constructor(private readonly max: number) {}

  get(key: string): Value | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value;
  }

  /** `bytes`: the size of the value; its size as JSON if absent. */
  set(key: string, value: Value, bytes = jsonBytes(value)): void {
    this.delete(key);
    if (bytes > this.max) return;
    this.entries.set(key, { value, bytes });
    this.bytes += bytes;
    for (const oldest of this.entries.keys()) {
      if (this.bytes <= this.max) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    this.bytes -= this.entries.get(key)?.bytes ?? 0;
    this.entries.delete(key);
  }
}
