import { tokenTypes } from '#libs/kernel';
import {
  type HistoryPageBody,
  type Reach,
  type TokenBody,
  type TokenCreateRequest,
  tokenCreateRequestSchema,
  type TokenCreateResponse,
} from '#libs/contracts';
import {
  ApiAnswer,
  ApiDates,
  ApiDone,
  ApiHistory,
  ApiListFilter,
  ApiOrder,
  ApiPaging,
  ApiPathName,
  ApiRequest,
  ApiSort,
  CheckedBody,
  choiceParam,
  dateParam,
  enumListParam,
  historyParams,
  listParam,
  orderParam,
  type Page,
  pagingParams,
  type RawQuery,
  springPage,
} from '#libs/http';
import { Controller, Delete, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ListTokenEvents } from '../application/list-token-events.handler';
import { ListTokens } from '../application/list-tokens.handler';
import { CreateTokenCommand } from '../application/create-token.handler';
import { DeleteTokenCommand } from '../application/delete-token.handler';
import { Access, CurrentPrincipal, CurrentReach } from './access.decorators';
import { commandContext } from './command-context';
import { personOf, type Principal } from '../domain';
import { tokenEventTypes } from '../read/shown-event';

/** People manage their own tokens; owners manage those of a team. */
const own = { isOwn: true } as const;

@ApiTags('Token Management')
@Controller('api/v2/token')
export class TokenController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @HttpCode(200)
  @Access('token/write', own)
  @ApiOperation({ operationId: 'createToken', summary: 'Create Token' })
  @ApiRequest('TokenCreateRequest', true)
  @ApiAnswer('TokenCreateResponse')
  create(
    @CheckedBody(tokenCreateRequestSchema) body: TokenCreateRequest,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<TokenCreateResponse> {
    return this.commands.execute(new CreateTokenCommand(reach, body, principal, commandContext(request)));
  }

  @Get('query')
  @Access('token/read', own)
  @ApiOperation({ operationId: 'queryTokens', summary: 'Search for Tokens' })
  @ApiListFilter('types', 'List of types to filter for. Defaults to all.', ['team', 'workflow'], tokenTypes)
  @ApiListFilter('principals', 'List of principals to filter for.')
  @ApiPaging()
  @ApiOrder('order', 'ASC')
  @ApiSort(['creationDate', 'name'])
  @ApiDates()
  @ApiAnswer('PageToken')
  async query(
    @Query() query: RawQuery,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<TokenBody>> {
    const paging = pagingParams(query);
    const types = enumListParam(query, 'types', tokenTypes);
    const principals = listParam(query, 'principals');
    const fromDate = dateParam(query, 'fromDate');
    const toDate = dateParam(query, 'toDate');
    const { tokens, total } = await this.queries.execute(
      new ListTokens(reach, personOf(principal), {
        ...paging,
        order: orderParam(query),
        sort: choiceParam(query, 'sort', ['creationDate', 'name']) ?? 'creationDate',
        ...(types && { types }),
        ...(principals && { principals }),
        ...(fromDate !== undefined && { fromDate }),
        ...(toDate !== undefined && { toDate }),
      }),
    );
    return springPage(tokens, { ...paging, total });
  }

  @Get(':id/events')
  @Access('token/read', own)
  @ApiPathName('id', 'ID of Token')
  @ApiOperation({ operationId: 'listTokenEvents', summary: 'List the events of a token: who made and revoked it.' })
  @ApiHistory(tokenEventTypes)
  @ApiAnswer('HistoryPage')
  events(
    @Param('id') id: string,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Query() query: RawQuery,
  ): Promise<HistoryPageBody> {
    return this.queries.execute(new ListTokenEvents(reach, id, principal, historyParams(query, tokenEventTypes)));
  }

  @Delete(':id')
  @Access('token/delete', own)
  @ApiDone()
  @ApiPathName('id', 'ID of Token')
  @ApiOperation({ operationId: 'deleteToken', summary: 'Delete Token' })
  remove(
    @Param('id') id: string,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<Record<string, never>> {
    return this.commands.execute(new DeleteTokenCommand(reach, id, principal, commandContext(request)));
  }
}
