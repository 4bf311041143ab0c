import {
  type TokenBody,
  type TokenCreateRequest,
  tokenCreateRequestSchema,
  type TokenCreateResponse,
  tokenTypes,
} from '#libs/contracts';
import {
  ApiAnswer,
  ApiDates,
  ApiListFilter,
  ApiOrder,
  ApiPaging,
  ApiRequest,
  ApiSort,
  choiceParam,
  dateParam,
  enumListParam,
  listParam,
  orderParam,
  type Page,
  pagingParams,
  type RawQuery,
  springPage,
} from '#libs/http';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ListTokens } from '../application/access-queries.handlers';
import { CreateTokenCommand, DeleteTokenCommand } from '../application/token.handlers';
import { Access, CurrentPrincipal } from './access.decorators';
import { commandContext } from './command-context';
import type { Principal } from '../domain';

@ApiTags('Token Management')
@Controller('api/v2/token')
export class TokenController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @HttpCode(200)
  @Access('token/write')
  @ApiOperation({ operationId: 'createToken', summary: 'Create Token' })
  @ApiRequest('TokenCreateRequest', true)
  @ApiAnswer('TokenCreateResponse')
  create(
    @Body({ schema: tokenCreateRequestSchema }) body: TokenCreateRequest,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<TokenCreateResponse> {
    return this.commands.execute(new CreateTokenCommand(body, principal, commandContext(request)));
  }

  @Get('query')
  @Access('token/read')
  @ApiOperation({ operationId: 'query_1', summary: 'Search for Tokens' })
  @ApiListFilter('types', 'List of types to filter for. Defaults to all.')
  @ApiListFilter('principals', 'List of principals to filter for.')
  @ApiPaging()
  @ApiOrder('order', 'ASC')
  @ApiSort(['creationDate', 'name'])
  @ApiDates()
  @ApiAnswer('PageToken')
  async query(@Query() query: RawQuery, @CurrentPrincipal() principal: Principal): Promise<Page<TokenBody>> {
    const paging = pagingParams(query);
    const isGlobal = principal.type === 'global';
    const types = isGlobal ? enumListParam(query, 'types', tokenTypes) : [principal.type];
    const principals = isGlobal ? listParam(query, 'principals') : [principal.principal ?? ''];
    const fromDate = dateParam(query, 'fromDate');
    const toDate = dateParam(query, 'toDate');
    const { tokens, total } = await this.queries.execute(
      new ListTokens({
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

  @Delete(':id')
  @Access('token/delete')
  @ApiOperation({ operationId: 'deleteToken', summary: 'Delete Token' })
  remove(
    @Param('id') id: string,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<Record<string, never>> {
    return this.commands.execute(new DeleteTokenCommand(id, principal, commandContext(request)));
  }
}
