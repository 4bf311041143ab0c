import type { TaskRunBody, WorkflowRunBody } from '#libs/contracts';
import { retryAnnotations, type TaskRunState, type WorkflowRunState } from '../domain';
import { toTimestamp } from '#libs/kernel';
import type { SecretBox } from '#libs/secrets';
import { maskedOf, opened, type Shown } from './shown';
import type { RunSummary } from './run-summary';
import { personIn, type ShownNames } from './shown-names';

export interface RunBodyOptions {
  /** Adds the task runs. */
  readonly withTasks?: boolean;
  /** What the team is called now. With workflows and people: adds the workflow's name and display name and who started the run, as get and query do. */
  readonly names?: ShownNames;
  /** Opens what is sealed: for the agent that runs the task, for nobody else. */
  readonly reveal?: SecretBox;
}

/** A WorkflowRun as the contract shows it: nulls left out, dates with offset, `duration` live while it runs. */
export function toRunBody(
  state: RunSummary | WorkflowRunState,
  now: number,
  options: RunBodyOptions = {},
): WorkflowRunBody {
  const shown = options.reveal ? opened(options.reveal) : maskedOf(state);
  const { teamName = state.teamName, workflows, people } = options.names ?? {};
  const workflow = workflows && (workflows.get(state.workflow.id) ?? state.workflow);
  const starter = people?.get(personIn(state.initiator) ?? '');
  return {
    id: state.id,
    creationDate: toTimestamp(state.creationDate),
    status: state.status,
    phase: state.phase,
    ...(state.startTime === null ? {} : { startTime: toTimestamp(state.startTime) }),
    duration: elapsed(state, now),
    ...(state.statusMessage === null ? {} : { statusMessage: shown.text(state.statusMessage) }),
    timeout: state.timeout,
    retries: state.retries,
    workflowRef: state.workflow.id,
    workflowRevisionRef: state.workflow.revisionId,
    labels: shown.value(state.labels),
    annotations: {
      ...(shown.value({ ...state.annotations, ...retryAnnotations(state) }) as WorkflowRunBody['annotations']),
      'boomerang.io/team-name': teamName,
    },
    params: state.params.map((param) => shown.param(param)),
    ...(options.withTasks && 'tasks' in state
      ? { tasks: state.tasks.map((task) => taskBody(state, task, teamName, now, shown)) }
      : {}),
    debug: state.debug,
    ...(workflow ? { workflowName: workflow.name, workflowDisplayName: workflow.displayName } : {}),
    workflowVersion: state.workflow.version,
    trigger: state.trigger,
    ...(state.initiator === null ? {} : { initiatedByRef: state.initiator }),
    ...(starter === undefined ? {} : { initiatedByUserName: starter }),
    results: state.results.map((result) => ({
      ...result,
      value: shown.value(result.value),
    })),
    workspaces: state.workspaces as WorkflowRunBody['workspaces'],
    awaitingApproval: state.awaitingApproval,
  };
}

/** A TaskRun as the contract shows it. */
export function toTaskBody(
  state: WorkflowRunState,
  task: TaskRunState,
  now: number,
  options: Pick<RunBodyOptions, 'reveal' | 'names'> = {},
): TaskRunBody {
  const { teamName = state.teamName } = options.names ?? {};
  return taskBody(state, task, teamName, now, options.reveal ? opened(options.reveal) : maskedOf(state));
}

function taskBody(
  state: WorkflowRunState,
  task: TaskRunState,
  teamName: string,
  now: number,
  shown: Shown,
): TaskRunBody {
  const isPseudo = task.type === 'start' || task.type === 'end';
  const { spec } = task;
  const text = (value: string | null) => (value === null ? null : shown.text(value));
  const specText = (value: string | null) => (value === null ? null : shown.specText(value));
  const texts = (values: readonly string[] | null) => values?.map((value) => shown.specText(value)) ?? null;
  return {
    id: task.id,
    type: task.type,
    name: task.name,
    labels: shown.value(task.labels),
    annotations: {
      ...(shown.value(task.annotations) as TaskRunBody['annotations']),
      'boomerang.io/generation': '4',
      'boomerang.io/kind': 'TaskRun',
      'boomerang.io/team-name': teamName,
    },
    creationDate: toTimestamp(task.creationDate),
    ...(task.startTime === null ? {} : { startTime: toTimestamp(task.startTime) }),
    duration: isPseudo ? task.duration : elapsed(task, now),
    ...(isPseudo ? {} : { timeout: task.timeout }),
    params: task.params.map((param) => shown.param(param)),
    results: task.results.map((result) => ({ ...result, value: shown.value(result.value) })),
    workspaces: [],
    spec: {
      arguments: texts(spec.arguments),
      command: texts(spec.command),
      envs: spec.envs?.map(({ name, value }) => ({ name, value: specText(value) })) ?? null,
      image: text(spec.image),
      script: specText(spec.script),
      workingDir: text(spec.workingDir),
      debug: state.debug,
      timeout: 0,
      deletion: 'Never',
    },
    status: task.status,
    phase: task.phase,
    ...(task.statusMessage === null ? {} : { statusMessage: shown.text(task.statusMessage) }),
    ...(task.taskRef === null ? {} : { taskRef: task.taskRef }),
    ...(task.taskVersion === null ? {} : { taskVersion: task.taskVersion }),
    workflowRef: state.workflow.id,
    workflowRevisionRef: state.workflow.revisionId,
    workflowRunRef: state.id,
    ...(task.agentRef === null ? {} : { agentRef: task.agentRef }),
  };
}

/** Milliseconds; what has started and ended took at least 1, since clients show 0 as not ended. */
function elapsed(item: RunSummary | TaskRunState, now: number): number {
  if (item.startTime === null) return item.duration;
  if (item.phase === 'running') return Math.max(0, now - item.startTime);
  return Math.max(item.duration, item.phase === 'completed' || item.phase === 'finalized' ? 1 : 0);
}
