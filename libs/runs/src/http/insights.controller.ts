import { Access, CurrentTeamReach } from '#libs/access';
import type { InsightsBody, ReachInTeam, TextSearchBody } from '#libs/contracts';
import { ApiAnswer, ApiDates, ApiInteger, ApiListFilter, ApiTeam, type RawQuery } from '#libs/http';
import { type Clock, CLOCK, runStatuses } from '#libs/kernel';
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { GetInsights } from '../application/get-insights.handler';
import { SearchRunTexts } from '../application/search-text.handler';
import { searchBounds } from '../domain';
import { insightPeriods } from '../read/run-insights';
import { mostWorkflows, parseInsights, parseTextSearch } from './insights-query';

/** What follows the ledger a moment behind: how runs ended, and where a text is found. */
@ApiTags('Insights')
@ApiTeam()
@Controller('api/v2/team/:team')
export class InsightsController {
  constructor(
    private readonly queries: QueryBus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('insights')
  @Access('workflowrun/read')
  @ApiOperation({
    operationId: 'getTeamInsights',
    summary: 'How the runs of a team ended, how long they took and waited, and why they failed',
  })
  @ApiListFilter('workflows', `Ids or names of at most ${mostWorkflows} workflows. Defaults to all.`, ['nightly'])
  @ApiListFilter('statuses', 'How the runs ended. Defaults to all.', ['failed'], runStatuses)
  @ApiDates()
  @ApiQuery({
    name: 'period',
    required: false,
    enum: insightPeriods,
    description:
      'At most 168 hours, 400 days (the default) or 104 weeks, from Monday on. Periods are whole, and of UTC.',
  })
  @ApiAnswer('WorkflowRunInsight')
  insights(@CurrentTeamReach() reach: ReachInTeam, @Query() query: RawQuery): Promise<InsightsBody> {
    return this.queries.execute(new GetInsights(reach, parseInsights(query, this.clock.now())));
  }

  @Get('search')
  @Access('workflowrun/read')
  @ApiOperation({
    operationId: 'searchRunTexts',
    summary: 'Find runs by the names of their workflows, their ids, labels, messages and searchable results',
  })
  @ApiQuery({
    name: 'q',
    required: true,
    schema: { type: 'string', minLength: 1, maxLength: searchBounds.text },
    description: `At most ${searchBounds.words} words, all of which must be there; each is the beginning of one. key=value finds labels; 8 or more hex digits, ids by their beginning.`,
  })
  @ApiInteger('limit', 'Runs of the page.', { default: 20, minimum: 1, maximum: 100 })
  @ApiQuery({ name: 'cursor', required: false, schema: { type: 'string' }, description: '`next` of the page before.' })
  @ApiAnswer('TextSearch')
  search(@CurrentTeamReach() reach: ReachInTeam, @Query() query: RawQuery): Promise<TextSearchBody> {
    return this.queries.execute(new SearchRunTexts(reach, parseTextSearch(query)));
  }
}
