interface GraphTask {
  readonly name: string;
  readonly type: string;
  readonly dependencies: readonly string[];
}

/** What is wrong with the graph, one sentence each. Without recursion; linear in the size of the graph. */
export function graphProblems(tasks: readonly GraphTask[]): string[] {
  const problems: string[] = [];
  const places = new Map(tasks.map(({ name }, place) => [name, place]));
  const next: number[][] = tasks.map(() => []);
  const open = tasks.map(() => 0);
  for (const [place, task] of tasks.entries()) {
    const seen = new Set<string>();
    for (const name of task.dependencies) {
      const from = places.get(name);
      if (from === undefined) problems.push(`Task ${task.name}: dependency ${name} is not a task of this workflow.`);
      else if (seen.has(name)) problems.push(`Task ${task.name}: dependency ${name} is given twice.`);
      else {
        seen.add(name);
        next[from]?.push(place);
        open[place] = (open[place] ?? 0) + 1;
      }
    }
  }
  const starts = tasks.flatMap(({ type }, place) => (type === 'start' ? [place] : []));
  const ends = tasks.flatMap(({ type }, place) => (type === 'end' ? [place] : []));
  if (starts.length !== 1) problems.push(`There must be exactly one task of type start; there are ${starts.length}.`);
  if (ends.length !== 1) problems.push(`There must be exactly one task of type end; there are ${ends.length}.`);
  for (const place of starts) {
    if ((tasks[place]?.dependencies.length ?? 0) > 0)
      problems.push(`Task ${tasks[place]?.name ?? ''}: start must not have dependencies.`);
  }
  const cycle = findCycle(tasks, places, next, open);
  if (cycle.length > 0) problems.push(`Tasks depend on each other in a circle: ${cycle.slice(0, 20).join(' → ')}.`);
  const [start, end] = [starts[0], ends[0]];
  if (start !== undefined && end !== undefined && !reaches(start, end, next)) {
    problems.push('There is no path from start to end: let end depend on the last tasks.');
  }
  return problems;
}

function findCycle(
  tasks: readonly GraphTask[],
  places: ReadonlyMap<string, number>,
  next: readonly number[][],
  counts: readonly number[],
): string[] {
  const open = [...counts];
  const queue = open.flatMap((count, place) => (count === 0 ? [place] : []));
  for (let head = 0; head < queue.length; head++) {
    for (const place of next[queue[head] ?? 0] ?? []) {
      open[place] = (open[place] ?? 0) - 1;
      if (open[place] === 0) queue.push(place);
    }
  }
  let place = open.findIndex((count) => count > 0);
  const seen = new Map<number, number>();
  const walked: number[] = [];
  while (place >= 0 && !seen.has(place)) {
    seen.set(place, walked.length);
    walked.push(place);
    const name = tasks[place]?.dependencies.find((each) => (open[places.get(each) ?? -1] ?? 0) > 0);
    place = name === undefined ? -1 : (places.get(name) ?? -1);
  }
  return place < 0
    ? []
    : walked
        .slice(seen.get(place))
        .map((each) => tasks[each]?.name ?? '')
        .reverse();
}

function reaches(start: number, end: number, next: readonly number[][]): boolean {
  const reached = new Set([start]);
  const queue = [start];
  for (let head = 0; head < queue.length; head++) {
    for (const place of next[queue[head] ?? 0] ?? []) {
      if (reached.has(place)) continue;
      reached.add(place);
      queue.push(place);
    }
  }
  return reached.has(end);
}
