import { CommandHandler } from '#libs/bus';
import {
  type ActionBody,
  type ActionRequestBody,
  type ApproverGroupRef,
  DecideTaskActions,
  FindApproverGroup,
  type ReachInTeam,
} from '#libs/contracts';
import { RefusedError, type CommandContext } from '#libs/kernel';
import { PersonalValues } from '#libs/personal';
import { Command, CommandBus, type ICommandHandler, QueryBus } from '@nestjs/cqrs';
import { type Decider, isAmong } from '../domain';
import { ActionStore, type StoredAction, toActionBody } from '../read/action-store';
import { findAction, namesOf } from './stored-actions';

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
    private readonly commands: CommandBus,
    private readonly actions: ActionStore,
    private readonly queries: QueryBus,
    private readonly personal: PersonalValues,
  ) {}

  async execute({ reach, requests, decider, context }: DecideActions): Promise<ActionBody[]> {
    const found: StoredAction[] = [];
    for (const { id } of requests) {
      const action = await findAction(this.actions, reach, id);
      await this.refuseOutsider(reach, action, decider);
      found.push(action);
    }
    const names = await namesOf(this.queries, reach, found);
    const actioner = await this.sealed(reach, decider.actioner);
    const decisions = requests.map(({ id, comments, approved }, index) => ({
      runId: (found[index] as StoredAction).runId,
      actionId: id,
      actioner: { ...actioner, comments: comments ? comments : null, approved },
    }));
    const decide = new DecideTaskActions(reach, decisions, context, (actions) =>
      found.map((action, index) => toActionBody({ ...action, state: { ...action.state, ...actions[index] } }, names)),
    );
    return this.commands.execute<typeof decide, ActionBody[]>(decide);
  }

  /** The name and the e-mail address of a person are kept sealed; a name that is the id is no other than that. */
  private async sealed(
    { team: { id: teamId } }: ReachInTeam,
    actioner: Decider['actioner'],
  ): Promise<Decider['actioner']> {
    const { id, name, email } = actioner;
    if (!id.startsWith('user:')) return actioner;
    return {
      id,
      name: id === `user:${name}` ? name : await this.personal.seal({ teamId, name: id }, name),
      email: email === null ? null : await this.personal.seal({ teamId, name: `user:${email}`, owner: id }, email),
    };
  }

  private async refuseOutsider(reach: ReachInTeam, { state }: StoredAction, decider: Decider): Promise<void> {
    if (state.approverGroupRef === null || decider.isOwner) return;
    const query = new FindApproverGroup(reach, state.approverGroupRef);
    const group = await this.queries.execute<FindApproverGroup, ApproverGroupRef | null>(query);
    if (group && isAmong(group.approvers, decider)) return;
    throw new RefusedError(
      'PERMISSION_DENIED',
      `Insufficient permission: only members of the approver group ${group?.name ?? state.approverGroupRef} decide this Action.`,
    );
  }
}
