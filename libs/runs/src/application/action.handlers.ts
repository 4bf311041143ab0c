import { CommandHandler, QueryHandler } from '#libs/bus';
import {
  type ActionBody,
  type ActionRequestBody,
  type ActionSummaryBody,
  type ApproverGroupRef,
  FindApproverGroup,
  FindWorkflowIds,
  type ReachInTeam,
} from '#libs/contracts';
import { isId, RefusedError } from '#libs/kernel';
import type { CommandContext } from '#libs/ledger';
import { Command, type ICommandHandler, type IQueryHandler, Query, QueryBus } from '@nestjs/cqrs';
import { type Actioner, unknownAction } from '../domain';
import {
  type ActionFilters,
  type ActionPage,
  ActionStore,
  type StoredAction,
  toActionBody,
} from '../read/action-store';
import { RunCommander } from './run-commander';
import { type NamedInRun, RunNames } from './run-names';

export class GetAction extends Query<ActionBody> {
  constructor(
    readonly reach: ReachInTeam,
    readonly actionId: string,
  ) {
    super();
  }
}

@QueryHandler(GetAction)
export class GetActionHandler implements IQueryHandler<GetAction> {
  constructor(
    private readonly actions: ActionStore,
    private readonly names: RunNames,
  ) {}

  async execute({ reach, actionId }: GetAction): Promise<ActionBody> {
    const action = await findAction(this.actions, reach, actionId);
    return toActionBody(action, await this.names.of(reach, [namedIn(action)]));
  }
}

function namedIn({ workflowId }: StoredAction): NamedInRun {
  return { workflowId, initiator: null };
}

/** The answer is the same for unknown, malformed and foreign ids. */
async function findAction(store: ActionStore, reach: ReachInTeam, id: string): Promise<StoredAction> {
  const action = isId(id) ? await store.find(reach, id) : null;
  if (!action) throw unknownAction();
  return action;
}

/** Filters in the client's terms: workflows by id or name. */
export type ActionSearch = ActionFilters;

async function resolved(queries: QueryBus, reach: ReachInTeam, search: ActionSearch): Promise<ActionFilters> {
  const query = new FindWorkflowIds(reach, search.workflows);
  const workflows = await queries.execute<FindWorkflowIds, string[] | undefined>(query);
  return { ...search, ...(workflows && { workflows }) };
}

export class SearchActions extends Query<{ actions: ActionBody[]; total: number }> {
  constructor(
    readonly reach: ReachInTeam,
    readonly search: ActionSearch,
    readonly page: ActionPage,
  ) {
    super();
  }
}

@QueryHandler(SearchActions)
export class SearchActionsHandler implements IQueryHandler<SearchActions> {
  constructor(
    private readonly actions: ActionStore,
    private readonly queries: QueryBus,
    private readonly names: RunNames,
  ) {}

  async execute({ reach, search, page }: SearchActions): Promise<{ actions: ActionBody[]; total: number }> {
    const { actions, total } = await this.actions.search(reach, await resolved(this.queries, reach, search), page);
    const names = await this.names.of(reach, actions.map(namedIn));
    return { actions: actions.map((action) => toActionBody(action, names)), total };
  }
}

export class SummariseActions extends Query<ActionSummaryBody> {
  constructor(
    readonly reach: ReachInTeam,
    readonly search: ActionSearch,
  ) {
    super();
  }
}

@QueryHandler(SummariseActions)
export class SummariseActionsHandler implements IQueryHandler<SummariseActions> {
  constructor(
    private readonly actions: ActionStore,
    private readonly queries: QueryBus,
  ) {}

  async execute({ reach, search }: SummariseActions): Promise<ActionSummaryBody> {
    return this.actions.summary(reach, await resolved(this.queries, reach, search));
  }
}

/** Who decides. */
export interface Decider {
  readonly actioner: Pick<Actioner, 'id' | 'name' | 'email'>;
  /** The names by which an approver group may list the person; empty for a token that belongs to no person. */
  readonly names: readonly string[];
  /** An owner of the team, or an administrator: may decide for any group. */
  readonly isOwner: boolean;
}

/** A person's decisions on one or more actions: one commit for all, or none. */
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
