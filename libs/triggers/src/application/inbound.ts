import {
  DeliverEvent,
  FindTeamById,
  FindTeamOfRun,
  FindTeamOfWorkflow,
  FindTriggeredWorkflows,
  FindWorkflowIds,
  IsTeamMember,
  type Json,
  RequestWorkflowRun,
  type WorkflowRunBody,
} from '#libs/contracts';
import { isId, RefusedError } from '#libs/kernel';
import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';

/** Who sends it, and how far that reaches. */
export interface Sender {
  readonly type: 'global' | 'team' | 'workflow' | 'user' | 'session';
  /** Team id, workflow id or user's name; null for global. */
  readonly principal: string | null;
  readonly actor: string;
  readonly requestId: string;
}

interface Team {
  readonly id: string;
  readonly name: string;
}

interface Target {
  readonly team: Team;
  readonly workflowId: string;
}

function unknownWorkflow(): RefusedError {
  return new RefusedError('WORKFLOW_INVALID_REFERENCE', 'Invalid Workflow reference has been provided.');
}

function unknownRun(): RefusedError {
  return new RefusedError('WORKFLOWRUN_INVALID_REFERENCE', 'Invalid WorkflowRun reference has been provided.');
}

function isTriggerOff(error: unknown): error is RefusedError {
  return error instanceof RefusedError && error.reason === 'WORKFLOWRUN_TRIGGER_DISABLED';
}

/** Webhooks and events become runs, or reach runs that wait; always within what their sender reaches. */
@Injectable()
export class Inbound {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  /** `github`: name of the GitHub event, which has a trigger of its own and else is a webhook like any. */
  async webhook(
    sender: Sender,
    ref: string | undefined,
    payload: Json,
    github: string | undefined,
  ): Promise<WorkflowRunBody> {
    const target = await this.workflowOf(sender, ref);
    const params = [{ name: 'payload', value: payload }];
    if (github === undefined) return this.request(sender, target, 'webhook', params);
    const named = [...params, { name: 'event', value: github }];
    try {
      return await this.request(sender, target, 'github', named);
    } catch (error) {
      if (!isTriggerOff(error)) throw error;
      return await this.request(sender, target, 'webhook', named).catch((second: unknown) => {
        throw isTriggerOff(second) ? error : second;
      });
    }
  }

  /** For one workflow, or for one run that waits; without `ref` for every workflow in reach whose trigger it meets. */
  async event(
    sender: Sender,
    ref: string | undefined,
    event: { readonly key: string; readonly topic: string; readonly json: Json; readonly data: Json },
  ): Promise<WorkflowRunBody | { runs: string[] }> {
    if (ref !== undefined && isId(ref) && (await this.teamOfRun(ref)) !== null) {
      return this.callback(sender, ref, event.topic, 'succeeded', event.data);
    }
    const params = [{ name: 'event', value: event.json }];
    if (ref !== undefined || sender.type === 'workflow') {
      return this.request(sender, await this.workflowOf(sender, ref), 'event', params, event.key);
    }
    const team = sender.type === 'team' ? await this.teamById(sender.principal ?? '') : null;
    if (!team) {
      throw new RefusedError(
        'QUERY_INVALID_FILTERS',
        'Parameter ref is required: the id of a workflow or of a run that waits. Only the token of a team may leave it out.',
      );
    }
    const query = new FindTriggeredWorkflows(team.id, 'event');
    const runs: string[] = [];
    for (const workflowId of await this.queries.execute<FindTriggeredWorkflows, string[]>(query)) {
      try {
        const run = await this.request(sender, { team, workflowId }, 'event', params, event.key);
        runs.push(run.id);
      } catch (error) {
        // Its conditions do not hold, or it cannot be run now: that is no matter of the others.
        if (!(error instanceof RefusedError) || error.status >= 500) throw error;
      }
    }
    return { runs };
  }

  async callback(
    sender: Sender,
    runId: string,
    topic: string,
    status: 'succeeded' | 'failed' | 'invalid',
    data: Json,
  ): Promise<WorkflowRunBody> {
    const teamId = await this.teamOfRun(runId);
    if (teamId === null) throw unknownRun();
    const scope = sender.type === 'workflow' ? { teamId, workflowId: sender.principal ?? '' } : { teamId };
    if (sender.type !== 'workflow' && !(await this.reachesTeam(sender, teamId))) throw unknownRun();
    const { actor, requestId } = sender;
    return this.commands.execute<DeliverEvent, WorkflowRunBody>(
      new DeliverEvent({ runId, scope, topic, status, data, actor, requestId }),
    );
  }

  private request(
    { actor, requestId }: Sender,
    { team, workflowId }: Target,
    trigger: 'webhook' | 'event' | 'github',
    params: readonly { readonly name: string; readonly value: Json }[],
    key?: string,
  ): Promise<WorkflowRunBody> {
    return this.commands.execute<RequestWorkflowRun, WorkflowRunBody>(
      new RequestWorkflowRun({
        team,
        workflow: workflowId,
        trigger,
        submit: { params: params as never },
        actor,
        initiator: actor,
        requestId,
        ...(key !== undefined && { receipt: { scope: `event:${workflowId}`, key } }),
      }),
    );
  }

  /** A workflow by its id, or by its name within the sender's team; a workflow's own token need not name it. */
  private async workflowOf(sender: Sender, ref: string | undefined): Promise<Target> {
    const id = await this.workflowIdOf(sender, ref);
    const query = new FindTeamOfWorkflow(id);
    const teamId = await this.queries.execute<FindTeamOfWorkflow, string | null>(query);
    const team = teamId === null ? null : await this.teamById(teamId);
    const isReached =
      sender.type === 'workflow' ? sender.principal === id : team && (await this.reachesTeam(sender, team.id));
    if (!team || !isReached) throw unknownWorkflow();
    return { team, workflowId: id };
  }

  private async workflowIdOf(sender: Sender, ref: string | undefined): Promise<string> {
    if (ref === undefined) {
      if (sender.type === 'workflow') return sender.principal ?? '';
      throw new RefusedError('QUERY_INVALID_FILTERS', 'Parameter ref is required: the id of the workflow.');
    }
    if (isId(ref)) return ref;
    const teamId = await this.teamIdOf(sender);
    if (teamId === null) throw unknownWorkflow();
    const query = new FindWorkflowIds(teamId, [ref]);
    const [id] = (await this.queries.execute<FindWorkflowIds, string[] | undefined>(query)) ?? [];
    if (id === undefined) throw unknownWorkflow();
    return id;
  }

  private async teamIdOf({ type, principal }: Sender): Promise<string | null> {
    if (type === 'team') return principal;
    if (type !== 'workflow') return null;
    return this.queries.execute<FindTeamOfWorkflow, string | null>(new FindTeamOfWorkflow(principal ?? ''));
  }

  private async reachesTeam({ type, principal }: Sender, teamId: string): Promise<boolean> {
    switch (type) {
      case 'global':
        return true;
      case 'team':
        return principal === teamId;
      case 'workflow':
        return false;
      case 'user':
      case 'session':
        return this.queries.execute<IsTeamMember, boolean>(new IsTeamMember(teamId, principal ?? '', 'webhook/action'));
    }
  }

  private teamOfRun(runId: string): Promise<string | null> {
    return this.queries.execute<FindTeamOfRun, string | null>(new FindTeamOfRun(runId));
  }

  private teamById(teamId: string): Promise<Team | null> {
    return this.queries.execute<FindTeamById, Team | null>(new FindTeamById(teamId));
  }
}
