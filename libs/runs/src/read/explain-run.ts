import type { RunExplanationBody, WaitBody } from '#libs/contracts';
import { toTimestamp } from '#libs/kernel';
import type { WorkflowRunState } from '../domain';
import { actorText, isOver, nameOfAgent } from './explain-helpers';
import { explainTask } from './explain-task';
import { waitsOfRun } from './explain-waits-of-run';
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
  const waits = [...waitsOfRun(run, facts), ...tasks.filter((each) => !isBehind(each)), ...tasks.filter(isBehind)];
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
  if (run && isOver(run)) return '';
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
  const done = run.phase === 'finalized' ? ' It has been finalized.' : '';
  return `${how}${when === undefined ? '' : ` at ${toTimestamp(when)}`}${by}.${message}${done}`;
}
