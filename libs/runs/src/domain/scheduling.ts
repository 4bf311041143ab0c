import type { Decision } from './decision';
import { deadEndOf, graphOf, judge } from './graph';
import { checkTaskParams } from './param-checks';
import { refuseLargeTask, refuseWornOutRun } from './parameter-bounds';
import { ParameterError } from './parameter-error';
import { scopeOf } from './parameter-scope';
import { ParameterResolver, resolveSpec } from './parameters';
import { execute, invalidate } from './system-tasks';
import { agentTaskTypes, type TaskType } from '#libs/kernel';
import { type TaskRunState } from './types';

const agentTypes: ReadonlySet<TaskType> = new Set(agentTaskTypes);

/**
 * Computes the effects of tasks that have just completed: which tasks become ready or are skipped, what system tasks
 * do, and whether the run is complete. Without recursion, and only over the dependents of completed tasks.
 */
export function settle(decision: Decision, completed: readonly number[]): void {
  const graph = graphOf(decision.state);
  const queue = [...completed];
  for (let head = 0; head < queue.length; head++) {
    for (const place of graph.dependents[queue[head] ?? -1] ?? []) {
      if (place === graph.end) continue;
      const task = decision.state.tasks[place];
      if (task?.status !== 'notstarted') continue;
      const open = graph.dependencies[place]?.some((from) => decision.state.tasks[from]?.phase !== 'completed');
      if (open) continue;
      if (judge(decision.state, place, decision.matches)) begin(decision, task);
      else skip(decision, task);
      if (decision.state.tasks[place]?.phase === 'completed') queue.push(place);
    }
  }
  completeRun(decision);
}

/** When the run starts, it skips tasks that cannot be reached from `start`. */
export function skipUnreachable(decision: Decision): void {
  const { reachable } = graphOf(decision.state);
  for (const [place, task] of decision.state.tasks.entries()) {
    if (!reachable[place] && task.phase !== 'completed') skip(decision, task);
  }
}

function skip(decision: Decision, task: TaskRunState): void {
  decision.emit({ type: 'TaskRunEnded', data: { at: decision.now, taskId: task.id, status: 'skipped', duration: 0 } });
}

function begin(decision: Decision, task: TaskRunState): void {
  const { now: at, means } = decision;
  const resolver = new ParameterResolver({ ...scopeOf(decision.state, task), seal: means.seal });
  try {
    refuseWornOutRun(decision.state);
    const params = resolver.params('task');
    const problems = checkTaskParams(task.planned.params, params, means.open);
    if (problems.length > 0) throw new ParameterError(problems.join(' '));
    const spec = resolveSpec(task.spec, resolver);
    refuseLargeTask(decision.state, { params, spec });
    const { work } = resolver;
    const isPlanned = JSON.stringify(spec) === JSON.stringify(task.planned.spec);
    const data = { at, taskId: task.id, params, ...(!isPlanned && { spec }), ...(work > 0 && { work }) };
    decision.emit({ type: 'TaskRunReady', data });
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    invalidate(decision, task, error.message);
    return;
  }
  if (!agentTypes.has(task.type)) execute(decision, decision.task(task.id));
}

/** When every other task is completed, the rules are applied to `end`, and the run ends with the result. */
function completeRun(decision: Decision): void {
  const graph = graphOf(decision.state);
  const { state, now: at } = decision;
  if (state.tasks.some((task, place) => place !== graph.end && task.phase !== 'completed')) return;
  const end = state.tasks[graph.end];
  if (!end) return;
  const endRuns = judge(state, graph.end, decision.matches);
  const outcome = endRuns ? 'succeeded' : 'skipped';
  decision.emit({ type: 'TaskRunEnded', data: { at, taskId: end.id, status: outcome, duration: 0 } });
  const status = state.statusOverride ?? (endRuns ? 'succeeded' : 'failed');
  const duration = decision.since(state.startTime);
  const data = { at, status, duration };
  const statusMessage = status === 'failed' ? reasonOf(decision) : undefined;
  decision.emit({
    type: 'WorkflowRunCompleted',
    data: statusMessage === undefined ? data : { ...data, statusMessage },
  });
}

/** Plain sentences that say why the run failed. */
function reasonOf({ state, matches }: Decision): string {
  const culprit = state.tasks.find(
    ({ status }) => status === 'failed' || status === 'invalid' || status === 'cancelled',
  );
  if (culprit) {
    const message = culprit.statusMessage === null ? '' : ` ${culprit.statusMessage}`;
    return `Task ${culprit.name} ended ${culprit.status}.${message}`.slice(0, 2000);
  }
  if (state.statusOverride === 'failed') return 'A task set the status to failed.';
  const decision = deadEndOf(state, matches);
  if (decision) return deadEnd(decision);
  return 'No path to the end was taken: the tasks before it were skipped.';
}

/** The most characters of a value to show. A longer value is not cut: nobody could find and mask half a secret. */
const shownValue = 500;

function deadEnd({ name, decisionValue }: TaskRunState): string {
  const value = decisionValue ?? '';
  const shown = value.length > shownValue ? `a text of more than ${shownValue} characters` : `"${value}"`;
  return `No edge of decision ${name} was taken: its value, ${shown}, matches none of their conditions, and every edge has one.`;
}
