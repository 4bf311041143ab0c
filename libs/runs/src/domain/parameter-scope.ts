import { tokensIn, agentTaskTypes } from '#libs/kernel';
import { graphOf } from './graph';
import {
  type Json,
  type ParameterLayers,
  type Plan,
  type RunParam,
  type TaskRunState,
  type WorkflowRunState,
} from './types';

/** A result that a token names. `isAbsent`: its task did not reach it, so that any path into it gives null. */
export type ResultLookup = { readonly value: Json; readonly isAbsent?: boolean } | { readonly problem: string };

/** The sources of token values. */
export interface ParameterScope {
  /** Data. */
  readonly global?: readonly RunParam[];
  /** Data. */
  readonly team?: readonly RunParam[];
  /** Those with `isTemplate` are defaults of the definition; the others were given, and are data. */
  readonly workflow: readonly RunParam[];
  /** As in the definition: templates. */
  readonly task?: readonly RunParam[];
  readonly context: () => Readonly<Record<string, string>>;
  readonly result?: (task: string, name: string) => ResultLookup;
  /** Results that the task declares, for `$(results.<name>.path)`; absent = any. */
  readonly ownResults?: readonly { readonly name: string }[];
  /** Seals what comes out as the value of a task's password. */
  readonly seal?: (text: string) => string;
  /** Before any task has begun: a token that names nothing yet stays as it is. */
  readonly isPartial?: boolean;
}

/** What a run, and a task in it, may refer to. */
export function scopeOf(state: WorkflowRunState, task?: TaskRunState): ParameterScope {
  return {
    global: state.layers.global,
    team: state.layers.team,
    workflow: state.requestedParams,
    context: () => ({
      'workflowrun-ref': state.id,
      'workflowrun-trigger': state.trigger,
      'workflowrun-initiator': state.initiator ?? '',
      'workflow-name': state.workflow.name,
      'workflow-displayname': state.workflow.displayName,
      'workflow-ref': state.workflow.id,
      'workflow-version': String(state.workflow.version),
      ...(task && { 'taskrun-ref': task.id, 'taskrun-name': task.name, 'taskrun-type': task.type }),
    }),
    ...(task
      ? {
          task: task.params,
          result: (name: string, result: string) => findResult(state, name, result),
          ownResults: task.results,
        }
      : { isPartial: true }),
  };
}

const agentTypes: ReadonlySet<string> = new Set(agentTaskTypes);

/**
 * A result of another task. If the task did not succeed, or was skipped, a missing result is null. If it succeeded, it
 * must have produced its declared results.
 */
function findResult(state: WorkflowRunState, task: string, name: string): ResultLookup {
  const from = state.tasks[graphOf(state).names.get(task) ?? -1];
  if (!from) return { problem: `the workflow has no task ${task}` };
  const isAgents = agentTypes.has(from.type);
  const result = from.results.find((each) => each.name === name);
  if (!result && isAgents && !from.planned.results.some((each) => each.name === name)) {
    return { problem: `task ${task} declares no result ${name}` };
  }
  if (from.phase !== 'completed') {
    return { problem: `task ${task} is not completed: let this task depend on it` };
  }
  const isProduced = result !== undefined && !(isAgents && result.value === null);
  if (isProduced && from.status !== 'skipped') return { value: result.value };
  if (from.status !== 'succeeded') return { value: null, isAbsent: true };
  return { problem: `task ${task} succeeded and did not produce result ${name}` };
}

/** The params of the installation and the team that the definition refers to: the run must store them. */
export function referencedLayers(layers: ParameterLayers, params: readonly RunParam[], plan: Plan): ParameterLayers {
  if (layers.global.length === 0 && layers.team.length === 0) return { global: [], team: [] };
  const ofTasks = paramsNamedIn(plan);
  const ofDefaults = paramsIn(params.filter(({ isTemplate }) => isTemplate));
  const kept = (layer: readonly RunParam[]) => layer.filter(({ name }) => ofTasks.has(name) || ofDefaults.has(name));
  return { global: kept(layers.global), team: kept(layers.team) };
}

const named = new WeakMap<Plan, ReadonlySet<string>>();

/** The params that the texts of a plan name, looked for once. */
function paramsNamedIn(plan: Plan): ReadonlySet<string> {
  let names = named.get(plan);
  if (!names) {
    names = paramsIn(plan.map((task) => [task.params.map(({ value }) => value), task.spec]));
    named.set(plan, names);
  }
  return names;
}

function paramsIn(templates: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { token } of tokensIn(templates)) if (token.kind === 'param') names.add(token.name);
  return names;
}
