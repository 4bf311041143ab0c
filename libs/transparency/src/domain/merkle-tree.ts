import { sha256 } from './sha256';

/*
 * The tree of RFC 6962. Its leaves are numbered from 0. A subtree of height h is perfect: it has 2^h leaves. The perfect
 * subtree (h, i) has the leaves from i × 2^h. Sizes go up to 2^53, so no operator of 32 bits touches them.
 */

/** The hash of a perfect subtree. */
export type Nodes = (height: number, index: number) => Buffer;

export const hashBytes = 32;
export const emptyRoot = sha256(Buffer.alloc(0));

const leafPrefix = Buffer.of(0);
/** What a node hashes. */
const node = Buffer.alloc(1 + 2 * hashBytes, 1);

export function leafHash(entry: Uint8Array): Buffer {
  return sha256(leafPrefix, entry);
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  node.set(left, 1);
  node.set(right, 1 + hashBytes);
  return sha256(node);
}

/** The root of the first `size` leaves. */
export function treeRoot(nodes: Nodes, size: number): Buffer {
  return size === 0 ? emptyRoot : rangeHash(nodes, 0, size);
}

/** PATH of RFC 6962: what proves that the leaf `index` is in the tree of `size` leaves, from the leaf upward. */
export function inclusionProof(nodes: Nodes, index: number, size: number): Buffer[] {
  if (!(index >= 0 && index < size)) throw new RangeError(`Leaf ${index} is not in a tree of ${size}.`);
  const proof: Buffer[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + halfOf(to - from);
    if (index < middle) {
      proof.push(rangeHash(nodes, middle, to));
      to = middle;
    } else {
      proof.push(rangeHash(nodes, from, middle));
      from = middle;
    }
  }
  return proof.reverse();
}

/** SUBPROOF of RFC 6962: what proves that the tree of `oldSize` leaves is the beginning of that of `size`. */
export function consistencyProof(nodes: Nodes, oldSize: number, size: number): Buffer[] {
  if (!(oldSize >= 0 && oldSize <= size)) throw new RangeError(`A tree of ${oldSize} cannot grow to ${size}.`);
  if (oldSize === 0 || oldSize === size) return [];
  const proof: Buffer[] = [];
  let [from, to] = [0, size];
  // `from` is 0 until the old tree reaches into the right half: then its left half is in the proof, not known.
  while (oldSize < to) {
    const middle = from + halfOf(to - from);
    if (oldSize <= middle) {
      proof.push(rangeHash(nodes, middle, to));
      to = middle;
    } else {
      proof.push(rangeHash(nodes, from, middle));
      from = middle;
    }
  }
  if (from > 0) proof.push(rangeHash(nodes, from, to));
  return proof.reverse();
}

/** Whether the proof leads from this leaf to this root. */
export function provesInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!(index >= 0 && index < size)) return false;
  let [first, last] = [index, size - 1];
  let hash: Buffer = Buffer.from(leaf);
  for (const part of proof) {
    if (last === 0) return false;
    if (isOdd(first) || first === last) {
      hash = nodeHash(part, hash);
      [first, last] = upWhileEven(first, last);
    } else {
      hash = nodeHash(hash, part);
    }
    [first, last] = [half(first), half(last)];
  }
  return last === 0 && hash.equals(root);
}

/** Whether the proof shows that the tree with the old root is the beginning of the tree with the new one. */
export function provesConsistency(
  oldSize: number,
  size: number,
  proof: readonly Uint8Array[],
  oldRoot: Uint8Array,
  root: Uint8Array,
): boolean {
  if (!(oldSize >= 0 && oldSize <= size)) return false;
  if (oldSize === size) return proof.length === 0 && Buffer.from(oldRoot).equals(root);
  if (oldSize === 0) return proof.length === 0 && emptyRoot.equals(oldRoot);
  if (proof.length === 0) return false;
  const [start, ...others] = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : proof;
  let [first, last] = [oldSize - 1, size - 1];
  while (isOdd(first)) [first, last] = [half(first), half(last)];
  let before: Buffer = Buffer.from(start ?? oldRoot);
  let after = before;
  for (const part of others) {
    if (last === 0) return false;
    if (isOdd(first) || first === last) {
      before = nodeHash(part, before);
      after = nodeHash(part, after);
      [first, last] = upWhileEven(first, last);
    } else {
      after = nodeHash(after, part);
    }
    [first, last] = [half(first), half(last)];
  }
  return last === 0 && before.equals(oldRoot) && after.equals(root);
}

/** The root of the leaves from `from` to before `to`, a subtree of the tree. */
function rangeHash(nodes: Nodes, from: number, to: number): Buffer {
  const size = to - from;
  if (isPowerOfTwo(size)) return nodes(Math.log2(size), from / size);
  const middle = from + halfOf(size);
  return nodeHash(rangeHash(nodes, from, middle), rangeHash(nodes, middle, to));
}

/** The largest power of two below a size of at least 2. */
function halfOf(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

function upWhileEven(first: number, last: number): [number, number] {
  let [one, other] = [first, last];
  while (one !== 0 && !isOdd(one)) [one, other] = [half(one), half(other)];
  return [one, other];
}

function half(value: number): number {
  return Math.floor(value / 2);
}

function isOdd(value: number): boolean {
  return value % 2 === 1;
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}
