import { maxSecretBytes } from './bounds';
import { formsOf, isFolded } from './secret-forms';
import { type View, viewsOf } from './views';

/** `\u00fc` takes six bytes for one or two, `%41` three for one; a wrapped line of one character with CRLF three. */
const reachFactor = 6;

/** From (inclusive) and to (exclusive), in bytes. */
export type Span = readonly [from: number, to: number];

/**
 * Finds secrets in any of their forms: an Aho-Corasick automaton over UTF-8 bytes. Building is linear in the forms,
 * searching is linear in the value, for any secrets. The automaton is a trie with its edges in one hash table.
 */
export class SecretFinder {
  /**
   * The most bytes that the longest form can take in a text, wrapped at every character or escaped; 0 if there are no
   * secrets.
   */
  readonly reach: number;
  private readonly longest: number;
  /** There are too many secrets to search for: every value counts as secret. */
  private readonly isOverfull: boolean;
  private readonly shortest: number;
  private readonly edgeKeys: Float64Array;
  private readonly edgeTargets: Int32Array;
  private readonly fallback: Int32Array;
  /** By node: bytes of the longest form that ends here. */
  private readonly lengths: Int32Array;
  /** The same, for forms that are also found across line breaks. */
  private readonly foldedLengths: Int32Array;
  private readonly depths: Int32Array;
  private nodes = 1;

  constructor(secrets: Iterable<string>) {
    const given = [...secrets];
    this.isOverfull = given.reduce((sum, secret) => sum + Buffer.byteLength(secret), 0) > maxSecretBytes;
    const forms = this.isOverfull ? [] : [...new Set(given.flatMap(formsOf))].map((form) => Buffer.from(form));
    const size = forms.reduce((sum, form) => sum + form.length, 0);
    this.longest = forms.reduce((most, form) => Math.max(most, form.length), 0);
    this.shortest = forms.reduce((least, form) => Math.min(least, form.length), Infinity);
    this.reach = this.isOverfull ? 1 : reachFactor * this.longest;
    const slots = 2 ** Math.ceil(Math.log2(2 * size + 2));
    this.edgeKeys = new Float64Array(slots).fill(-1);
    this.edgeTargets = new Int32Array(slots);
    this.fallback = new Int32Array(size + 1);
    this.lengths = new Int32Array(size + 1);
    this.foldedLengths = new Int32Array(size + 1);
    this.depths = new Int32Array(size + 1);
    const order = this.addForms(forms, size);
    this.linkFallbacks(order);
  }

  /** The parts of the value that hold secrets, in any of their forms and escapes; touching parts are joined. */
  find(value: Buffer): Span[] {
    if (this.isOverfull) return value.length === 0 ? [] : [[0, value.length]];
    if (value.length < this.shortest) return [];
    const [first = [], ...others] = viewsOf(value).map((view) => this.findIn(view));
    const found = others.flat();
    return found.length === 0 ? first : united([...first, ...found].sort((a, b) => a[0] - b[0]));
  }

  /**
   * The number of bytes at the end of the value that may begin a secret. Counts forms with escapes as if they had none.
   */
  openEnd(value: Buffer): number {
    if (this.longest === 0) return 0;
    let most = 0;
    for (const { bytes, starts } of viewsOf(value.subarray(Math.max(0, value.length - this.reach)))) {
      let node = 0;
      for (const byte of bytes) node = this.step(node, byte);
      const depth = this.depths[node] ?? 0;
      const from = starts?.[bytes.length - depth] ?? bytes.length - depth;
      if (depth > 0) most = Math.max(most, (starts?.[bytes.length] ?? bytes.length) - from);
    }
    return most;
  }

  private findIn({ bytes, starts, isFolded }: View): Span[] {
    const lengths = isFolded ? this.foldedLengths : this.lengths;
    const spans: [number, number][] = [];
    let node = 0;
    for (let at = 0; at < bytes.length; at++) {
      node = this.step(node, bytes[at] ?? 0);
      const length = lengths[node] ?? 0;
      if (length === 0) continue;
      let from = at + 1 - length;
      for (let last = spans.at(-1); last && last[1] >= from; last = spans.at(-1)) {
        from = Math.min(from, last[0]);
        spans.pop();
      }
      spans.push([from, at + 1]);
    }
    if (starts === null) return spans;
    // A line break may follow the last byte of a span without being part of it.
    return spans.map(([from, to]) => [starts[from] ?? 0, isFolded ? (starts[to - 1] ?? 0) + 1 : (starts[to] ?? 0)]);
  }

  /** Adds every form to the trie. Returns its edges, parents before children: node, byte, child. */
  private addForms(forms: readonly Buffer[], size: number): Int32Array {
    const { depths } = this;
    const parents = new Int32Array(size + 1);
    const bytes = new Int32Array(size + 1);
    for (const form of forms) {
      let node = 0;
      for (let at = 0; at < form.length; at++) {
        const byte = form[at] ?? 0;
        const slot = this.slotOf(node, byte);
        if (this.edgeKeys[slot] === -1) {
          const child = this.nodes++;
          this.edgeKeys[slot] = node * 256 + byte;
          this.edgeTargets[slot] = child;
          depths[child] = (depths[node] ?? 0) + 1;
          parents[child] = node;
          bytes[child] = byte;
        }
        node = this.edgeTargets[slot] ?? 0;
      }
      this.lengths[node] = form.length;
      if (isFolded(form.toString())) this.foldedLengths[node] = form.length;
    }
    return edgesByDepth(this.nodes, this.longest, { depths, parents, bytes });
  }

  private linkFallbacks(edges: Int32Array): void {
    for (let at = 0; at < edges.length; at += 3) {
      const parent = edges[at] ?? 0;
      const byte = edges[at + 1] ?? 0;
      const child = edges[at + 2] ?? 0;
      const fallback = parent === 0 ? 0 : this.step(this.fallback[parent] ?? 0, byte);
      this.fallback[child] = fallback;
      for (const lengths of [this.lengths, this.foldedLengths]) {
        lengths[child] = Math.max(lengths[child] ?? 0, lengths[fallback] ?? 0);
      }
    }
  }

  private step(from: number, byte: number): number {
    for (let node = from; ; node = this.fallback[node] ?? 0) {
      const slot = this.slotOf(node, byte);
      if (this.edgeKeys[slot] !== -1) return this.edgeTargets[slot] ?? 0;
      if (node === 0) return 0;
    }
  }

  /** The slot of the edge, or the free slot for it. */
  private slotOf(node: number, byte: number): number {
    const key = node * 256 + byte;
    const mask = this.edgeKeys.length - 1;
    let slot = Math.imul(key ^ (key >>> 15), 0x9e3779b1) >>> 0;
    slot = (slot ^ (slot >>> 13)) & mask;
    while (this.edgeKeys[slot] !== -1 && this.edgeKeys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }
}

/** Spans sorted by their beginnings; touching spans are joined. */
function united(spans: readonly Span[]): Span[] {
  const found: [number, number][] = [];
  for (const [from, to] of spans) {
    const last = found.at(-1);
    if (last && last[1] >= from) last[1] = Math.max(last[1], to);
    else found.push([from, to]);
  }
  return found;
}

interface Trie {
  readonly depths: Int32Array;
  readonly parents: Int32Array;
  readonly bytes: Int32Array;
}

/** Counting sort of the nodes by depth. */
function edgesByDepth(nodes: number, deepest: number, { depths, parents, bytes }: Trie): Int32Array {
  const places = new Int32Array(deepest + 2);
  for (let node = 1; node < nodes; node++) {
    const after = (depths[node] ?? 0) + 1;
    places[after] = (places[after] ?? 0) + 1;
  }
  for (let depth = 1; depth < places.length; depth++) {
    places[depth] = (places[depth] ?? 0) + (places[depth - 1] ?? 0);
  }
  const edges = new Int32Array(3 * (nodes - 1));
  for (let node = 1; node < nodes; node++) {
    const depth = depths[node] ?? 0;
    const rank = places[depth] ?? 0;
    const place = 3 * rank;
    places[depth] = rank + 1;
    edges[place] = parents[node] ?? 0;
    edges[place + 1] = bytes[node] ?? 0;
    edges[place + 2] = node;
  }
  return edges;
}
