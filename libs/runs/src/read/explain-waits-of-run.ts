import type { HelperBody, WaitBody } from '#libs/contracts';
import { toTimestamp } from '#libs/kernel';
import type { WorkflowRunState } from '../domain';
import { agentsOf, nameOfAgent, shownHelpers } from './explain-helpers';
import { helperOf } from './explain-task';
import type { RunFacts } from './run-facts';

interface Reason {
  readonly kind: WaitBody['kind'];
  readonly sentence: string;
  readonly who: readonly HelperBody[];
  readonly until?: number | null | undefined;
}

/** What the run itself waits for, apart from its tasks. */
export function waitsOfRun(run: WorkflowRunState, facts: RunFacts): WaitBody[] {
  const since = facts.since.get(run.id);
  return reasonsOf(run, facts).map(({ kind, sentence, who, until }) => ({
    kind,
    sentence,
    ...(since !== undefined && { since: toTimestamp(since) }),
    ...(until !== undefined && until !== null && { until: toTimestamp(until) }),
    who: shownHelpers(who),
  }));
}

function reasonsOf(run: WorkflowRunState, facts: RunFacts): Reason[] {
  switch (run.phase) {
    case 'pending':
      return [agentForRun(facts)];
    case 'queued':
      return [held(run, facts)];
    case 'running':
      return [];
    case 'completed':
      return [...afterEnd(run, facts), run.finalizing ? cleanup(run, facts) : agentForCleanup(facts)];
    case 'finalized':
      return afterEnd(run, facts);
  }
}

function agentForRun(facts: RunFacts): Reason {
  return {
    kind: 'agent-for-run',
    sentence: `The run waits for an agent, or somebody who may act on runs, to start it; ${agentsText(facts)}.`,
    who: [...livingAgents(facts), { kind: 'team', name: facts.teamName }],
  };
}

function held(run: WorkflowRunState, facts: RunFacts): Reason {
  const until = facts.items.get(run.id)?.leaseUntil;
  const lease = until ? ` If it does not by ${toTimestamp(until)}, another agent may.` : '';
  return {
    kind: 'run-held',
    sentence: `The run waits for ${nameOfAgent(facts, run.agentRef)}, which holds it, to start it.${lease}`,
    who: agentsOf(facts, run.agentRef),
    until,
  };
}

/** What the server still has to do. */
function afterEnd(run: WorkflowRunState, facts: RunFacts): Reason[] {
  const reasons: Reason[] = [];
  const { parent } = run;
  if (facts.timers.has('run-retry')) {
    const who: HelperBody = { kind: 'team', name: facts.teamName };
    reasons.push({ kind: 'retry', sentence: retrySentence(run, facts), who: [who] });
  }
  if (facts.timers.has('parent-notify') && parent) {
    const above = facts.runs.get(parent.runId);
    const sentence = `The run ${parent.runId}, a task of which waits for this run, is about to hear of its end.`;
    reasons.push({ kind: 'parent-run', sentence, who: [above ? helperOf(above) : { kind: 'run', id: parent.runId }] });
  }
  return reasons;
}

function agentForCleanup(facts: RunFacts): Reason {
  return {
    kind: 'agent-for-cleanup',
    sentence: `The run has ended and waits for an agent to clean up, or for somebody to finalize it; ${agentsText(facts)}.`,
    who: livingAgents(facts),
  };
}

function cleanup(run: WorkflowRunState, facts: RunFacts): Reason {
  const { agentId = null, leaseUntil } = facts.items.get(run.id) ?? {};
  const sentence = `The run has ended, and ${nameOfAgent(facts, agentId)} cleans up after it.`;
  return { kind: 'cleanup', sentence, who: agentsOf(facts, agentId), until: leaseUntil };
}

function agentsText({ agents }: RunFacts): string {
  const count = agents.get('run')?.count ?? 0;
  if (count === 0) return 'no living agent serves the team';
  return count === 1 ? 'one living agent serves the team' : `${count} living agents serve the team`;
}

function livingAgents({ agents }: RunFacts): HelperBody[] {
  const living = agents.get('run');
  const named = (living?.agents ?? []).map(({ id, name }): HelperBody => ({ kind: 'agent', id, name }));
  return [{ kind: 'agents', count: living?.count ?? 0 }, ...named];
}

function retrySentence({ retries, retry }: WorkflowRunState, { quota }: RunFacts): string {
  const next = `The server is to retry the run: retry ${(retry?.count ?? 0) + 1} of ${retries}.`;
  if (!quota) return next;
  const { limits, usage } = quota;
  const full = (
    [
      [usage.liveRuns, limits.maxConcurrentRuns, 'concurrent runs'],
      [usage.monthlyRuns, limits.maxWorkflowRunMonthly, 'runs of this month'],
    ] as const
  ).filter(([used, limit]) => limit > 0 && used >= limit);
  if (full.length === 0) return next;
  return `${next} It waits for the team's quota: ${full.map(([used, limit, what]) => `${used} of ${limit} ${what} are used`).join(', ')}.`;
}
