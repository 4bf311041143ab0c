import type { TaskRunBody } from '#libs/contracts';
import type { Status } from '../../parts/status';
import type { Edge } from './task-times';

export interface GraphNode {
  readonly id: string;
  /** One task, or several alike that are folded. */
  readonly tasks: readonly TaskRunBody[];
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly Edge[];
}

/** Above so many tasks, those that stand alike are folded. */
export const foldAbove = 200;

/** Tasks with the same type, the same tasks before and after them, on the same conditions, become one node. */
export function graphOf(tasks: readonly TaskRunBody[], edges: readonly Edge[], isFolded: boolean): Graph {
  const names = new Set(tasks.map(({ name }) => name));
  const known = edges.filter(({ from, to }) => names.has(from) && names.has(to));
  if (!isFolded) return { nodes: tasks.map((task) => ({ id: task.name, tasks: [task] })), edges: known };
  const neighbours = new Map<string, string[]>();
  for (const { from, to, condition } of known) {
    neighbours.set(to, [...(neighbours.get(to) ?? []), `< ${from} ${condition}`]);
    neighbours.set(from, [...(neighbours.get(from) ?? []), `> ${to} ${condition}`]);
  }
  const groups = new Map<string, TaskRunBody[]>();
  for (const task of tasks) {
    const key = JSON.stringify([task.type, (neighbours.get(task.name) ?? []).sort()]);
    groups.set(key, [...(groups.get(key) ?? []), task]);
  }
  const nodes = [...groups.values()].map((group) => ({ id: group[0]?.name ?? '', tasks: group }));
  const nodeOf = new Map(nodes.flatMap(({ id, tasks: own }) => own.map(({ name }) => [name, id])));
  const folded = new Map(
    known.map((edge) => {
      const from = nodeOf.get(edge.from) ?? edge.from;
      const to = nodeOf.get(edge.to) ?? edge.to;
      return [`${from} ${to} ${edge.condition}`, { ...edge, from, to }];
    }),
  );
  return { nodes, edges: [...folded.values()] };
}

/** How a fold stands: what most needs a look. */
export function statusOf(tasks: readonly TaskRunBody[]): Status {
  const order: readonly Status[] = [
    'failed',
    'timedout',
    'invalid',
    'running',
    'waiting',
    'ready',
    'notstarted',
    'cancelled',
    'succeeded',
    'skipped',
  ];
  return order.find((status) => tasks.some((task) => task.status === status)) ?? 'notstarted';
}
