import { memberOf, numberOf } from '#libs/kernel';
import type { Plan, TaskDependency, TaskRunState, WorkflowRunState } from './types';

/** Matches a decision's value against users' regular expressions; the engine is passed in. */
export type Matches = (pattern: string, value: string) => boolean;

/** The cost of a regular expression for each character of a value; Infinity if it is unusable. */
export type SizeOf = (pattern: string) => number;

/** The parts of a plan's graph that never change, computed once: indexes of tasks, and edges as indexes. */
export interface RunGraph {
  readonly names: ReadonlyMap<string, number>;
  /** By task: the tasks that depend on it. */
  readonly dependents: readonly (readonly number[])[];
  /** By task: the indexes of its dependencies, in the order of the definition. */
  readonly dependencies: readonly (readonly number[])[];
  readonly end: number;
  readonly reachable: readonly boolean[];
}

const graphs = new WeakMap<Plan, RunGraph>();

/** The graph of a run's plan. */
export function graphOf({ plan }: { readonly plan: Plan }): RunGraph {
  let graph = graphs.get(plan);
  if (!graph) {
    graph = buildGraph(plan);
    graphs.set(plan, graph);
  }
  return graph;
}

/** The id of the task at that place of the run. */
export function idOfTask(runId: string, place: number): string {
  return memberOf(runId, place + 1);
}

/** The place of the task of that id; -1 where the run has none. */
export function placeOfTask({ tasks }: WorkflowRunState, taskId: string): number {
  const place = numberOf(taskId) - 1;
  return tasks[place]?.id === taskId ? place : -1;
}

/** The task with this id, at the same speed for any size of run. */
export function taskOfRun(state: WorkflowRunState, taskId: string): TaskRunState | undefined {
  return state.tasks[placeOfTask(state, taskId)];
}

interface GraphTask {
  readonly name: string;
  readonly type: string;
  readonly dependencies: readonly TaskDependency[];
}

/** Drops dependencies on unknown names: saving or submitting refuses them. */
export function buildGraph(tasks: readonly GraphTask[]): RunGraph {
  const names = new Map(tasks.map((task, place) => [task.name, place]));
  const dependents: number[][] = tasks.map(() => []);
  const dependencies = tasks.map((task, place) => {
    const places: number[] = [];
    for (const { task: name } of task.dependencies) {
      const from = names.get(name);
      if (from === undefined) continue;
      dependents[from]?.push(place);
      places.push(from);
    }
    return places;
  });
  const start = tasks.findIndex(({ type }) => type === 'start');
  return {
    names,
    dependents,
    dependencies,
    end: tasks.findIndex(({ type }) => type === 'end'),
    reachable: reachableFrom(start, dependents),
  };
}

/** Without recursion: a chain may be thousands of tasks long. */
function reachableFrom(start: number, next: readonly (readonly number[])[]): boolean[] {
  const reached = next.map(() => false);
  const queue = start < 0 ? [] : [start];
  if (start >= 0) reached[start] = true;
  for (let head = 0; head < queue.length; head++) {
    for (const place of next[queue[head] ?? 0] ?? []) {
      if (reached[place]) continue;
      reached[place] = true;
      queue.push(place);
    }
  }
  return reached;
}

/** Names of tasks on a cycle, in its order; empty if there is none. */
export function findCycle(tasks: readonly GraphTask[], graph: RunGraph): string[] {
  const open = graph.dependencies.map((list) => list.length);
  const queue = open.flatMap((count, place) => (count === 0 ? [place] : []));
  for (let head = 0; head < queue.length; head++) {
    for (const place of graph.dependents[queue[head] ?? 0] ?? []) {
      open[place] = (open[place] ?? 0) - 1;
      if (open[place] === 0) queue.push(place);
    }
  }
  // All remaining tasks are on a cycle or behind one: follow dependencies among them until a task comes again.
  let place = open.findIndex((count) => count > 0);
  const seen = new Map<number, number>();
  const walked: number[] = [];
  while (place >= 0 && !seen.has(place)) {
    seen.set(place, walked.length);
    walked.push(place);
    place = graph.dependencies[place]?.find((each) => (open[each] ?? 0) > 0) ?? -1;
  }
  if (place < 0) return [];
  return walked
    .slice(seen.get(place))
    .reverse()
    .map((each) => tasks[each]?.name ?? '');
}

/**
 * Whether the task runs, now that all its dependencies are completed: every edge holds, and not all dependencies were
 * skipped.
 */
export function judge(state: WorkflowRunState, place: number, matches: Matches): boolean {
  const graph = graphOf(state);
  const task = state.tasks[place];
  if (!task) return false;
  let someRan = false;
  for (const [index, dependency] of task.dependencies.entries()) {
    const from = state.tasks[graph.dependencies[place]?.[index] ?? -1];
    if (!from || !survives(state, from, dependency, matches)) return false;
    if (from.status !== 'skipped') someRan = true;
  }
  return someRan;
}

function survives(state: WorkflowRunState, from: TaskRunState, edge: TaskDependency, matches: Matches): boolean {
  if (from.type === 'decision') return survivesDecision(state, from, edge, matches);
  switch (edge.executionCondition) {
    case 'always':
      return true;
    case 'success':
      return from.status === 'succeeded';
    case 'failure':
      return from.status === 'failed' || from.status === 'invalid';
  }
}

function survivesDecision(
  state: WorkflowRunState,
  decision: TaskRunState,
  edge: TaskDependency,
  matches: Matches,
): boolean {
  const isDefault = edge.decisionCondition.trim() === '';
  if (decision.status !== 'succeeded') return isDefault;
  const value = decision.decisionValue ?? '';
  if (!isDefault) return matchesLine(edge.decisionCondition, value, matches);
  return !matchesAnyEdge(state, decision, value, matches);
}

/**
 * The first decision with a value that matches no edge, so that nothing after it runs: all its edges have conditions.
 * Undefined if there is none.
 */
export function deadEndOf(state: WorkflowRunState, matches: Matches): TaskRunState | undefined {
  const conditions = new Map<string, string[]>();
  for (const { dependencies } of state.tasks) {
    for (const { task, decisionCondition } of dependencies) {
      const known = conditions.get(task);
      if (known) known.push(decisionCondition);
      else conditions.set(task, [decisionCondition]);
    }
  }
  return state.tasks.find((task) => {
    const edges = task.type === 'decision' && task.status === 'succeeded' ? conditions.get(task.name) : undefined;
    if (!edges || edges.some((condition) => condition.trim() === '')) return false;
    return !edges.some((condition) => matchesLine(condition, task.decisionValue ?? '', matches));
  });
}

/** By the decision's own state: it is needed once per default edge, and there may be thousands. */
const matched = new WeakMap<TaskRunState, boolean>();

function matchesAnyEdge(state: WorkflowRunState, decision: TaskRunState, value: string, matches: Matches): boolean {
  const known = matched.get(decision);
  if (known !== undefined) return known;
  const graph = graphOf(state);
  const found = (graph.dependents[placeOfTask(state, decision.id)] ?? []).some((place) =>
    state.tasks[place]?.dependencies.some(
      ({ task, decisionCondition }) =>
        task === decision.name && decisionCondition.trim() !== '' && matchesLine(decisionCondition, value, matches),
    ),
  );
  matched.set(decision, found);
  return found;
}

function matchesLine(condition: string, value: string, matches: Matches): boolean {
  return linesOf(condition).some((line) => matches(line, value));
}

function linesOf(condition: string): string[] {
  return condition
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

const sizes = new WeakMap<Plan, number>();

/** The sizes of all conditions of the plan's decisions. */
export function conditionSizes({ plan }: WorkflowRunState, sizeOf: SizeOf): number {
  let size = sizes.get(plan);
  if (size === undefined) {
    size = 0;
    for (const { dependencies } of plan) {
      for (const { decisionCondition } of dependencies) {
        for (const line of linesOf(decisionCondition)) size += sizeOf(line);
      }
    }
    sizes.set(plan, size);
  }
  return size;
}
