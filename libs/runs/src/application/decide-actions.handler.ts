import { CommandHandler } from '#libs/bus';
import {
  type ActionBody,
  type ActionRequestBody,
  type ApproverGroupRef,
  FindApproverGroup,
  type ReachInTeam,
} from '#libs/contracts';
import { RefusedError } from '#libs/kernel';
import type { CommandContext } from '#libs/ledger';
import { Command, type ICommandHandler, QueryBus } from '@nestjs/cqrs';
import { type Actioner } from '../domain';
import { ActionStore, type StoredAction, toActionBody } from '../read/action-store';
import { RunCommander } from './run-commander';
import { RunNames } from './run-names';
import { findAction, namedIn } from './stored-actions';

/** Who decides. */
export interface Decider {
  readonly actioner: Pick<Actioner, 'id' | 'name' | 'email'>;
  /** What an approver group may list the person by; empty for a token that is no person's. */
  readonly names: readonly string[];
  /** An owner of the team, or an administrator: decides whatever the group says. */
  readonly isOwner: boolean;
}

/** A person's decisions on one or more actions: all are carried out, in one commit, or none. */
export class DecideActions extends Command<ActionBody[]> {
  constructor(
    readonly reach: ReachInTeam,
    readonly requests: readonly ActionRequestBody[],
    readonly decider: Decider,
    readonly context: CommandContext,
  ) {
    super();
  }
}

@CommandHandler(DecideActions)
export class DecideActionsHandler implements ICommandHandler<DecideActions> {
  constructor(
    private readonly runs: RunCommander,
    private readonly actions: ActionStore,
    private readonly queries: QueryBus,
    private readonly names: RunNames,
  ) {}

  async execute({ reach, requests, decider, context }: DecideActions): Promise<ActionBody[]> {
    const found: StoredAction[] = [];
    for (const { id } of requests) {
      const action = await findAction(this.actions, reach, id);
      await this.refuseOutsider(reach, action, decider);
      found.push(action);
    }
    const names = await this.names.of(reach, found.map(namedIn));
    const commands = requests.map(({ id, comments, approved }, index) => ({
      runId: (found[index] as StoredAction).runId,
      command: {
        type: 'DecideAction' as const,
        actionId: id,
        actioner: { ...decider.actioner, comments: comments ? comments : null, approved },
      },
    }));
    return this.runs.executeAll(reach, commands, context, (states) =>
      requests.map(({ id }, index) => {
        const action = found[index] as StoredAction;
        const task = states[index]?.tasks.find((each) => each.action?.id === id);
        return toActionBody(task?.action ? { ...action, state: { ...action.state, ...task.action } } : action, names);
      }),
    );
  }

  private async refuseOutsider(reach: ReachInTeam, { state }: StoredAction, decider: Decider): Promise<void> {
    if (state.approverGroupRef === null || decider.isOwner) return;
    const query = new FindApproverGroup(reach, state.approverGroupRef);
    const group = await this.queries.execute<FindApproverGroup, ApproverGroupRef | null>(query);
    if (group?.approvers.some((approver) => decider.names.includes(approver))) return;
    throw new RefusedError(
      'PERMISSION_DENIED',
      `Insufficient permission: only members of the approver group ${group?.name ?? state.approverGroupRef} decide this Action.`,
    );
  }
}
