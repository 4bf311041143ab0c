/** The tasks that come before each task, directly or through others. */
export type ComesAfter = (task: string, other: string) => boolean;

/**
 * Needs a graph without cycles. Uses a set of bits for each task: the work is proportional to tasks × dependencies /
 * 32.
 */
export function precedenceOf(
  tasks: readonly { readonly name: string; readonly dependencies: readonly string[] }[],
): ComesAfter {
  const places = new Map(tasks.map(({ name }, place) => [name, place]));
  const before = tasks.map(() => new Uint32Array(Math.ceil(tasks.length / 32)));
  const next: number[][] = tasks.map(() => []);
  const open = tasks.map(({ dependencies }, place) => {
    const known = dependencies.flatMap((name) => places.get(name) ?? []);
    for (const from of known) next[from]?.push(place);
    return known.length;
  });
  const queue = open.flatMap((count, place) => (count === 0 ? [place] : []));
  for (let head = 0; head < queue.length; head++) {
    const from = queue[head] ?? 0;
    for (const place of next[from] ?? []) {
      add(before[place], before[from], from);
      open[place] = (open[place] ?? 0) - 1;
      if (open[place] === 0) queue.push(place);
    }
  }
  return (task, other) => {
    const place = places.get(other);
    const bits = before[places.get(task) ?? -1];
    return place !== undefined && ((bits?.[place >> 5] ?? 0) & (1 << (place & 31))) !== 0;
  };
}

function add(bits: Uint32Array | undefined, others: Uint32Array | undefined, place: number): void {
  if (!bits || !others) return;
  for (let word = 0; word < bits.length; word++) bits[word] = (bits[word] ?? 0) | (others[word] ?? 0);
  bits[place >> 5] = (bits[place >> 5] ?? 0) | (1 << (place & 31));
}
