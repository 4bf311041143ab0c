import {
  type AgentItem,
  allows,
  type ApproverGroupRef,
  FindActorNames,
  FindAgentItems,
  FindApproverGroup,
  FindLivingAgents,
  FindLocks,
  FindTeamRunSettings,
  FindTeamUsage,
  type LivingAgents,
  type LockQueue,
  type ReachInTeam,
  type TeamRunSettings,
  type TeamUsage,
} from '#libs/contracts';
import { agentTaskTypes, asHead, derivedId } from '#libs/kernel';
import { readStreamPage } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { Pool } from 'pg';
import { isRetried, type RunEvent, type WorkflowRunState } from '../domain';
import { pendingTimers } from '../read/pending-timers';
import type { Author, NearbyRun, RunFacts } from '../read/run-facts';
import { runUpcasters } from './run-category';
import { RunCommander } from './run-commander';

const readAtOnce = 500;
/** Automatic retries that a run can have: what `retries` takes at most. */
const maxTries = 100;
/** The most locks, groups and runs beside the run that an explanation looks at, of each. */
const mostBeside = 100;

/** Events that a task or a run stands by: what comes after them does not change since when. */
const standing: ReadonlySet<RunEvent['type']> = new Set<RunEvent['type']>([
  'WorkflowRunQueued',
  'WorkflowRunClaimed',
  'WorkflowRunReleased',
  'WorkflowRunStarted',
  'WorkflowRunCompleted',
  'WorkflowRunCancelled',
  'WorkflowRunTimedOut',
  'TaskRunReady',
  'TaskRunClaimed',
  'TaskRunReleased',
  'TaskRunStarted',
  'TaskRunWaiting',
  'TaskRunEnded',
  'TaskRunRetried',
  'TaskRunRequeued',
]);
const endings: ReadonlySet<string> = new Set<RunEvent['type']>([
  'WorkflowRunCompleted',
  'WorkflowRunCancelled',
  'WorkflowRunTimedOut',
]);

interface Times {
  readonly since: ReadonlyMap<string, number>;
  readonly end: Author | null;
  readonly endedAt: number | null;
}

/** Asks around for what an explanation of a run needs. */
@Injectable()
export class RunFactsFinder {
  constructor(
    private readonly pool: Pool,
    private readonly queries: QueryBus,
    private readonly runs: RunCommander,
  ) {}

  async of(reach: ReachInTeam, run: WorkflowRunState): Promise<RunFacts> {
    const knowsTeam = reach.kind === 'team' && allows(reach.permissions, 'team/read');
    const [times, timers, items, agents, locks, groups] = await Promise.all([
      this.times(run),
      pendingTimers(this.pool, run.id),
      this.items(reach, run),
      this.agents(reach, run),
      this.locks(reach, run),
      this.groups(reach, run),
    ]);
    const holders = [...locks.values()].flatMap(({ holder }) => holder?.runId ?? []);
    const actors = [
      ...[...items.values()].flatMap(({ agentId }) => (agentId === null ? [] : [`agent:${agentId}`])),
      ...[run, ...run.tasks].flatMap(({ agentRef }) => (agentRef === null ? [] : [`agent:${agentRef}`])),
      ...[...groups.values()].flatMap(({ approvers }) => approvers.map((id) => `user:${id}`)),
      ...(times.end ? [times.end.actor] : []),
    ];
    return {
      now: this.runs.clock.now(),
      teamName: reach.team.name,
      knowsTeam,
      ...times,
      timers,
      items,
      agents,
      locks,
      groups,
      runs: await this.beside(reach, run, holders, timers),
      names: await this.queries.execute<FindActorNames, ReadonlyMap<string, string>>(
        new FindActorNames(reach, [...new Set(actors)]),
      ),
      quota: timers.has('run-retry') ? await this.quota(reach) : null,
    };
  }

  private async times({ id }: WorkflowRunState): Promise<Times> {
    const since = new Map<string, number>();
    let end: Author | null = null;
    let endedAt: number | null = null;
    for (let version = 0; ;) {
      const events = await readStreamPage(this.pool, id, { afterVersion: version, limit: readAtOnce }, runUpcasters);
      for (const event of events) {
        version = event.streamVersion;
        if (!standing.has(event.type as RunEvent['type'])) continue;
        const { at, taskId } = event.data as { at: number; taskId?: string };
        since.set(taskId ?? id, at);
        if (!endings.has(event.type)) continue;
        const { actor, reason } = event.metadata;
        end = { actor, ...(reason !== undefined && { reason }) };
        endedAt = at;
      }
      if (events.length === 0) return { since, end, endedAt };
    }
  }

  private async items(reach: ReachInTeam, run: WorkflowRunState): Promise<ReadonlyMap<string, AgentItem>> {
    const held = run.tasks.filter(({ agentRef }) => agentRef !== null);
    const found = await this.queries.execute<FindAgentItems, AgentItem[]>(
      new FindAgentItems(reach, [run.id, ...held.map(({ id }) => id)]),
    );
    return new Map(found.map((item) => [item.id, item]));
  }

  private async agents(reach: ReachInTeam, run: WorkflowRunState): Promise<ReadonlyMap<string, LivingAgents>> {
    const isReady = (type: string) => run.tasks.some((task) => task.type === type && task.status === 'ready');
    const types = ['run', ...agentTaskTypes.filter(isReady)];
    const found = await this.queries.execute<FindLivingAgents, LivingAgents[]>(new FindLivingAgents(reach, types));
    return new Map(found.map((each) => [each.type, each]));
  }

  private async locks(reach: ReachInTeam, run: WorkflowRunState): Promise<ReadonlyMap<string, LockQueue>> {
    const keys = run.tasks.flatMap(({ waitsFor, waitKey }) =>
      waitsFor === 'lock' && waitKey !== null ? [waitKey] : [],
    );
    if (keys.length === 0) return new Map();
    const wanted = [...new Set(keys)].slice(0, mostBeside);
    const found = await this.queries.execute<FindLocks, LockQueue[]>(new FindLocks(reach, wanted));
    return new Map(found.map((lock) => [lock.key, lock]));
  }

  private async groups(reach: ReachInTeam, run: WorkflowRunState): Promise<ReadonlyMap<string, ApproverGroupRef>> {
    const refs = run.tasks.flatMap(({ waitsFor, action }) =>
      waitsFor === 'action' && action?.approverGroupRef ? [action.approverGroupRef] : [],
    );
    const groups = new Map<string, ApproverGroupRef>();
    for (const ref of [...new Set(refs)].slice(0, mostBeside)) {
      const group = await this.queries.execute<FindApproverGroup, ApproverGroupRef | null>(
        new FindApproverGroup(reach, ref),
      );
      if (group) groups.set(ref, group);
    }
    return groups;
  }

  /** Runs that the reach does not cover are absent. */
  private async beside(
    reach: ReachInTeam,
    run: WorkflowRunState,
    holders: readonly string[],
    timers: ReadonlySet<string>,
  ): Promise<ReadonlyMap<string, NearbyRun>> {
    const isCancelling = timers.has('child-cancel');
    const children = run.tasks.flatMap(({ waitsFor, child, phase }) =>
      child && (waitsFor === 'child' || (isCancelling && phase === 'completed')) ? [child.runId] : [],
    );
    const found = new Map<string, NearbyRun>();
    for (const id of [...holders, ...(run.parent ? [run.parent.runId] : [])].slice(0, mostBeside)) {
      const other = await this.runs.findMade(reach, id);
      if (other) found.set(id, nearby(other));
    }
    for (const id of children.slice(0, mostBeside)) {
      const last = await this.lastTry(reach, id);
      if (last) found.set(id, nearby(last));
    }
    return found;
  }

  /** The run, or the last of its automatic retries, whose ids follow from each other. */
  private async lastTry(reach: ReachInTeam, id: string): Promise<WorkflowRunState | null> {
    let last: WorkflowRunState | null = null;
    let next: WorkflowRunState | null = await this.runs.findMade(reach, id);
    for (let tries = 0; next && tries <= maxTries; tries++) {
      last = next;
      next = isRetried(last) ? await this.runs.findMade(reach, asHead(derivedId(last.id, 'retry'))) : null;
    }
    return last;
  }

  private async quota(reach: ReachInTeam): Promise<RunFacts['quota']> {
    const [settings, usage] = await Promise.all([
      this.queries.execute<FindTeamRunSettings, TeamRunSettings>(new FindTeamRunSettings(reach)),
      this.queries.execute<FindTeamUsage, TeamUsage>(new FindTeamUsage(reach)),
    ]);
    return { limits: settings.quotas, usage };
  }
}

function nearby(run: WorkflowRunState): NearbyRun {
  const { id, workflow, status, phase } = run;
  return { id, workflowName: workflow.name, status, phase, isRetried: isRetried(run) };
}
