import {
  type ActionBody,
  type ActionRequestBody,
  type ActionSummaryBody,
  type ApproverGroupRef,
  FindApproverGroup,
  FindWorkflowIds,
} from '#libs/contracts';
import { isId, RefusedError } from '#libs/kernel';
import type { CommandContext } from '#libs/ledger';
import {
  Command,
  CommandHandler,
  type ICommandHandler,
  type IQueryHandler,
  Query,
  QueryBus,
  QueryHandler,
} from '@nestjs/cqrs';
import { type Actioner, unknownAction } from '../domain';
import {
  type ActionFilters,
  type ActionPage,
  ActionStore,
  type StoredAction,
  toActionBody,
} from '../read/action-store';
import type { RunScope } from './run-category';
import { RunCommander } from './run-commander';

export class GetAction extends Query<ActionBody> {
  constructor(
    readonly scope: RunScope,
    readonly actionId: string,
  ) {
    super();
  }
}

@QueryHandler(GetAction)
export class GetActionHandler implements IQueryHandler<GetAction> {
  constructor(private readonly actions: ActionStore) {}

  async execute({ scope, actionId }: GetAction): Promise<ActionBody> {
    return toActionBody(await findAction(this.actions, scope, actionId));
  }
}

/** Unknown, malformed and foreign ids have one answer. */
async function findAction(store: ActionStore, { teamId, workflowId }: RunScope, id: string): Promise<StoredAction> {
  const action = isId(id) ? await store.find(teamId, id) : null;
  if (!action || (workflowId !== undefined && action.workflowId !== workflowId)) throw unknownAction();
  return action;
}

/** Filters as a client names them: workflows by id or name. */
export type ActionSearch = Omit<ActionFilters, 'teamId'>;

async function resolved(queries: QueryBus, scope: RunScope, search: ActionSearch): Promise<ActionFilters> {
  const query = new FindWorkflowIds(scope.teamId, search.workflows, scope.workflowId);
  const workflows = await queries.execute<FindWorkflowIds, string[] | undefined>(query);
  return { ...search, teamId: scope.teamId, ...(workflows && { workflows }) };
}

export class SearchActions extends Query<{ actions: ActionBody[]; total: number }> {
  constructor(
    readonly scope: RunScope,
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
  ) {}

  async execute({ scope, search, page }: SearchActions): Promise<{ actions: ActionBody[]; total: number }> {
    const { actions, total } = await this.actions.search(await resolved(this.queries, scope, search), page);
    return { actions: actions.map(toActionBody), total };
  }
}

export class SummariseActions extends Query<ActionSummaryBody> {
  constructor(
    readonly scope: RunScope,
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

  async execute({ scope, search }: SummariseActions): Promise<ActionSummaryBody> {
    return this.actions.summary(await resolved(this.queries, scope, search));
  }
}

/** Who decides. `names`: what an approver group may list them by. */
export interface Decider {
  readonly actioner: Pick<Actioner, 'id' | 'name' | 'email'>;
  readonly names: readonly string[];
}

/** A person's decisions on one or more actions. All are looked at before the first is carried out. */
export class DecideActions extends Command<ActionBody[]> {
  constructor(
    readonly scope: RunScope,
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
  ) {}

  async execute({ scope, requests, decider, context }: DecideActions): Promise<ActionBody[]> {
    const found: StoredAction[] = [];
    for (const { id } of requests) {
      const action = await findAction(this.actions, scope, id);
      await this.refuseOutsider(scope.teamId, action, decider);
      found.push(action);
    }
    const decided: ActionBody[] = [];
    for (const [index, { id, comments, approved }] of requests.entries()) {
      const action = found[index] as StoredAction;
      const actioner = { ...decider.actioner, comments: comments ? comments : null, approved };
      const command = { type: 'DecideAction' as const, actionId: id, actioner };
      // One receipt for each action: the key is the request's.
      const receipt = context.receipt && { ...context.receipt, key: `${context.receipt.key}#${index}` };
      const own = { metadata: context.metadata, ...(receipt && { receipt }) };
      const body = await this.runs.execute(action.runId, command, own, (state) => {
        const task = state.tasks.find((each) => each.action?.id === id);
        return toActionBody(task?.action ? { ...action, state: { ...action.state, ...task.action } } : action);
      });
      decided.push(body);
    }
    return decided;
  }

  private async refuseOutsider(teamId: string, { state }: StoredAction, { names }: Decider): Promise<void> {
    if (state.approverGroupRef === null) return;
    const query = new FindApproverGroup(teamId, state.approverGroupRef);
    const group = await this.queries.execute<FindApproverGroup, ApproverGroupRef | null>(query);
    if (group?.approvers.some((approver) => names.includes(approver))) return;
    throw new RefusedError(
      'PERMISSION_DENIED',
      `Insufficient permission: only members of the approver group ${group?.name ?? state.approverGroupRef} decide this Action.`,
    );
  }
}
