import type { HelperBody, RunExplanationBody, WaitBody } from '#libs/contracts';
import { toTimestamp } from '#libs/kernel';
import type { WorkflowRunState } from '../domain';
import { actorText, agentsOf, nameOfAgent, shownHelpers } from './explain-helpers';
import { explainTask, helperOf } from './explain-task';
import type { RunFacts } from './run-facts';
import { runDue } from './run-timers-projection';
import { maskedOf, type Shown } from './shown';

/** How many waits an explanation lists: those of the run, then tasks that could go on, then tasks that wait for others. */
const mostWaits = 1000;

/** In plain sentences: why the run stands where it stands, and what it and each unfinished task waits for. */
export function explainRun(run: WorkflowRunState, version: number, facts: RunFacts): RunExplanationBody {
  const shown = maskedOf(run);
  const tasks = run.tasks.flatMap((task) => explainTask(run, task, facts, shown) ?? []);
  const isBehind = ({ kind }: WaitBody) => kind === 'dependencies' || kind === 'start';
  const waits = [...ofRun(run, facts), ...tasks.filter((each) => !isBehind(each)), ...tasks.filter(isBehind)];
  return {
    id: run.id,
    version,
    status: run.status,
    phase: run.phase,
    summary: summaryOf(run, facts, shown, tasks),
    open: tasks.length,
    waits: waits.slice(0, mostWaits),
  };
}

function summaryOf(run: WorkflowRunState, facts: RunFacts, shown: Shown, tasks: readonly WaitBody[]): string {
  const since = facts.since.get(run.id);
  const at = since === undefined ? '' : ` since ${toTimestamp(since)}`;
  switch (run.phase) {
    case 'pending':
      return `The run is ready${at} and has not been started.${above(run, facts)}`;
    case 'queued':
      return `The run has been held${at} by ${nameOfAgent(facts, run.agentRef)}, which is about to start it.${above(run, facts)}`;
    case 'running': {
      const limit = runDue(run);
      const timeout = limit === null ? '' : ` It times out at ${toTimestamp(limit)}.`;
      return `The run has been running${at}. ${progress(run, tasks)}${timeout}${above(run, facts)}`;
    }
    case 'completed':
    case 'finalized':
      return ended(run, facts, shown);
  }
}

function progress(run: WorkflowRunState, tasks: readonly WaitBody[]): string {
  const unfinished = run.tasks.filter(({ phase }) => phase !== 'completed').length;
  const counts = new Map<string, number>();
  for (const { kind } of tasks) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const what = [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ');
  return `${unfinished} of ${run.tasks.length} tasks are unfinished${what === '' ? '' : ` (${what})`}.`;
}

/** What waits for the run. */
function above({ parent }: WorkflowRunState, facts: RunFacts): string {
  if (!parent?.wait) return '';
  const run = facts.runs.get(parent.runId);
  return ` A task of run ${parent.runId}${run ? ` of ${run.workflowName}` : ''} waits for it.`;
}

const endings: Readonly<Record<string, string>> = {
  cancelled: 'The run was cancelled',
  timedout: 'The run timed out',
};

function ended(run: WorkflowRunState, facts: RunFacts, shown: Shown): string {
  const at = run.startTime === null ? undefined : run.startTime + run.duration;
  const when = facts.endedAt ?? at;
  const how = endings[run.status] ?? `The run ended ${run.status}`;
  const by = facts.end && run.status === 'cancelled' ? ` by ${actorText(facts, facts.end)}` : '';
  const message = run.statusMessage === null || by !== '' ? '' : ` ${shown.text(run.statusMessage)}`;
  const done = run.phase === 'finalized' ? ' It has been finalized: nothing more happens.' : '';
  return `${how}${when === undefined ? '' : ` at ${toTimestamp(when)}`}${by}.${message}${done}`;
}

function ofRun(run: WorkflowRunState, facts: RunFacts): WaitBody[] {
  const waits: WaitBody[] = [];
  const add = (kind: WaitBody['kind'], sentence: string, who: readonly HelperBody[], until?: number | null) => {
    const since = facts.since.get(run.id);
    waits.push({
      kind,
      sentence,
      ...(since !== undefined && { since: toTimestamp(since) }),
      ...(until !== undefined && until !== null && { until: toTimestamp(until) }),
      who: shownHelpers(who),
    });
  };
  const item = facts.items.get(run.id);
  const living = facts.agents.get('run');
  const agents: HelperBody[] = [
    { kind: 'agents', count: living?.count ?? 0 },
    ...(living?.agents ?? []).map(({ id, name }): HelperBody => ({ kind: 'agent', id, name })),
  ];
  const alive = living?.count ? `${living.count} living` : 'no living';
  if (run.phase === 'pending') {
    add(
      'agent-for-run',
      `The run waits for an agent, or somebody who may act on runs, to start it; ${alive} ${living?.count === 1 ? 'agent serves' : 'agents serve'} the team.`,
      [...agents, { kind: 'team', name: facts.teamName }],
    );
  }
  if (run.phase === 'queued') {
    const until = item?.leaseUntil;
    const lease = until ? ` If it does not by ${toTimestamp(until)}, another agent may.` : '';
    const sentence = `The run waits for ${nameOfAgent(facts, run.agentRef)}, which holds it, to start it.${lease}`;
    add('run-held', sentence, agentsOf(facts, run.agentRef), until);
  }
  if (run.phase !== 'completed') return waits;
  if (facts.timers.has('run-retry')) add('retry', retrySentence(run, facts), [{ kind: 'team', name: facts.teamName }]);
  if (facts.timers.has('parent-notify') && run.parent) {
    const parent = facts.runs.get(run.parent.runId);
    const who: HelperBody = parent ? helperOf(parent) : { kind: 'run', id: run.parent.runId };
    add('parent-run', `The run ${run.parent.runId}, a task of which waits for this run, is about to hear of its end.`, [
      who,
    ]);
  }
  if (run.finalizing) {
    const sentence = `${nameOfAgent(facts, item?.agentId ?? null)} cleans up after the run.`;
    add(
      'cleanup',
      `${sentence.slice(0, 1).toUpperCase()}${sentence.slice(1)}`,
      agentsOf(facts, item?.agentId ?? null),
      item?.leaseUntil,
    );
  } else {
    const sentence = `The run has ended and waits for an agent to clean up, or for somebody to finalize it; ${alive} agents serve the team.`;
    add('agent-for-cleanup', sentence, agents);
  }
  return waits;
}

function retrySentence({ retries, retry }: WorkflowRunState, { quota }: RunFacts): string {
  const next = `The server is to retry the run: retry ${(retry?.count ?? 0) + 1} of ${retries}.`;
  if (!quota) return next;
  const { limits, usage } = quota;
  const full = [
    [usage.liveRuns, limits.maxConcurrentRuns, 'concurrent runs'] as const,
    [usage.monthlyRuns, limits.maxWorkflowRunMonthly, 'runs of this month'] as const,
  ].filter(([used, limit]) => limit > 0 && used >= limit);
  if (full.length === 0) return next;
  return `${next} It waits for the team's quota: ${full.map(([used, limit, what]) => `${used} of ${limit} ${what} are used`).join(', ')}.`;
}
