/** Does not compare longer names: the work is the product of their lengths. */
const maxLength = 64;

/**
 * The known name that was probably meant: the nearest one, with at most a third of its characters different, or one
 * with the same beginning.
 */
export function nearestName(given: string, known: readonly string[]): string | undefined {
  if (given.length > maxLength) return undefined;
  const text = given.toLowerCase();
  let best: string | undefined;
  let least = Infinity;
  for (const name of known) {
    if (name.length > maxLength) continue;
    const candidate = name.toLowerCase();
    const isPart = text.length >= 4 && (candidate.startsWith(text) || text.startsWith(candidate));
    const distance = isPart ? 1 : distanceOf(text, candidate);
    if (distance <= Math.max(1, Math.floor(Math.max(text.length, candidate.length) / 3)) && distance < least) {
      best = name;
      least = distance;
    }
  }
  return best;
}

/** The number of letters to insert, delete, replace or swap with their neighbour. */
function distanceOf(from: string, to: string): number {
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
        swapped ? (before[column - 2] ?? 0) + 1 : Infinity,
      );
    }
    before = last;
    last = current;
  }
  return last[to.length] ?? 0;
}
