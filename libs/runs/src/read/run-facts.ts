import type { AgentItem, ApproverGroupRef, LivingAgents, LockQueue, TeamQuotas, TeamUsage } from '#libs/contracts';
import type { RunPhase, RunStatus } from '#libs/kernel';

/** A run beside the one that is explained, as far as the asker may know it. */
export interface NearbyRun {
  readonly id: string;
  readonly workflowName: string;
  readonly status: RunStatus;
  readonly phase: RunPhase;
  /** The server is to retry it. */
  readonly isRetried: boolean;
}

/** Who did something, and why. */
export interface Author {
  readonly actor: string;
  readonly reason?: string;
}

/** What an explanation needs beside the run's state. Times are milliseconds since the epoch. */
export interface RunFacts {
  readonly now: number;
  readonly teamName: string;
  /** The asker may know all of the team: its groups, and runs of every workflow. */
  readonly knowsTeam: boolean;
  /** Since when the run, and each task, stands as it stands: by id. */
  readonly since: ReadonlyMap<string, number>;
  /** Who ended the run; null while it has not ended. */
  readonly end: Author | null;
  readonly endedAt: number | null;
  /** Names of actors. */
  readonly names: ReadonlyMap<string, string>;
  /** By id of the task or the run. */
  readonly items: ReadonlyMap<string, AgentItem>;
  /** By type of task, and `run`. */
  readonly agents: ReadonlyMap<string, LivingAgents>;
  /** By key. */
  readonly locks: ReadonlyMap<string, LockQueue>;
  /** By the reference that tasks have. */
  readonly groups: ReadonlyMap<string, ApproverGroupRef>;
  /** By id: the holders of locks, the children, the parent. Of a child that was retried: the last retry. */
  readonly runs: ReadonlyMap<string, NearbyRun>;
  /** What the server still has to do for the run: the kinds of its timers. */
  readonly timers: ReadonlySet<string>;
  /** The team's limits, where the run waits for them; else null. */
  readonly quota: { readonly limits: TeamQuotas; readonly usage: TeamUsage } | null;
}
