import type { WorkflowCanvas, WorkflowDefinition, WorkflowTaskDefinition } from '#libs/contracts';
import { RefusedError } from '#libs/kernel';

const positionKey = 'boomerang.io/position';

interface Position {
  readonly x: number;
  readonly y: number;
}

/** The form that a drawing needs: tasks as nodes (their names are the ids), dependencies as edges. */
export function toCanvas(definition: WorkflowDefinition): WorkflowCanvas {
  const { tasks: given, params, id: _id, ...rest } = definition;
  const tasks = given ?? [];
  const types = new Map(tasks.map((task) => [task.name, task.type]));
  return {
    ...rest,
    config: params ?? [],
    nodes: tasks.map((task, index) => ({
      id: task.name,
      type: task.type ?? (task.name as 'start' | 'end'),
      position: positionOf(task) ?? { x: 250 * index, y: 0 },
      data: {
        name: task.name,
        params: task.params ?? [],
        results: task.results ?? [],
        ...(task.taskRef && { taskRef: task.taskRef }),
        ...(task.taskVersion && { taskVersion: task.taskVersion }),
        ...(task.upgradesAvailable !== undefined && { upgradesAvailable: task.upgradesAvailable }),
      },
    })),
    edges: tasks.flatMap((task) =>
      (task.dependencies ?? []).map(({ taskRef, executionCondition, decisionCondition }) => ({
        id: `${taskRef}->${task.name}`,
        source: taskRef,
        target: task.name,
        type: types.get(taskRef) ?? 'task',
        data: { executionCondition: executionCondition ?? 'always', decisionCondition: decisionCondition ?? '' },
      })),
    ),
  };
}

function positionOf({ annotations }: WorkflowTaskDefinition): Position | null {
  const position = annotations?.[positionKey];
  if (position === null || typeof position !== 'object' || Array.isArray(position)) return null;
  const { x, y } = position as { readonly x?: unknown; readonly y?: unknown };
  return typeof x === 'number' && typeof y === 'number' ? { x, y } : null;
}

/**
 * The definition that a drawing stands for. What it does not carry (scripts, labels, time limits, tries) stays as `before` has it for
 * the task of the same name.
 */
export function fromCanvas(canvas: WorkflowCanvas, before: WorkflowDefinition | null): WorkflowDefinition {
  const { nodes, edges, config, ...rest } = canvas;
  refuseSameNodes(nodes ?? []);
  const names = new Map((nodes ?? []).map((node) => [node.id ?? node.data.name, node.data.name]));
  const known = new Map((before?.tasks ?? []).map((task) => [task.name, task]));
  const into = edgesByTarget(edges ?? []);
  return {
    ...rest,
    params: config ?? [],
    tasks: (nodes ?? []).map((node) => {
      const { name, params, results, taskRef, taskVersion } = node.data;
      const own = node.id ?? name;
      const old = known.get(name);
      return {
        ...old,
        name,
        ...(node.type && { type: node.type }),
        params: params ?? [],
        results: results ?? [],
        ...(taskRef ? { taskRef } : {}),
        ...(taskVersion ? { taskVersion } : {}),
        annotations: {
          ...old?.annotations,
          ...(node.position && { [positionKey]: { x: node.position.x, y: node.position.y } }),
        },
        dependencies: (into.get(own) ?? []).map(({ source, data }) => ({
          taskRef: names.get(source) ?? source,
          executionCondition: data?.executionCondition ?? 'always',
          decisionCondition: data?.decisionCondition ?? '',
        })),
      };
    }),
  };
}

type Edge = NonNullable<WorkflowCanvas['edges']>[number];

function edgesByTarget(edges: readonly Edge[]): ReadonlyMap<string, readonly Edge[]> {
  const into = new Map<string, Edge[]>();
  for (const edge of edges) {
    const those = into.get(edge.target);
    if (those) those.push(edge);
    else into.set(edge.target, [edge]);
  }
  return into;
}

/** An edge leads to one node: otherwise each of 5000 nodes could get 20,000 dependencies. */
function refuseSameNodes(nodes: NonNullable<WorkflowCanvas['nodes']>): void {
  const ids = new Set<string>();
  for (const { id, data } of nodes) {
    const own = id ?? data.name;
    if (ids.has(own)) {
      throw new RefusedError(
        'WORKFLOW_INVALID_DEFINITION',
        `Invalid Workflow definition. nodes: the id ${own} is given twice; each needs its own.`,
      );
    }
    ids.add(own);
  }
}
