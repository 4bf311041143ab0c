import {
  DeliverEvent,
  type DeliveryKey,
  FindKeptReason,
  FindTeamById,
  FindTeamOfRun,
  FindTeamOfWorkflow,
  FindTriggeredWorkflows,
  FindWorkflowIds,
  type Json,
  type Reach,
  reachIn,
  type ReachInTeam,
  RecordRefusal,
  RequestWorkflowRun,
  type TeamRef,
  type WorkflowRunBody,
} from '#libs/contracts';
import {
  type EndStatus,
  isId,
  jsonBytes,
  RefusedError,
  type TeamOperation,
  type WorkflowTrigger,
  type ReceiptKey,
  type Origin,
} from '#libs/kernel';
import { CommandProcessor } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { eventsAtOnce, maxEventBytes, maxEventWorkflows } from './bounds';

/** Who sends the request, and the sender's reach. */
export interface Sender {
  readonly reach: Reach;
  readonly actor: string;
  readonly origin: Origin;
  readonly operation: TeamOperation;
  /** The sender's reason. */
  readonly reason?: string;
  /** For a request with an `Idempotency-Key`. */
  readonly receipt?: ReceiptKey;
}

/** A webhook of GitHub: the name of its event, and its id, which stays the same when GitHub sends it again. */
export interface GitHubDelivery {
  readonly event: string;
  readonly id?: string;
}

/** The answer to a `ping`, which GitHub sends to test a new webhook: it makes no run. */
export const pong = { message: 'pong' } as const;

/** A CloudEvent; `key`: the event counts once for each key. */
export interface Event {
  readonly key: string;
  readonly topic: string;
  readonly json: Json;
  readonly data: Json;
}

type EventAnswer = WorkflowRunBody | { runs: string[] };

/** The target workflow, and the sender's reach in its team. */
interface Target {
  readonly reach: ReachInTeam;
  readonly workflowId: string;
}

function unknownWorkflow(): RefusedError {
  return new RefusedError('WORKFLOW_INVALID_REFERENCE', 'Invalid Workflow reference has been provided.');
}

function unknownRun(): RefusedError {
  return new RefusedError('WORKFLOWRUN_INVALID_REFERENCE', 'Invalid WorkflowRun reference has been provided.');
}

const historic: ReadonlySet<string> = new Set([
  'REQUEST_INVALID_PARAMS',
  'QUOTA_EXCEEDED',
  'WORKFLOW_NOT_ACTIVE',
  'WORKFLOW_TEAM_INACTIVE',
]);

function isTriggerOff(error: unknown): error is RefusedError {
  return error instanceof RefusedError && error.reason === 'WORKFLOWRUN_TRIGGER_DISABLED';
}

/** Every workflow with the event trigger gets the whole event. */
function refuseWideEvent(workflows: number, event: Json): void {
  const isWide = workflows > maxEventWorkflows;
  if (!isWide && workflows * jsonBytes(event) <= maxEventBytes) return;
  const bound = isWide ? `${maxEventWorkflows} is the most` : `together that is more than ${maxEventBytes} bytes`;
  throw new RefusedError(
    'QUERY_INVALID_FILTERS',
    `Parameter ref is required: the event would go to ${workflows} workflows of the team, and ${bound}.`,
  );
}

/** An event counts once for each workflow. */
function eventReceipt({ workflowId }: Target, key: string): DeliveryKey {
  return { scope: `event:${workflowId}`, key };
}

/** Turns webhooks and events into runs, or passes them to waiting runs; always within the sender's reach. */
@Injectable()
export class Inbound {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly processor: CommandProcessor,
  ) {}

  /** GitHub's webhooks have their own trigger; if it is off, they are ordinary webhooks. */
  async webhook(
    from: Sender,
    ref: string | undefined,
    payload: Json,
    github: GitHubDelivery | undefined,
  ): Promise<WorkflowRunBody | typeof pong> {
    const target = await this.workflowOf(from, ref);
    const sender = await this.withReason(from, target.reach.team.id);
    const params = [{ name: 'payload', value: payload }];
    if (github === undefined) return this.request(sender, target, 'webhook', params, sender.receipt);
    if (github.event === 'ping') return pong;
    const named = [...params, { name: 'event', value: github.event }];
    const own = github.id === undefined ? undefined : { scope: `github:${target.workflowId}`, key: github.id };
    const receipt = sender.receipt ?? own;
    try {
      return await this.request(sender, target, 'github', named, receipt);
    } catch (error) {
      if (!isTriggerOff(error)) throw error;
      return await this.request(sender, target, 'webhook', named, receipt).catch((second: unknown) => {
        throw isTriggerOff(second) ? error : second;
      });
    }
  }

  /**
   * For one workflow, or for one waiting run; without `ref` for every workflow in reach with a trigger that matches. An
   * event counts once by its own identity. Under an `Idempotency-Key` the answer is stored too, and another event with
   * that key is refused.
   */
  async event(sender: Sender, ref: string | undefined, event: Event): Promise<EventAnswer> {
    const { receipt } = sender;
    if (!receipt) return this.accept(sender, ref, event);
    const given = await this.processor.answerGiven(receipt);
    if (given !== null) return JSON.parse(given) as EventAnswer;
    const answer = await this.accept(sender, ref, event);
    await this.processor.keepAnswer(receipt, JSON.stringify(answer));
    return answer;
  }

  private async accept(sender: Sender, ref: string | undefined, event: Event): Promise<EventAnswer> {
    const runsTeam = ref === undefined ? null : await this.teamOfRun(sender.reach, ref);
    if (ref !== undefined && runsTeam !== null) {
      const receipt = { scope: `event:${ref}`, key: event.key };
      return this.deliver(await this.withReason(sender, runsTeam), receipt, ref, event.topic, 'succeeded', event.data);
    }
    const params = [{ name: 'event', value: event.json }];
    const { reach } = sender;
    if (ref !== undefined || reach.kind === 'workflow') {
      const target = await this.workflowOf(sender, ref);
      const given = await this.withReason(sender, target.reach.team.id);
      return this.request(given, target, 'event', params, eventReceipt(target, event.key));
    }
    if (reach.kind !== 'team') {
      throw new RefusedError(
        'QUERY_INVALID_FILTERS',
        'Parameter ref is required: the id of a workflow or of a waiting run. Only the token of a team may leave it out.',
      );
    }
    const given = await this.withReason(sender, reach.team.id);
    const query = new FindTriggeredWorkflows(reach, 'event');
    const workflows = await this.queries.execute<FindTriggeredWorkflows, string[]>(query);
    refuseWideEvent(workflows.length, event.json);
    const runs: string[] = [];
    for (let from = 0; from < workflows.length; from += eventsAtOnce) {
      const some = workflows.slice(from, from + eventsAtOnce).map(async (workflowId): Promise<string[]> => {
        const target = { reach, workflowId };
        try {
          return [(await this.request(given, target, 'event', params, eventReceipt(target, event.key))).id];
        } catch (error) {
          // Its conditions do not hold, or it cannot run now: the other workflows go on.
          if (!(error instanceof RefusedError) || error.status >= 500) throw error;
          return [];
        }
      });
      runs.push(...(await Promise.all(some)).flat());
    }
    return { runs };
  }

  async callback(
    sender: Sender,
    runId: string,
    topic: string,
    status: EndStatus,
    data: Json,
  ): Promise<WorkflowRunBody> {
    const teamId = await this.teamOfRun(sender.reach, runId);
    if (teamId === null) throw unknownRun();
    return this.deliver(await this.withReason(sender, teamId), sender.receipt, runId, topic, status, data);
  }

  private deliver(
    { reach, actor, origin, reason }: Sender,
    receipt: DeliveryKey | undefined,
    runId: string,
    topic: string,
    status: EndStatus,
    data: Json,
  ): Promise<WorkflowRunBody> {
    return this.commands.execute<DeliverEvent, WorkflowRunBody>(
      new DeliverEvent(reach, {
        runId,
        topic,
        status,
        data,
        actor,
        origin,
        ...(reason !== undefined && { reason }),
        ...(receipt && { receipt }),
      }),
    );
  }

  /** Also records in the workflow's history what its sender cannot fix alone, such as wrong params or a full quota. */
  private async request(
    sender: Sender,
    target: Target,
    trigger: Exclude<WorkflowTrigger, 'manual' | 'schedule'>,
    params: readonly { readonly name: string; readonly value: Json }[],
    receipt?: DeliveryKey,
  ): Promise<WorkflowRunBody> {
    try {
      return await this.makeRun(sender, target, trigger, params, receipt);
    } catch (error) {
      if (error instanceof RefusedError && historic.has(error.reason))
        await this.record(sender, target, trigger, error);
      throw error;
    }
  }

  private async record(
    { actor, origin }: Sender,
    { reach, workflowId }: Target,
    trigger: Exclude<WorkflowTrigger, 'manual' | 'schedule'>,
    { reason, message }: RefusedError,
  ): Promise<void> {
    try {
      const refusal = { workflowId, trigger, reason, message, actor, origin };
      await this.commands.execute<RecordRefusal, null>(new RecordRefusal(reach, refusal));
    } catch (error) {
      // The workflow is gone, or the server is too busy: the sender still hears why there is no run.
      if (!(error instanceof RefusedError)) throw error;
    }
  }

  private makeRun(
    { actor, origin, reason }: Sender,
    { reach, workflowId }: Target,
    trigger: Exclude<WorkflowTrigger, 'manual' | 'schedule'>,
    params: readonly { readonly name: string; readonly value: Json }[],
    receipt?: DeliveryKey,
  ): Promise<WorkflowRunBody> {
    return this.commands.execute<RequestWorkflowRun, WorkflowRunBody>(
      new RequestWorkflowRun(reach, {
        workflow: workflowId,
        trigger,
        submit: { params: [...params] },
        actor,
        initiator: actor,
        origin,
        ...(reason !== undefined && { reason }),
        ...(receipt && { receipt }),
      }),
    );
  }

  /** A workflow by its id, or by its name within the sender's team; a workflow's own token need not name it. */
  private async workflowOf({ reach }: Sender, ref: string | undefined): Promise<Target> {
    const workflowId = await this.workflowIdOf(reach, ref);
    const query = new FindTeamOfWorkflow(reach, workflowId);
    const teamId = await this.queries.execute<FindTeamOfWorkflow, string | null>(query);
    const team = teamId === null ? null : await this.teamById(reach, teamId);
    const within = team && reachIn(reach, team);
    if (!within) throw unknownWorkflow();
    return { reach: within, workflowId };
  }

  private async workflowIdOf(reach: Reach, ref: string | undefined): Promise<string> {
    if (ref === undefined) {
      if (reach.kind === 'workflow') return reach.workflowId;
      throw new RefusedError('QUERY_INVALID_FILTERS', 'Parameter ref is required: the id of the workflow.');
    }
    if (isId(ref)) return ref;
    if (reach.kind !== 'team' && reach.kind !== 'workflow') throw unknownWorkflow();
    const query = new FindWorkflowIds(reach, [ref]);
    const [id] = (await this.queries.execute<FindWorkflowIds, string[] | undefined>(query)) ?? [];
    if (id === undefined) throw unknownWorkflow();
    return id;
  }

  private teamOfRun(reach: Reach, runId: string): Promise<string | null> {
    return this.queries.execute<FindTeamOfRun, string | null>(new FindTeamOfRun(reach, runId));
  }

  /** With the reason as the team lets it be kept; refused if the team wants one and there is none. */
  private async withReason({ reason, ...sender }: Sender, teamId: string): Promise<Sender> {
    const query = new FindKeptReason(sender.reach, teamId, sender.operation, reason);
    const kept = await this.queries.execute<FindKeptReason, string | undefined>(query);
    return { ...sender, ...(kept !== undefined && { reason: kept }) };
  }

  private teamById(reach: Reach, teamId: string): Promise<TeamRef | null> {
    return this.queries.execute<FindTeamById, TeamRef | null>(new FindTeamById(reach, teamId));
  }
}
