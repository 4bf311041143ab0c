import { RefusedError, type RunTrigger } from '#libs/kernel';
import { wrongPhase } from './decision';
import { evolve, mergeByName, overlayParams, withinMaximum } from './evolve';
import type { RetryPlan } from './retry-plan';
import { refuseOversized } from './run-size';
import { checkParams, type DeclaredParam, declaredParams } from './param-checks';
import { resolveRunParams } from './resolve-run-params';
import { retryLabels, timeoutCause, withoutSystemKeys, withStart } from './system-keys';
import type {
  JsonObject,
  Labels,
  ParameterLayers,
  ParentTask,
  Plan,
  RunOverlay,
  RunSubmission,
  WorkflowRunState,
  Workspace,
  RetryOf,
} from './types';

/** The parts of a workflow's revision that a run needs. */
export interface RunnableRevision {
  readonly workflowId: string;
  readonly revisionId: string;
  readonly version: number;
  readonly name: string;
  readonly displayName: string;
  readonly labels: Labels;
  readonly annotations: JsonObject;
  readonly params: readonly DeclaredParam[];
  readonly plan: Plan;
  readonly timeout: number;
  readonly retries: number;
  readonly workspaces: readonly Workspace[];
}

/** Input from outside: ids, the team, who asks. */
export interface SubmissionIdentity {
  readonly runId: string;
  readonly teamId: string;
  readonly teamName: string;
  readonly initiator: string;
  /** The team's maximum duration, minutes; 0 = none. */
  readonly maxTimeout: number;
  /** The parent task of the run, if any, and the depth. */
  readonly parent?: ParentTask;
  readonly depth?: number;
  readonly layers?: ParameterLayers;
  /** See `RunSubmission.traceparent`. */
  readonly traceparent?: string;
}

/** Merges a revision and a request into the start of a run. Check its params with `refuseWrongParams`. */
export function buildSubmission(
  revision: RunnableRevision,
  request: RunOverlay & { readonly trigger: RunTrigger; readonly start: boolean },
  identity: SubmissionIdentity,
): RunSubmission {
  const submission: RunSubmission = {
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
    labels: { ...withoutSystemKeys(revision.labels), ...withoutSystemKeys(request.labels) },
    annotations: {
      ...withoutSystemKeys(revision.annotations),
      ...withoutSystemKeys(request.annotations),
      'boomerang.io/generation': '4',
      'boomerang.io/kind': 'WorkflowRun',
      'boomerang.io/team-name': identity.teamName,
      ...(request.start && { [withStart]: 'true' }),
    },
    params: overlayParams(declaredParams(revision.params), request.params ?? []),
    workspaces: mergeByName(revision.workspaces, request.workspaces ?? []),
    timeout: withinMaximum(request.timeout ?? revision.timeout, identity.maxTimeout),
    retries: request.retries ?? revision.retries,
    debug: request.debug ?? false,
    initiator: identity.initiator,
    ...(identity.maxTimeout > 0 && { maxTimeout: identity.maxTimeout }),
    ...(identity.parent && { parent: identity.parent }),
    ...(identity.depth && { depth: identity.depth }),
    ...(identity.layers && { layers: identity.layers }),
    ...(identity.traceparent !== undefined && { traceparent: identity.traceparent }),
    tasks: revision.plan,
  };
  refuseOversized(submission);
  return submission;
}

/**
 * Checks every value as it will be once defaults are resolved.
 * @param reveal opens sealed parts of a value.
 * @throws RefusedError REQUEST_INVALID_PARAMS naming every param that is missing or wrong.
 */
export function refuseWrongParams(
  declarations: readonly DeclaredParam[],
  run: WorkflowRunState | RunSubmission,
  reveal: <Value>(value: Value) => Value,
): void {
  // No param of a run depends on its tasks.
  const submitted = (data: RunSubmission) =>
    evolve(null, { type: 'WorkflowRunSubmitted', data: { at: 0, ...data, tasks: [] } });
  const state = 'runId' in run ? submitted(run) : run;
  const problems = checkParams(declarations, reveal(resolveRunParams(state)));
  if (problems.length > 0) throw new RefusedError('REQUEST_INVALID_PARAMS', problems.join(' '));
}

const retryable: ReadonlySet<string> = new Set(['failed', 'timedout', 'cancelled', 'invalid']);

/** @throws RefusedError WORKFLOWRUN_INVALID_PHASE unless the run has ended badly. */
export function refuseUnretryable({ phase, status }: Pick<WorkflowRunState, 'phase' | 'status'>): void {
  const hasEnded = phase === 'completed' || phase === 'finalized';
  if (!hasEnded) throw wrongPhase(phase, 'completed or finalized');
  if (!retryable.has(status)) {
    throw wrongPhase(
      `${phase} (${status})`,
      'completed or finalized with status failed, timedout, cancelled or invalid',
    );
  }
}

/**
 * A new run from one that ended badly: the original request, overlaid by the new one; nothing of the original's
 * progress, except the tasks that the plan reuses.
 */
export function retrySubmission(
  original: WorkflowRunState,
  overlay: RunOverlay,
  identity: Omit<SubmissionIdentity, 'teamId' | 'teamName' | 'parent' | 'depth'> & { readonly retry: RetryOf },
  { reused }: Pick<RetryPlan, 'reused'> = { reused: {} },
): RunSubmission {
  refuseUnretryable(original);
  const { [timeoutCause]: _cause, ...annotations } = original.annotations;
  const { retry } = identity;
  const submission: RunSubmission = {
    runId: identity.runId,
    teamId: original.teamId,
    teamName: original.teamName,
    workflow: original.workflow,
    trigger: original.trigger,
    labels: { ...original.labels, ...withoutSystemKeys(overlay.labels), ...retryLabels(retry.of) },
    annotations: { ...annotations, ...withoutSystemKeys(overlay.annotations) },
    retry,
    params: overlayParams(original.requestedParams, overlay.params ?? []),
    workspaces: mergeByName(original.workspaces, overlay.workspaces ?? []),
    timeout: withinMaximum(overlay.timeout ?? original.timeout, identity.maxTimeout),
    retries: overlay.retries ?? original.retries,
    debug: overlay.debug ?? original.debug,
    initiator: identity.initiator,
    ...(identity.maxTimeout > 0 && { maxTimeout: identity.maxTimeout }),
    ...(original.parent && { parent: original.parent }),
    ...(original.depth > 0 && { depth: original.depth }),
    ...(identity.layers && { layers: identity.layers }),
    ...(identity.traceparent !== undefined && { traceparent: identity.traceparent }),
    ...(Object.keys(reused).length > 0 && { reused }),
    tasks: original.plan,
  };
  refuseOversized(submission);
  return submission;
}
