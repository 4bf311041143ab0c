import { Access, commandContext, CurrentPrincipal, CurrentTeamReach, personOf, type Principal } from '#libs/access';
import { type ReachInTeam, type SavedViewBody, type SavedViewRequest, savedViewRequestSchema } from '#libs/contracts';
import {
  ApiAnswer,
  ApiDone,
  ApiFaults,
  ApiListAnswer,
  ApiPathName,
  ApiRequest,
  ApiTeam,
  CheckedBody,
} from '#libs/http';
import { Controller, Delete, Get, HttpCode, Param, Post, Put, Req } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CreateSavedView } from '../application/create-saved-view.handler';
import { DeleteSavedView } from '../application/delete-saved-view.handler';
import { ListSavedViews } from '../application/list-saved-views.handler';
import { UpdateSavedView } from '../application/update-saved-view.handler';

/** Named filters of the list of runs. Views of the team need the permission view/write to change: the handlers ask. */
@ApiTags('Saved Views')
@ApiTeam()
@Controller('api/v2/team/:team/view')
export class SavedViewController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Access('view/read')
  @ApiListAnswer('SavedView')
  @ApiOperation({ operationId: 'listSavedViews', summary: 'The saved views of the team, and those of the person' })
  list(@CurrentTeamReach() reach: ReachInTeam, @CurrentPrincipal() principal: Principal): Promise<SavedViewBody[]> {
    return this.queries.execute(new ListSavedViews(reach, personIn(principal)));
  }

  @Post()
  @HttpCode(200)
  @Access('view/read')
  @ApiFaults(429)
  @ApiRequest('SavedViewRequest', true)
  @ApiAnswer('SavedView')
  @ApiOperation({ operationId: 'createSavedView', summary: 'Save filters of the list of runs under a name' })
  create(
    @CurrentTeamReach() reach: ReachInTeam,
    @CurrentPrincipal() principal: Principal,
    @CheckedBody(savedViewRequestSchema) body: SavedViewRequest,
    @Req() request: FastifyRequest,
  ): Promise<SavedViewBody> {
    return this.commands.execute(new CreateSavedView(reach, personIn(principal), body, commandContext(request)));
  }

  @Put(':viewId')
  @Access('view/read')
  @ApiPathName('viewId', 'ID of the saved view')
  @ApiRequest('SavedViewRequest', true)
  @ApiAnswer('SavedView')
  @ApiOperation({ operationId: 'updateSavedView', summary: 'Change a saved view' })
  update(
    @CurrentTeamReach() reach: ReachInTeam,
    @CurrentPrincipal() principal: Principal,
    @Param('viewId') id: string,
    @CheckedBody(savedViewRequestSchema) body: SavedViewRequest,
    @Req() request: FastifyRequest,
  ): Promise<SavedViewBody> {
    return this.commands.execute(new UpdateSavedView(reach, personIn(principal), id, body, commandContext(request)));
  }

  @Delete(':viewId')
  @Access('view/read')
  @ApiPathName('viewId', 'ID of the saved view')
  @ApiDone()
  @ApiOperation({ operationId: 'deleteSavedView', summary: 'Delete a saved view' })
  delete(
    @CurrentTeamReach() reach: ReachInTeam,
    @CurrentPrincipal() principal: Principal,
    @Param('viewId') id: string,
    @Req() request: FastifyRequest,
  ): Promise<Record<string, never>> {
    return this.commands.execute(new DeleteSavedView(reach, personIn(principal), id, commandContext(request)));
  }
}

/** The person as the team knows them: the same for each of their tokens. */
function personIn(principal: Principal): string | null {
  return principal.member?.id ?? personOf(principal);
}
