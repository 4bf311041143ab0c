import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { PassportModule } from '@nestjs/passport';
import { GetTeamHandler, ListTeamsHandler, ListTokensHandler } from './application/access-queries.handlers';
import { CreateTeamHandler } from './application/create-team.handler';
import { CreateTokenHandler } from './application/create-token.handler';
import { DeleteTokenHandler } from './application/delete-token.handler';
import {
  ListGlobalParametersHandler,
  RemoveGlobalParameterHandler,
  SetGlobalParameterHandler,
} from './application/global-parameters.handlers';
import {
  FindApproverGroupHandler,
  FindPeopleNamesHandler,
  FindTeamByIdHandler,
  FindTeamRunSettingsHandler,
  WasTeamNamedHandler,
} from './application/run-settings.handlers';
import { RemoveFromTeamHandler } from './application/remove-from-team.handler';
import { SystemTokens } from './application/system-tokens';
import { UpdateTeamHandler } from './application/update-team.handler';
import { AccessGate } from './http/access-gate';
import { AccessGuard } from './http/access.guard';
import { ParameterController } from './http/parameter.controller';
import { TeamController } from './http/team.controller';
import { TokenController } from './http/token.controller';
import { TokenStrategy } from './http/token.strategy';
import { TokenWatch } from './http/token-watch';
import { AccessStore } from './read/access-store';
import { ReachMaker } from './read/reach-maker';
import { TeamView } from './read/team-view';

/** Guards every route of a program that imports this module. */
@Module({
  imports: [CqrsModule, PassportModule],
  controllers: [TeamController, ParameterController, TokenController],
  providers: [
    AccessStore,
    TokenStrategy,
    ReachMaker,
    AccessGate,
    TokenWatch,
    SystemTokens,
    TeamView,
    UpdateTeamHandler,
    RemoveFromTeamHandler,
    ListGlobalParametersHandler,
    SetGlobalParameterHandler,
    RemoveGlobalParameterHandler,
    FindTeamRunSettingsHandler,
    FindApproverGroupHandler,
    FindTeamByIdHandler,
    FindPeopleNamesHandler,
    WasTeamNamedHandler,
    CreateTeamHandler,
    CreateTokenHandler,
    DeleteTokenHandler,
    GetTeamHandler,
    ListTeamsHandler,
    ListTokensHandler,
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
  exports: [SystemTokens, AccessGate, TokenWatch],
})
export class AccessModule {}
