import { Access, CurrentTeamReach } from '#libs/access';
import type { HistoryPageBody, ReachInTeam, WorkflowDifferenceBody, WorkflowSavesBody } from '#libs/contracts';
import {
  ApiAnswer,
  ApiChanges,
  ApiFaults,
  ApiHistory,
  ApiHistoryPage,
  ApiPathName,
  ApiRequiredInteger,
  ApiTeam,
  changesParams,
  historyPageParams,
  historyParams,
  pageOfChanges,
  type RawQuery,
  requiredIntParam,
} from '#libs/http';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { DiffWorkflow } from '../application/diff-workflow.handler';
import { ListWorkflowEvents } from '../application/list-workflow-events.handler';
import { ListWorkflowSaves } from '../application/list-workflow-saves.handler';
import { workflowEventTypes } from '../read/shown-save';

const unreachable = { unreachable: 'WORKFLOW_INVALID_REFERENCE' } as const;
const versions = { min: 1, max: 2_147_483_647 };

/** What happened to a workflow, also to a deleted one. */
@ApiTags('Workflows')
@ApiTeam()
@Controller('api/v2/team/:team/workflow/:name')
export class WorkflowHistoryController {
  constructor(private readonly queries: QueryBus) {}

  @Get('events')
  @Access('workflow/read', unreachable)
  @ApiOperation({ operationId: 'listWorkflowEvents', summary: 'List the events of a Workflow, oldest first.' })
  @ApiPathName('name', 'Workflow name or id', 'my-amazing-workflow')
  @ApiHistory(workflowEventTypes)
  @ApiAnswer('HistoryPage')
  events(
    @CurrentTeamReach() reach: ReachInTeam,
    @Param('name') name: string,
    @Query() query: RawQuery,
  ): Promise<HistoryPageBody> {
    return this.queries.execute(new ListWorkflowEvents(reach, name, historyParams(query, workflowEventTypes)));
  }

  @Get('revisions')
  @Access('workflow/read', unreachable)
  @ApiOperation({
    operationId: 'listWorkflowRevisions',
    summary: 'List the saves of a Workflow, oldest first: who changed what, when and why.',
  })
  @ApiPathName('name', 'Workflow name or id', 'my-amazing-workflow')
  @ApiHistoryPage()
  @ApiAnswer('WorkflowRevisions')
  revisions(
    @CurrentTeamReach() reach: ReachInTeam,
    @Param('name') name: string,
    @Query() query: RawQuery,
  ): Promise<WorkflowSavesBody> {
    return this.queries.execute(new ListWorkflowSaves(reach, name, historyPageParams(query)));
  }

  @Get('diff')
  @Access('workflow/read', unreachable)
  @ApiFaults(409)
  @ApiOperation({
    operationId: 'diffWorkflow',
    summary: 'List what differs between two revisions of a Workflow, field by field.',
  })
  @ApiPathName('name', 'Workflow name or id', 'my-amazing-workflow')
  @ApiRequiredInteger('from', 'The version before', { minimum: 1 })
  @ApiRequiredInteger('to', 'The version after', { minimum: 1 })
  @ApiChanges()
  @ApiAnswer('WorkflowDifference')
  async diff(
    @CurrentTeamReach() reach: ReachInTeam,
    @Param('name') name: string,
    @Query() query: RawQuery,
  ): Promise<WorkflowDifferenceBody> {
    const from = requiredIntParam(query, 'from', versions);
    const to = requiredIntParam(query, 'to', versions);
    const page = changesParams(query);
    return { from, to, ...pageOfChanges(await this.queries.execute(new DiffWorkflow(reach, name, from, to)), page) };
  }
}
