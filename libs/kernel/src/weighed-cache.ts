import { jsonBytes } from './json-bytes';

/** Remembers values up to a number of bytes in all. What was not asked for the longest makes room; what is larger than all is not kept. */
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

  /** `bytes`: what the value takes; counted as JSON where absent. */
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
