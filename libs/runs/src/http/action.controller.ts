import {
  Access,
  actorOf,
  commandContext,
  CurrentPrincipal,
  CurrentTeam,
  type Principal,
  type TeamRef,
} from '#libs/access';
import {
  type ActionBody,
  type ActionRequestBody,
  actionRequestsSchema,
  actionStatusNames,
  type ActionSummaryBody,
  actionTypes,
} from '#libs/contracts';
import {
  ApiAnswer,
  ApiDates,
  ApiListFilter,
  ApiOrder,
  ApiPaging,
  ApiPathName,
  ApiSort,
  ApiTeam,
  choiceParam,
  dateParam,
  enumListParam,
  listParam,
  orderParam,
  type Page,
  pagingParams,
  springPage,
} from '#libs/http';
import { Body, Controller, Get, Param, Put, Query, Req } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import {
  type ActionSearch,
  DecideActions,
  type Decider,
  GetAction,
  SearchActions,
  SummariseActions,
} from '../application/action.handlers';
import type { RawQuery } from './run-query';
import { runScopeOf } from './run-scope';

const unreachable = { unreachable: 'ACTION_INVALID_REF' } as const;

/** What people are asked for: approvals and manual tasks. */
@ApiTags('Actions')
@ApiTeam()
@Controller('api/v2/team/:team/action')
export class ActionController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Put()
  @Access('action/action', unreachable)
  @ApiOperation({ operationId: 'action', summary: 'Provide an update for one or more Actions' })
  @ApiBody({ required: true, schema: { type: 'array', items: { $ref: '#/components/schemas/ActionRequest' } } })
  decide(
    @CurrentTeam() team: TeamRef,
    @CurrentPrincipal() principal: Principal,
    @Body({ schema: actionRequestsSchema }) body: ActionRequestBody[],
    @Req() request: FastifyRequest,
  ): Promise<ActionBody[]> {
    const command = new DecideActions(runScopeOf(team, principal), body, deciderOf(principal), commandContext(request));
    return this.commands.execute(command);
  }

  @Get('query')
  @Access('action/read', unreachable)
  @ApiOperation({ operationId: 'query_4', summary: 'Search for Actions' })
  @ApiListFilter('types', 'List of types to filter for. Defaults to all.')
  @ApiListFilter('statuses', 'List of statuses to filter for. Defaults to all.')
  @ApiListFilter('workflows', 'List of Workflow IDs or names to filter for.')
  @ApiDates()
  @ApiPaging()
  @ApiOrder('order', 'ASC')
  @ApiSort(['creationDate'])
  @ApiAnswer('PageAction')
  async query(
    @CurrentTeam() team: TeamRef,
    @CurrentPrincipal() principal: Principal,
    @Query() query: RawQuery,
  ): Promise<Page<ActionBody>> {
    const paging = pagingParams(query);
    choiceParam(query, 'sort', ['creationDate']);
    const types = enumListParam(query, 'types', actionTypes);
    const statuses = enumListParam(query, 'statuses', actionStatusNames);
    const search = { ...parseShared(query), ...(types && { types }), ...(statuses && { statuses }) };
    const page = { ...paging, order: orderParam(query) };
    const { actions, total } = await this.queries.execute(new SearchActions(runScopeOf(team, principal), search, page));
    return springPage(actions, { ...paging, total });
  }

  @Get('summary')
  @Access('action/read', unreachable)
  @ApiOperation({ operationId: 'summary', summary: 'Get Actions Summary' })
  @ApiListFilter('workflows', 'List of Workflow IDs or names to filter for.')
  @ApiDates()
  @ApiAnswer('ActionSummary')
  summary(
    @CurrentTeam() team: TeamRef,
    @CurrentPrincipal() principal: Principal,
    @Query() query: RawQuery,
  ): Promise<ActionSummaryBody> {
    return this.queries.execute(new SummariseActions(runScopeOf(team, principal), parseShared(query)));
  }

  @Get(':actionId')
  @Access('action/read', unreachable)
  @ApiOperation({ operationId: 'get_3', summary: 'Retrieve an Action' })
  @ApiPathName('actionId', 'ID of Action')
  @ApiAnswer('Action')
  get(
    @CurrentTeam() team: TeamRef,
    @CurrentPrincipal() principal: Principal,
    @Param('actionId') actionId: string,
  ): Promise<ActionBody> {
    return this.queries.execute(new GetAction(runScopeOf(team, principal), actionId));
  }
}

function parseShared(query: RawQuery): ActionSearch {
  const workflows = listParam(query, 'workflows');
  const fromDate = dateParam(query, 'fromDate');
  const toDate = dateParam(query, 'toDate');
  return {
    ...(workflows && { workflows }),
    ...(fromDate !== undefined && { fromDate }),
    ...(toDate !== undefined && { toDate }),
  };
}

/** A user by name; any other token by its id. An approver group lists either. */
function deciderOf(principal: Principal): Decider {
  const id = actorOf(principal);
  const user = id.startsWith('user:') ? id.slice(5) : null;
  return {
    actioner: {
      id,
      name: principal.member?.name ?? user ?? principal.name ?? id,
      email: principal.member?.email ?? (user?.includes('@') ? user : null),
    },
    names: user === null ? [principal.tokenId] : [user, principal.member?.id ?? user, principal.member?.email ?? user],
  };
}
