import { Access, commandContext, CurrentPrincipal, CurrentTeamReach, type Principal } from '#libs/access';
import {
  type BulkBody,
  type BulkPreviewBody,
  type BulkRequest,
  bulkRequestSchema,
  type BulkRunBody,
  type ReachInTeam,
} from '#libs/contracts';
import {
  ApiAnswer,
  ApiEitherAnswer,
  ApiFaults,
  ApiListFilter,
  ApiPaging,
  ApiPathName,
  ApiRequest,
  ApiTeam,
  CheckedBody,
  enumListParam,
  type Page,
  pagingParams,
  type RawQuery,
  springPage,
} from '#libs/http';
import { bulkOutcomes, bulkStatuses } from '#libs/kernel';
import { Controller, Get, HttpCode, Param, Post, Put, Query, Req } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CancelBulk } from '../application/cancel-bulk.handler';
import { CreateBulk } from '../application/create-bulk.handler';
import { GetBulk } from '../application/get-bulk.handler';
import { ListBulkRuns } from '../application/list-bulk-runs.handler';
import { ListBulks } from '../application/list-bulks.handler';
import { PreviewBulk } from '../application/preview-bulk.handler';

/** One action on many runs: see docs/api.md. */
@ApiTags('Bulk')
@ApiTeam()
@Controller('api/v2/team/:team/bulk')
export class BulkController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @HttpCode(200)
  @Access('workflowrun/action')
  @ApiFaults(429)
  @ApiRequest('BulkRequest', true)
  @ApiEitherAnswer('Bulk', 'BulkPreview')
  @ApiOperation({ operationId: 'createBulk', summary: 'Cancel or retry many runs, or say what would come of it' })
  create(
    @CurrentTeamReach() reach: ReachInTeam,
    @CurrentPrincipal() { tokenId }: Principal,
    @CheckedBody(bulkRequestSchema) body: BulkRequest,
    @Req() request: FastifyRequest,
  ): Promise<BulkBody | BulkPreviewBody> {
    if (body.dryRun) return this.commands.execute(new PreviewBulk(reach, body));
    return this.commands.execute(new CreateBulk(reach, body, commandContext(request), tokenId));
  }

  @Get('query')
  @Access('workflowrun/read')
  @ApiListFilter('statuses', 'List of statuses to filter for. Defaults to all.', ['running'], bulkStatuses)
  @ApiPaging()
  @ApiAnswer('PageBulk')
  @ApiOperation({ operationId: 'queryBulks', summary: 'Bulk jobs, newest first' })
  async list(@CurrentTeamReach() reach: ReachInTeam, @Query() query: RawQuery): Promise<Page<BulkBody>> {
    const paging = pagingParams(query);
    const statuses = enumListParam(query, 'statuses', bulkStatuses);
    const { jobs, total } = await this.queries.execute(new ListBulks(reach, { ...paging, statuses }));
    return springPage(jobs, { ...paging, total });
  }

  @Get(':bulkId')
  @Access('workflowrun/read')
  @ApiPathName('bulkId', 'ID of the bulk job')
  @ApiAnswer('Bulk')
  @ApiOperation({ operationId: 'getBulk', summary: 'A bulk job, and how far it is' })
  get(@CurrentTeamReach() reach: ReachInTeam, @Param('bulkId') id: string): Promise<BulkBody> {
    return this.queries.execute(new GetBulk(reach, id));
  }

  @Get(':bulkId/runs')
  @Access('workflowrun/read')
  @ApiPathName('bulkId', 'ID of the bulk job')
  @ApiListFilter('outcome', 'List of outcomes to filter for. Defaults to all.', ['refused'], bulkOutcomes)
  @ApiPaging()
  @ApiAnswer('PageBulkRun')
  @ApiOperation({ operationId: 'listBulkRuns', summary: 'The runs of a bulk job, with what came of each' })
  async runs(
    @CurrentTeamReach() reach: ReachInTeam,
    @Param('bulkId') id: string,
    @Query() query: RawQuery,
  ): Promise<Page<BulkRunBody>> {
    const paging = pagingParams(query);
    const outcomes = enumListParam(query, 'outcome', bulkOutcomes);
    const { runs, total } = await this.queries.execute(new ListBulkRuns(reach, id, { ...paging, outcomes }));
    return springPage(runs, { ...paging, total });
  }

  @Put(':bulkId/cancel')
  @Access('workflowrun/action')
  @ApiPathName('bulkId', 'ID of the bulk job')
  @ApiAnswer('Bulk')
  @ApiOperation({ operationId: 'cancelBulk', summary: 'End a bulk job: it leaves the runs that it has not come to' })
  cancel(
    @CurrentTeamReach() reach: ReachInTeam,
    @Param('bulkId') id: string,
    @Req() request: FastifyRequest,
  ): Promise<BulkBody> {
    return this.commands.execute(new CancelBulk(reach, id, commandContext(request)));
  }
}
