import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { PassportModule } from '@nestjs/passport';
import { GetTeamHandler, ListTeamsHandler, ListTokensHandler } from './application/access-queries.handlers';
import { CreateTeamHandler } from './application/create-team.handler';
import {
  ListGlobalParametersHandler,
  RemoveGlobalParameterHandler,
  SetGlobalParameterHandler,
} from './application/global-parameters.handlers';
import {
  FindApproverGroupHandler,
  FindTeamByIdHandler,
  FindTeamRunSettingsHandler,
  IsTeamMemberHandler,
} from './application/run-settings.handlers';
import { SystemTokens } from './application/system-tokens';
import { CreateTokenHandler, DeleteTokenHandler } from './application/token.handlers';
import { RemoveFromTeamHandler, UpdateTeamHandler } from './application/update-team.handler';
import { AccessGuard } from './http/access.guard';
import { ParameterController } from './http/parameter.controller';
import { TeamController } from './http/team.controller';
import { TokenController } from './http/token.controller';
import { TokenStrategy } from './http/token.strategy';
import { AccessStore } from './read/access-store';
import { TeamView } from './read/team-view';

/** Guards every route of the program that imports it. */
@Module({
  imports: [CqrsModule, PassportModule],
  controllers: [TeamController, ParameterController, TokenController],
  providers: [
    AccessStore,
    TokenStrategy,
    SystemTokens,
    TeamView,
    UpdateTeamHandler,
    RemoveFromTeamHandler,
    ListGlobalParametersHandler,
    SetGlobalParameterHandler,
    RemoveGlobalParameterHandler,
    FindTeamByIdHandler,
    FindTeamRunSettingsHandler,
    FindApproverGroupHandler,
    IsTeamMemberHandler,
    FindTeamByIdHandler,
    CreateTeamHandler,
    CreateTokenHandler,
    DeleteTokenHandler,
    GetTeamHandler,
    ListTeamsHandler,
    ListTokensHandler,
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
  exports: [SystemTokens],
})
export class AccessModule {}
