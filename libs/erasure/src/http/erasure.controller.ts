import { Access, commandContext, CurrentInstallation, CurrentTeamReach } from '#libs/access';
import {
  type ErasureBody,
  type ErasureRequest,
  erasureRequestSchema,
  type InstallationReach,
  type ReachInTeam,
} from '#libs/contracts';
import {
  ApiAnswer,
  ApiPaging,
  ApiRequest,
  ApiTeam,
  CheckedBody,
  type Page,
  pagingParams,
  type RawQuery,
  springPage,
} from '#libs/http';
import { Controller, Get, HttpCode, Post, Query, Req } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ErasePersonalData } from '../application/erase-personal-data.handler';
import { ListErasures } from '../application/list-erasures.handler';

const ofAll = { installation: 'only a global token erases what all teams have recorded.' } as const;

/** Personal values are forgotten by throwing their keys away: see docs/audit.md. */
@ApiTags('Audit')
@Controller('api/v2')
export class ErasureController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post('team/:team/erasures')
  @HttpCode(200)
  @ApiTeam()
  @Access('erasure/write')
  @ApiRequest('ErasureRequest', true)
  @ApiAnswer('Erasure')
  @ApiOperation({ operationId: 'erasePersonalData', summary: 'Erase what a team has recorded of a person' })
  eraseInTeam(
    @CurrentTeamReach() reach: ReachInTeam,
    @CheckedBody(erasureRequestSchema) body: ErasureRequest,
    @Req() request: FastifyRequest,
  ): Promise<ErasureBody> {
    return this.commands.execute(new ErasePersonalData(reach, body, commandContext(request)));
  }

  @Get('team/:team/erasures')
  @ApiTeam()
  @Access('erasure/read')
  @ApiPaging()
  @ApiAnswer('PageErasure')
  @ApiOperation({ operationId: 'listTeamErasures', summary: 'What was erased in a team, when, by whom and why' })
  listOfTeam(@CurrentTeamReach() reach: ReachInTeam, @Query() query: RawQuery): Promise<Page<ErasureBody>> {
    return this.page(reach, query);
  }

  @Post('erasures')
  @HttpCode(200)
  @Access('erasure/write', ofAll)
  @ApiRequest('ErasureRequest', true)
  @ApiAnswer('Erasure')
  @ApiOperation({
    operationId: 'erasePersonalDataEverywhere',
    summary: 'Erase everything that was recorded of a person',
  })
  erase(
    @CurrentInstallation() reach: InstallationReach,
    @CheckedBody(erasureRequestSchema) body: ErasureRequest,
    @Req() request: FastifyRequest,
  ): Promise<ErasureBody> {
    return this.commands.execute(new ErasePersonalData(reach, body, commandContext(request)));
  }

  @Get('erasures')
  @Access('erasure/read', { installation: 'only a global token sees the erasures of all teams.' })
  @ApiPaging()
  @ApiAnswer('PageErasure')
  @ApiOperation({ operationId: 'listErasures', summary: 'What was erased in all teams, when, by whom and why' })
  list(@CurrentInstallation() reach: InstallationReach, @Query() query: RawQuery): Promise<Page<ErasureBody>> {
    return this.page(reach, query);
  }

  private async page(reach: ReachInTeam | InstallationReach, query: RawQuery): Promise<Page<ErasureBody>> {
    const paging = pagingParams(query);
    const { erasures, total } = await this.queries.execute(new ListErasures(reach, paging));
    return springPage(erasures, { ...paging, total });
  }
}
