import {
  systemTaskNames,
  type WorkflowCanvas,
  type WorkflowDefinition,
  type WorkflowTaskDefinition,
} from '#libs/contracts';
import { RefusedError } from '#libs/kernel';
import { layOut } from './canvas-layout';
import { positionKey } from './canvas-position';
import { typeOf } from './normalise';
import { withKeptSecrets } from './sealed-secrets';

/** The format of a drawing: tasks as nodes (their names are the ids), dependencies as edges. */
export function toCanvas(definition: WorkflowDefinition): WorkflowCanvas {
  const { tasks: given, params, id: _id, ...rest } = definition;
  const tasks = given ?? [];
  const positions = layOut(tasks);
  const types = new Map(tasks.map((task) => [task.name, typeOf(task)]));
  return {
    ...rest,
    config: params ?? [],
    nodes: tasks.map((task) => ({
      id: task.name,
      type: task.type ?? (task.name as 'start' | 'end'),
      position: positions.get(task.name) ?? { x: 0, y: 0 },
      data: {
        name: task.name,
        params: task.params ?? [],
        results: task.results ?? [],
        ...(task.taskRef ? { taskRef: task.taskRef } : shownRef(task)),
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

/** Draws a task without a catalogue task as the system's task of its type. */
function shownRef(task: WorkflowTaskDefinition): { readonly taskRef?: string; readonly taskVersion?: number } {
  const taskRef = systemTaskNames[typeOf(task) ?? ''];
  return taskRef === undefined ? {} : { taskRef, taskVersion: 1 };
}

/**
 * The definition of a drawing. Fields that a drawing does not contain (scripts, labels, time limits, retries) stay as
 * in `before`, for the task with the same node or name.
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
      // A node's id is the task's name when the node was drawn.
      const old = known.get(own) ?? known.get(name);
      // The drawing shows a reference that the task itself does not have: drop it when it comes back.
      const isShown = old !== undefined && !old.taskRef && taskRef === shownRef(old).taskRef;
      return {
        ...old,
        name,
        ...(node.type && { type: node.type }),
        params: withKeptSecrets(params ?? [], old?.params ?? []),
        results: results ?? [],
        ...(taskRef && !isShown ? { taskRef } : {}),
        ...(taskVersion && !isShown ? { taskVersion } : {}),
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

/** Edges refer to unique nodes: otherwise each of 2500 nodes could get 10,000 dependencies. */
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
