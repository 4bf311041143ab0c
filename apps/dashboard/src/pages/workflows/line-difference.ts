export interface DifferenceLine {
  readonly kind: 'same' | 'before' | 'after';
  readonly text: string;
}

/** Lines of each text that are compared at most: the work is their product. */
const most = 1000;

/** The lines of two texts, those that only one of them has marked; the longest common sequence stays. */
export function lineDifference(before: string, after: string): readonly DifferenceLine[] {
  const one = before.split('\n');
  const other = after.split('\n');
  if (one.length > most || other.length > most) {
    return [
      ...one.map((text) => ({ kind: 'before' as const, text })),
      ...other.map((text) => ({ kind: 'after' as const, text })),
    ];
  }
  const width = other.length + 1;
  const lengths = new Uint16Array((one.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = one.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      lengths[i * width + j] = one[i] === other[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: DifferenceLine[] = [];
  let i = 0;
  let j = 0;
  while (i < one.length || j < other.length) {
    const [left, right] = [one[i], other[j]];
    if (left !== undefined && left === right) {
      lines.push({ kind: 'same', text: left });
      i++;
      j++;
    } else if (left !== undefined && (right === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ kind: 'before', text: left });
      i++;
    } else {
      lines.push({ kind: 'after', text: right ?? '' });
      j++;
    }
  }
  return lines;
}
