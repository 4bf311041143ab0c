import { Access, commandContext, CurrentPrincipal, CurrentTeamReach, personOf, type Principal } from '#libs/access';
import { actionStatuses, actionTypes } from '#libs/kernel';
import {
  type ActionBody,
  type ActionRequestBody,
  actionRequestsSchema,
  type ActionSummaryBody,
  allows,
  type ReachInTeam,
} from '#libs/contracts';
import {
  ApiAnswer,
  ApiCursorPaging,
  ApiDates,
  ApiListAnswer,
  ApiListFilter,
  ApiPathName,
  ApiSorting,
  ApiTeam,
  CheckedBody,
  cursorOf,
  cursorPaging,
  dateParam,
  enumListParam,
  listParam,
  type Page,
  type RawQuery,
  sortingParams,
  springPage,
} from '#libs/http';
import { Controller, Get, Param, Put, Query, Req } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { ActionSearch } from '../application/action-search';
import { DecideActions } from '../application/decide-actions.handler';
import { GetAction } from '../application/get-action.handler';
import { SearchActions } from '../application/search-actions.handler';
import { SummariseActions } from '../application/summarise-actions.handler';
import type { Decider } from '../domain';
import { actionColumns } from '../read/action-store';

const unreachable = { unreachable: 'ACTION_INVALID_REF' } as const;

/** Decisions of people: approvals and manual tasks. */
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
  @ApiListAnswer('Action')
  @ApiOperation({ operationId: 'decideActions', summary: 'Provide an update for one or more Actions' })
  @ApiBody({ required: true, schema: { type: 'array', items: { $ref: '#/components/schemas/ActionRequest' } } })
  decide(
    @CurrentTeamReach() reach: ReachInTeam,
    @CurrentPrincipal() principal: Principal,
    @CheckedBody(actionRequestsSchema) body: ActionRequestBody[],
    @Req() request: FastifyRequest,
  ): Promise<ActionBody[]> {
    const command = new DecideActions(reach, body, deciderOf(reach, principal), commandContext(request));
    return this.commands.execute(command);
  }

  @Get('query')
  @Access('action/read', unreachable)
  @ApiOperation({ operationId: 'queryActions', summary: 'Search for Actions' })
  @ApiListFilter('types', 'List of types to filter for. Defaults to all.', ['manual', 'approval'], actionTypes)
  @ApiListFilter(
    'statuses',
    'List of statuses to filter for. Defaults to all.',
    ['approved', 'rejected', 'submitted'],
    actionStatuses,
  )
  @ApiListFilter('workflows', 'List of Workflow IDs or names to filter for.')
  @ApiDates()
  @ApiCursorPaging()
  @ApiSorting(actionColumns, 'DESC')
  @ApiAnswer('PageAction')
  async query(@CurrentTeamReach() reach: ReachInTeam, @Query() query: RawQuery): Promise<Page<ActionBody>> {
    const types = enumListParam(query, 'types', actionTypes);
    const statuses = enumListParam(query, 'statuses', actionStatuses);
    const search = { ...parseShared(query), ...(types && { types }), ...(statuses && { statuses }) };
    const sorting = sortingParams(query, actionColumns, 'DESC');
    const list = { actionsOf: reach.team.id, search, ...sorting };
    const page = { ...cursorPaging(query, list), ...sorting };
    const { actions, total, next } = await this.queries.execute(new SearchActions(reach, search, page));
    return springPage(actions, { ...page, total, ...(next && { nextCursor: cursorOf(list, page.page + 1, next) }) });
  }

  @Get('summary')
  @Access('action/read', unreachable)
  @ApiOperation({ operationId: 'summariseActions', summary: 'Get Actions Summary' })
  @ApiListFilter('workflows', 'List of Workflow IDs or names to filter for.')
  @ApiDates()
  @ApiAnswer('ActionSummary')
  summary(@CurrentTeamReach() reach: ReachInTeam, @Query() query: RawQuery): Promise<ActionSummaryBody> {
    return this.queries.execute(new SummariseActions(reach, parseShared(query)));
  }

  @Get(':actionId')
  @Access('action/read', unreachable)
  @ApiOperation({ operationId: 'getAction', summary: 'Retrieve an Action' })
  @ApiPathName('actionId', 'ID of Action')
  @ApiAnswer('Action')
  get(@CurrentTeamReach() reach: ReachInTeam, @Param('actionId') actionId: string): Promise<ActionBody> {
    return this.queries.execute(new GetAction(reach, actionId));
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

/**
 * Approvals count people: all tokens of one person are that person, and all tokens that belong to no person (a team's,
 * the installation's) are one approver, who is in no approver group.
 */
function deciderOf(reach: ReachInTeam, principal: Principal): Decider {
  const person = personOf(principal);
  const ofInstallation = reach.kind === 'team' && reach.ofInstallation;
  if (person === null) {
    const id = ofInstallation ? 'installation' : `team:${reach.team.id}`;
    return { actioner: { id, name: principal.name ?? id, email: null }, names: [], isOwner: ofInstallation };
  }
  const { member } = principal;
  return {
    actioner: {
      id: `user:${member?.id ?? person}`,
      name: member?.name ?? person,
      email: member?.email ?? (person.includes('@') ? person : null),
    },
    names: [person, member?.id ?? person, member?.email ?? person],
    isOwner: member?.role === 'owner' && allows(reach.permissions, 'team/manage'),
  };
}
