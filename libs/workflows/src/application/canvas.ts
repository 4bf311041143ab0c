import type { WorkflowCanvas, WorkflowDefinition, WorkflowTaskDefinition } from '#libs/contracts';

const positionKey = 'boomerang.io/position';

interface Position {
  readonly x: number;
  readonly y: number;
}

/** The form that a drawing needs: tasks as nodes (their names are the ids), dependencies as edges. */
export function toCanvas(definition: WorkflowDefinition): WorkflowCanvas {
  const { tasks = [], params, id: _id, ...rest } = definition;
  return {
    ...rest,
    config: params ?? [],
    nodes: (tasks ?? []).map((task, index) => ({
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
    edges: (tasks ?? []).flatMap((task) =>
      (task.dependencies ?? []).map(({ taskRef, executionCondition, decisionCondition }) => ({
        id: `${taskRef}->${task.name}`,
        source: taskRef,
        target: task.name,
        type: tasks?.find(({ name }) => name === taskRef)?.type ?? 'task',
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
  const names = new Map((nodes ?? []).map((node) => [node.id ?? node.data.name, node.data.name]));
  const known = new Map((before?.tasks ?? []).map((task) => [task.name, task]));
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
        dependencies: (edges ?? [])
          .filter(({ target }) => target === own)
          .map(({ source, data }) => ({
            taskRef: names.get(source) ?? source,
            executionCondition: data?.executionCondition ?? 'always',
            decisionCondition: data?.decisionCondition ?? '',
          })),
      };
    }),
  };
}
