import type { HelperBody, WaitBody } from '#libs/contracts';
import { agentTaskTypes, toTimestamp } from '#libs/kernel';
import { graphOf, placeOfTask, type TaskRunState, type WorkflowRunState } from '../domain';
import { agentsOf, isOver, listed, nameOfAgent, shownHelpers } from './explain-helpers';
import type { NearbyRun, RunFacts } from './run-facts';
import { runDue, taskDue } from './run-timers-projection';
import type { Shown } from './shown';

const agentTypes: ReadonlySet<string> = new Set(agentTaskTypes);

/** What the sentence and the fields say of one wait. */
interface Reason {
  readonly kind: WaitBody['kind'];
  /** What follows `Task x `. */
  readonly says: string;
  readonly since: number | undefined;
  readonly until?: number | null | undefined;
  readonly who?: readonly HelperBody[];
}

/** Why a task stands where it stands; null if it is over and nobody has to stop it. */
export function explainTask(run: WorkflowRunState, task: TaskRunState, facts: RunFacts, shown: Shown): WaitBody | null {
  const reason = reasonOf(run, task, facts, shown);
  if (!reason) return null;
  const { kind, says, since, until, who = [] } = reason;
  const timesOut = task.phase === 'completed' ? undefined : timeLimitOf(run, task);
  const limit = timesOut && ` It times out at ${timesOut.at}, by the timeout of the ${timesOut.of}.`;
  return {
    kind,
    sentence: `Task ${task.name} ${says}${limit ?? ''}`,
    task: { id: task.id, name: task.name, type: task.type, status: task.status },
    ...(since !== undefined && { since: toTimestamp(since) }),
    ...(until !== undefined && until !== null && { until: toTimestamp(until) }),
    ...(timesOut && { timesOut }),
    who: shownHelpers(who),
  };
}

/** The limit that comes first, of the task or of its run. */
function timeLimitOf(run: WorkflowRunState, task: TaskRunState): WaitBody['timesOut'] {
  const ofTask = taskDue(task);
  const ofRun = runDue(run);
  if (ofTask !== null && (ofRun === null || ofTask <= ofRun)) return { at: toTimestamp(ofTask), of: 'task' };
  return ofRun === null ? undefined : { at: toTimestamp(ofRun), of: 'run' };
}

function reasonOf(run: WorkflowRunState, task: TaskRunState, facts: RunFacts, shown: Shown): Reason | null {
  const since = facts.since.get(task.id);
  if (task.phase === 'completed') return stopping(task, facts, since);
  if (task.status === 'notstarted') return run.phase === 'running' ? dependencies(run, task) : runStart(run, facts);
  if (task.status === 'waiting') return waiting(run, task, facts, shown, since);
  if (!agentTypes.has(task.type)) return { kind: 'server', says: 'is being carried out by the server.', since };
  if (task.phase === 'pending') return ready(task, facts, since);
  return held(task, facts, since);
}

/** Cancelled or timed out, and the agent that held it has not said yet that it has stopped. */
function stopping(task: TaskRunState, facts: RunFacts, since: number | undefined): Reason | null {
  const item = facts.items.get(task.id);
  if (item?.state !== 'stopping') return stoppingChild(task, facts, since);
  return {
    kind: 'stopping',
    says: `has ended ${task.status}; ${nameOfAgent(facts, item.agentId)} has been told to stop its work and has not confirmed it yet.`,
    since,
    until: item.leaseUntil,
    who: agentsOf(facts, item.agentId),
  };
}

/** Nobody waits for its run any more, and the run has not been cancelled yet. */
function stoppingChild({ child, status }: TaskRunState, facts: RunFacts, since: number | undefined): Reason | null {
  const run = child?.wait && status !== 'succeeded' ? facts.runs.get(child.runId) : undefined;
  if (!run || isOver(run)) return null;
  return {
    kind: 'stopping',
    says: `has ended ${status}; its run ${run.id} of ${run.workflowName} is being cancelled.`,
    since,
    who: [helperOf(run)],
  };
}

function runStart(run: WorkflowRunState, facts: RunFacts): Reason {
  return {
    kind: 'start',
    says: 'waits for the run to start.',
    since: facts.since.get(run.id),
    who: [{ kind: 'run', id: run.id, name: run.workflow.name, status: run.status }],
  };
}

function dependencies(run: WorkflowRunState, task: TaskRunState): Reason {
  const graph = graphOf(run);
  const place = placeOfTask(run, task.id);
  // The end is judged when all others have ended, also those that it does not depend on.
  const places =
    place === graph.end
      ? run.tasks.map((_, other) => other).filter((other) => other !== place)
      : graph.dependencies[place];
  const open = (places ?? []).flatMap((other) => {
    const each = run.tasks[other];
    return each && each.phase !== 'completed' ? [each] : [];
  });
  return {
    kind: 'dependencies',
    says: `waits until ${listed(open.map(({ name, status }) => `${name} (${status})`))} ${open.length === 1 ? 'has' : 'have'} ended.`,
    since: run.startTime ?? undefined,
    who: open.map(({ id, name, status }) => ({ kind: 'task', id, name, status })),
  };
}

function ready(task: TaskRunState, facts: RunFacts, since: number | undefined): Reason {
  const living = facts.agents.get(task.type);
  const tried = task.attempts > 0 ? ` ${times(task.attempts)} an agent took it and went silent.` : '';
  const count = living?.count ?? 0;
  const who =
    count === 0
      ? `no living agent that serves the team takes such tasks: start one, or end the run`
      : `${count === 1 ? 'one living agent takes' : `${count} living agents take`} such tasks`;
  return {
    kind: 'agent',
    says: `waits for an agent that takes tasks of type ${task.type}; ${who}.${tried}`,
    since,
    who: [
      { kind: 'agents', taskType: task.type, count },
      ...(living?.agents ?? []).map(({ id, name }): HelperBody => ({ kind: 'agent', id, name })),
    ],
  };
}

function held(task: TaskRunState, facts: RunFacts, since: number | undefined): Reason {
  const agent = nameOfAgent(facts, task.agentRef);
  const until = facts.items.get(task.id)?.leaseUntil;
  const lease = until === undefined || until === null ? '' : leaseText(until, facts.now);
  const isClaimed = task.phase === 'queued';
  return {
    kind: isClaimed ? 'claimed' : 'agent-runs',
    says: isClaimed
      ? `has been claimed by ${agent}, which has not started it yet.${lease}`
      : `runs on ${agent}.${lease}`,
    since,
    until,
    who: agentsOf(facts, task.agentRef),
  };
}

function leaseText(until: number, now: number): string {
  return until < now
    ? ` The agent has been silent since its claim ran out at ${toTimestamp(until)}: the task is about to be taken back.`
    : ` If the agent does not show by ${toTimestamp(until)} that it lives, the task is taken back.`;
}

function waiting(
  run: WorkflowRunState,
  task: TaskRunState,
  facts: RunFacts,
  shown: Shown,
  since: number | undefined,
): Reason | null {
  const until = task.wakeAt;
  const end = until === null ? '' : toTimestamp(until);
  switch (task.waitsFor) {
    case 'sleep':
      return { kind: 'sleep', says: `sleeps until ${end}.`, since, until };
    case 'backoff': {
      const why = task.statusMessage === null ? '' : ` It failed: ${shown.text(task.statusMessage)}`;
      const next = `waits until ${end} for try ${task.tries + 1} of ${task.retries + 1}.${why}`;
      return { kind: 'backoff', says: next, since, until };
    }
    case 'action':
      return action(task, facts, shown, since);
    case 'event': {
      const topic = shown.text(task.waitKey ?? '');
      const says = `waits for an event or a callback on the topic ${topic}.`;
      return { kind: 'event', says, since, until };
    }
    case 'lock':
      return lock(run, task, facts, shown, since);
    case 'child':
      return child(task, facts, shown, since);
    case 'schedule': {
      const { workflow = '', at = 0 } = task.schedule ?? {};
      const says = `waits for the server to make a schedule of ${shown.text(workflow)} for ${toTimestamp(at)}.`;
      return { kind: 'schedule', says, since };
    }
    case null:
      return null;
  }
}

function action(task: TaskRunState, facts: RunFacts, shown: Shown, since: number | undefined): Reason {
  const { action } = task;
  const kind = action?.type ?? 'approval';
  const given = (action?.actioners ?? []).filter(({ approved }) => approved);
  const required = action?.required ?? 1;
  const ref = action?.approverGroupRef ?? null;
  const group = ref === null ? undefined : facts.groups.get(ref);
  const name = group?.name ?? (ref === null ? null : shown.text(ref));
  const from =
    name === null
      ? 'a member of the team who may act on it'
      : `a member of the approver group ${name}, or an owner of the team`;
  const count =
    kind === 'approval'
      ? ` ${given.length} of ${required} approvals have been given${given.length > 0 ? `, by ${listed(given.map((each) => each.name))}` : ''}.`
      : '';
  const what = kind === 'approval' ? `waits for the approval of ${from}` : `waits for ${from} to do it`;
  const members = facts.knowsTeam ? (group?.approvers ?? []) : [];
  const left = members.filter((member) => !given.some(({ id, email }) => id === `user:${member}` || email === member));
  const who: HelperBody[] =
    name === null
      ? [{ kind: 'team', name: facts.teamName }]
      : [
          { kind: 'approver-group', ...(group && { id: group.id }), name },
          ...left.map((id): HelperBody => {
            const known = facts.names.get(`user:${id}`);
            return { kind: 'member', id, ...(known !== undefined && { name: known }) };
          }),
        ];
  return { kind, says: `${what}.${count}`, since, who };
}

function lock(
  run: WorkflowRunState,
  task: TaskRunState,
  facts: RunFacts,
  shown: Shown,
  since: number | undefined,
): Reason {
  const key = task.waitKey ?? '';
  const found = facts.locks.get(key);
  const place = found?.queue.findIndex(({ runId, taskId }) => runId === run.id && taskId === task.id) ?? -1;
  const holder = found?.holder ?? null;
  const isOwn = holder?.taskId === task.id;
  const until = task.wakeAt;
  const limit = until === null ? '' : ` It waits until ${toTimestamp(until)} at the latest.`;
  const base = { kind: 'lock' as const, since, until };
  const name = `the lock ${shown.text(key)}`;
  if (holder === null || isOwn) return { ...base, says: `waits for ${name}, which is being given to it.${limit}` };
  const known = facts.runs.get(holder.runId);
  const isNamed = known !== undefined || facts.knowsTeam;
  const holds = isNamed
    ? `run ${holder.runId}${known ? ` of ${known.workflowName} (${known.status})` : ''}`
    : 'another run of the team';
  const ahead =
    place < 0
      ? ' It is about to join the queue.'
      : place === 0
        ? ' It is next.'
        : ` ${place} ${place === 1 ? 'is' : 'are'} ahead of it.`;
  return {
    ...base,
    says: `waits for ${name}, which ${holds} holds.${ahead}${limit}`,
    who: [
      {
        kind: 'lock-holder',
        ...(isNamed && { id: holder.runId }),
        ...(known && { name: known.workflowName, status: known.status }),
      },
    ],
  };
}

function child(task: TaskRunState, facts: RunFacts, shown: Shown, since: number | undefined): Reason | null {
  if (!task.child) return null;
  const { runId, workflow } = task.child;
  const run = facts.runs.get(runId);
  const name = shown.text(workflow);
  return {
    kind: 'child-run',
    says: run
      ? `waits for run ${run.id} of ${run.workflowName}, ${progressOf(run)}.`
      : `waits for the run ${runId} of ${name}, which is being made.`,
    since,
    who: [run ? helperOf(run) : { kind: 'run', id: runId, name }],
  };
}

function progressOf({ status, phase, isRetried }: NearbyRun): string {
  if (!isOver({ phase })) return `which is ${status}; its own explanation says more`;
  return isRetried
    ? `which ended ${status} and is about to be retried`
    : `which ended ${status}; this task is about to hear of it`;
}

export function helperOf({ id, workflowName, status }: NearbyRun): HelperBody {
  return { kind: 'run', id, name: workflowName, status };
}

function times(count: number): string {
  return count === 1 ? 'Once' : `${count} times`;
}
