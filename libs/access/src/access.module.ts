import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { PassportModule } from '@nestjs/passport';
import { GetSessionHandler } from './application/get-session.handler';
import { GetTeamHandler } from './application/get-team.handler';
import { ListTeamEventsHandler } from './application/list-team-events.handler';
import { ListTokenEventsHandler } from './application/list-token-events.handler';
import { ListTeamsHandler } from './application/list-teams.handler';
import { ListTokensHandler } from './application/list-tokens.handler';
import { CreateTeamHandler } from './application/create-team.handler';
import { CreateTokenHandler } from './application/create-token.handler';
import { DeleteTokenHandler } from './application/delete-token.handler';
import { ListGlobalParametersHandler } from './application/list-global-parameters.handler';
import { RemoveGlobalParameterHandler } from './application/remove-global-parameter.handler';
import { SetGlobalParameterHandler } from './application/set-global-parameter.handler';
import { FindActorNamesHandler } from './application/find-actor-names.handler';
import { FindTeamNamesHandler } from './application/find-team-names.handler';
import { FindTeamNamesAtHandler } from './application/find-team-names-at.handler';
import { FindRetentionsHandler } from './application/find-retentions.handler';
import { FindReachOfTokenHandler } from './application/find-reach-of-token.handler';
import { FindServingTokensHandler } from './application/find-serving-tokens.handler';
import { FindApproverGroupHandler } from './application/find-approver-group.handler';
import { FindKeptReasonHandler } from './application/find-kept-reason.handler';
import { FindPeopleNamesHandler } from './application/find-people-names.handler';
import { FindTeamByIdHandler } from './application/find-team-by-id.handler';
import { FindTeamRunSettingsHandler } from './application/find-team-run-settings.handler';
import { WasTeamNamedHandler } from './application/was-team-named.handler';
import { RemoveFromTeamHandler } from './application/remove-from-team.handler';
import { SystemTokens } from './application/system-tokens';
import { UpdateTeamHandler } from './application/update-team.handler';
import { AccessGate } from './http/access-gate';
import { AccessGuard } from './http/access.guard';
import { ParameterController } from './http/parameter.controller';
import { SessionController } from './http/session.controller';
import { TeamController } from './http/team.controller';
import { TokenController } from './http/token.controller';
import { TokenStrategy } from './http/token.strategy';
import { TokenWatch } from './http/token-watch';
import { AccessStore } from './read/access-store';
import { ReachMaker } from './read/reach-maker';
import { Reasons } from './read/reasons';
import { TeamView } from './read/team-view';

/** Guards every route of a program that imports this module. */
@Module({
  imports: [CqrsModule, PassportModule],
  controllers: [TeamController, ParameterController, TokenController, SessionController],
  providers: [
    AccessStore,
    TokenStrategy,
    ReachMaker,
    Reasons,
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
    FindKeptReasonHandler,
    FindPeopleNamesHandler,
    FindActorNamesHandler,
    FindTeamNamesAtHandler,
    FindTeamNamesHandler,
    FindRetentionsHandler,
    FindReachOfTokenHandler,
    FindServingTokensHandler,
    WasTeamNamedHandler,
    CreateTeamHandler,
    CreateTokenHandler,
    DeleteTokenHandler,
    GetSessionHandler,
    GetTeamHandler,
    ListTeamsHandler,
    ListTokensHandler,
    ListTeamEventsHandler,
    ListTokenEventsHandler,
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
  exports: [SystemTokens, AccessGate, TokenWatch],
})
export class AccessModule {}
