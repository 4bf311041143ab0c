import { jsonBytes } from './json-bytes';

/** The bytes of a value: its own bytes, and those of a part that it shares with others. The cache counts a shared part once. */
export interface Weight {
  readonly own: number;
  readonly shared: { readonly by: object; readonly bytes: number };
}

interface Entry<Value> {
  readonly value: Value;
  readonly weight: number | Weight;
}

/**
 * Caches values up to a total number of bytes. Drops the least recently used values; does not store a value larger than
 * the total.
 */
export class WeighedCache<Value> {
  private readonly entries = new Map<string, Entry<Value>>();
  /** Values that share an object. */
  private readonly sharers = new Map<object, number>();
  private bytes = 0;

  constructor(private readonly max: number) {}

  get(key: string): Value | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value;
  }

  /** `weight`: the size of the value; its size as JSON if absent. */
  set(key: string, value: Value, weight: number | Weight = jsonBytes(value)): void {
    this.delete(key);
    if (total(weight) > this.max) return;
    this.entries.set(key, { value, weight });
    this.count(weight, 1);
    for (const oldest of this.entries.keys()) {
      if (this.bytes <= this.max) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.entries.get(key);
    if (!entry) return;
    this.entries.delete(key);
    this.count(entry.weight, -1);
  }

  private count(weight: number | Weight, sign: 1 | -1): void {
    if (typeof weight === 'number') {
      this.bytes += sign * weight;
      return;
    }
    const { by, bytes } = weight.shared;
    const before = this.sharers.get(by) ?? 0;
    const after = before + sign;
    if (after === 0) this.sharers.delete(by);
    else this.sharers.set(by, after);
    this.bytes += sign * (weight.own + (before === 0 || after === 0 ? bytes : 0));
  }
}

function total(weight: number | Weight): number {
  return typeof weight === 'number' ? weight : weight.own + weight.shared.bytes;
}
