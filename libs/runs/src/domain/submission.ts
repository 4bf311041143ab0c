import { RefusedError } from '#libs/kernel';
import { wrongPhase } from './decision';
import { mergeByName, overlayParams } from './evolve';
import { checkParams, type DeclaredParam, declaredParams } from './param-checks';
import type {
  JsonObject,
  Labels,
  PlannedTask,
  RunOverlay,
  RunSubmission,
  RunTrigger,
  TaskType,
  WorkflowRunState,
  Workspace,
} from './types';

/** What a run needs of a workflow's revision. */
export interface RunnableRevision {
  readonly workflowId: string;
  readonly revisionId: string;
  readonly version: number;
  readonly name: string;
  readonly displayName: string;
  readonly labels: Labels;
  readonly annotations: JsonObject;
  readonly params: readonly DeclaredParam[];
  readonly tasks: readonly (Omit<PlannedTask, 'id' | 'type'> & { readonly type: string })[];
  readonly timeout: number;
  readonly retries: number;
  readonly workspaces: readonly Workspace[];
}

/** Ids come from outside. */
export interface SubmissionIdentity {
  readonly runId: string;
  readonly teamId: string;
  readonly teamName: string;
  readonly taskId: () => string;
}

const retryOf = 'boomerang.io/retry-of';
const retryCount = 'boomerang.io/retry-count';
const withStart = 'boomerang.io/submit-with-start';

/**
 * Merges a revision and a request into what a run starts from.
 * @throws RefusedError REQUEST_INVALID_PARAMS naming every param that is missing or wrong.
 */
export function buildSubmission(
  revision: RunnableRevision,
  request: RunOverlay & { readonly trigger: RunTrigger; readonly start: boolean },
  identity: SubmissionIdentity,
): RunSubmission {
  const params = overlayParams(declaredParams(revision.params), request.params ?? []);
  const problems = checkParams(revision.params, params);
  if (problems.length > 0) throw new RefusedError('REQUEST_INVALID_PARAMS', problems.join(' '));
  return {
    runId: identity.runId,
    teamId: identity.teamId,
    teamName: identity.teamName,
    workflow: {
      id: revision.workflowId,
      revisionId: revision.revisionId,
      version: revision.version,
      name: revision.name,
      displayName: revision.displayName,
    },
    trigger: request.trigger,
    labels: { ...revision.labels, ...request.labels },
    annotations: {
      ...revision.annotations,
      ...request.annotations,
      'boomerang.io/generation': '4',
      'boomerang.io/kind': 'WorkflowRun',
      'boomerang.io/team-name': identity.teamName,
      ...(request.start && { [withStart]: 'true' }),
    },
    params,
    workspaces: mergeByName(revision.workspaces, request.workspaces ?? []),
    timeout: request.timeout ?? revision.timeout,
    retries: request.retries ?? revision.retries,
    debug: request.debug ?? false,
    tasks: revision.tasks.map((task) => ({ ...task, type: task.type as TaskType, id: identity.taskId() })),
  };
}

const retryable: ReadonlySet<string> = new Set(['failed', 'timedout', 'cancelled', 'invalid']);

/** A new run from one that ended badly: what was asked for, overlaid by the request; nothing of how it went. */
export function retrySubmission(
  original: WorkflowRunState,
  overlay: RunOverlay,
  ids: Pick<SubmissionIdentity, 'runId' | 'taskId'>,
): RunSubmission {
  const { phase, status } = original;
  const hasEnded = phase === 'completed' || phase === 'finalized';
  if (!hasEnded) throw wrongPhase(phase, 'completed or finalized');
  if (!retryable.has(status)) {
    throw wrongPhase(
      `${phase} (${status})`,
      'completed or finalized with status failed, timedout, cancelled or invalid',
    );
  }
  const { 'boomerang.io/timeout-cause': _cause, ...annotations } = original.annotations;
  const earlier = annotations[retryOf];
  const first = typeof earlier === 'string' ? earlier : original.id;
  return {
    runId: ids.runId,
    teamId: original.teamId,
    teamName: original.teamName,
    workflow: original.workflow,
    trigger: original.trigger,
    labels: { ...original.labels, ...overlay.labels, [retryOf]: first },
    annotations: {
      ...annotations,
      ...overlay.annotations,
      [retryOf]: first,
      [retryCount]: Number(annotations[retryCount] ?? 0) + 1,
    },
    params: overlayParams(original.requestedParams, overlay.params ?? []),
    workspaces: mergeByName(original.workspaces, overlay.workspaces ?? []),
    timeout: overlay.timeout ?? original.timeout,
    retries: overlay.retries ?? original.retries,
    debug: overlay.debug ?? original.debug,
    tasks: original.tasks.map((task) => ({
      id: ids.taskId(),
      name: task.name,
      type: task.type,
      taskRef: task.taskRef,
      taskVersion: task.taskVersion,
      timeout: task.planned.timeout,
      dependencies: task.dependencies,
      params: task.planned.params,
      results: task.planned.results,
      labels: task.planned.labels,
      annotations: task.planned.annotations,
      spec: task.planned.spec,
    })),
  };
}
