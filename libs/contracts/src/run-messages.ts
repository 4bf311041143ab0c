import type { TaskRunBody, WorkflowRunBody } from './run';

/** An item that an agent holds: its body, and the fence to send back with every message about it. */
export type Claimed<Body> = Body & { readonly fence: number };

/** Command over the bus: gives a ready task to an agent. Answers the task, or null when somebody else was faster. */
export class ClaimTaskRun {
  declare readonly answer: Claimed<TaskRunBody> | null;
  constructor(
    readonly runId: string,
    readonly taskRunId: string,
    readonly agentId: string,
  ) {}
}

/** Command over the bus: gives a run to an agent, to start it or to clean up after it. */
export class ClaimWorkflowRun {
  declare readonly answer: Claimed<WorkflowRunBody> | null;
  constructor(
    readonly runId: string,
    readonly purpose: 'start' | 'finalize',
    readonly agentId: string,
  ) {}
}

/** Command over the bus: the lease of this claim ran out. Harmless when the claim is no longer the current one. */
export class ExpireLease {
  constructor(
    readonly kind: 'task' | 'run' | 'finalize',
    readonly runId: string,
    readonly itemId: string,
    readonly fence: number,
  ) {}
}

/** Query over the bus: a task as it is, in the form that its agent gets. Null when there is none. */
export class FindTaskRun {
  constructor(
    readonly runId: string,
    readonly taskRunId: string,
  ) {}
}

/** Query over the bus: ids of the agents that were registered with a token. */
export class FindAgentsOfToken {
  constructor(readonly tokenId: string) {}
}

/** Query over the bus: ids of the team's workflows with these names (ids among them are passed through). */
export class FindWorkflowIds {
  constructor(
    readonly teamId: string,
    readonly namesOrIds: readonly string[],
  ) {}
}

/** Query over the bus: the team that a workflow belongs to, or null. */
export class FindTeamOfWorkflow {
  constructor(readonly workflowId: string) {}
}
