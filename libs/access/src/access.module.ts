import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { PassportModule } from '@nestjs/passport';
import { GetTeamHandler, ListTeamsHandler, ListTokensHandler } from './application/access-queries.handlers';
import { CreateTeamHandler } from './application/create-team.handler';
import { SystemTokens } from './application/system-tokens';
import { CreateTokenHandler, DeleteTokenHandler } from './application/token.handlers';
import { AccessGuard } from './http/access.guard';
import { TeamController } from './http/team.controller';
import { TokenController } from './http/token.controller';
import { TokenStrategy } from './http/token.strategy';
import { AccessStore } from './read/access-store';

/** Guards every route of the program that imports it. */
@Module({
  imports: [CqrsModule, PassportModule],
  controllers: [TeamController, TokenController],
  providers: [
    AccessStore,
    TokenStrategy,
    SystemTokens,
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
