import { jsonBytes } from './json-bytes';

/** Bytes that a value takes: its own, and those of what it shares with others, which are counted once for all that share it. */
export interface Weight {
  readonly own: number;
  readonly shared: { readonly by: object; readonly bytes: number };
}

interface Entry<Value> {
  readonly value: Value;
  readonly weight: number | Weight;
}

/** Remembers values up to a number of bytes in all. What was not asked for the longest makes room; what is larger than all is not kept. */
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

  /** `weight`: bytes that the value takes; counted as JSON where absent. */
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
