import type { Reach, SessionBody } from '#libs/contracts';
import { ApiAnswer, ApiDone, ApiWithoutReason, ApiWithoutReceipt } from '#libs/http';
import { Controller, Delete, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GetSession } from '../application/get-session.handler';
import type { Principal } from '../domain';
import { AnyToken, CurrentPrincipal, CurrentReach } from './access.decorators';
import { endedSessionCookie, sessionCookie } from './session-cookie';

/** A browser's session: a cookie that keeps the token where no script can read it. It ends when its token ends. */
@ApiTags('Sessions')
@Controller('api/v2/session')
export class SessionController {
  constructor(private readonly queries: QueryBus) {}

  @Post()
  @HttpCode(200)
  @AnyToken()
  @ApiWithoutReceipt()
  @ApiWithoutReason()
  @ApiOperation({
    operationId: 'startSession',
    summary:
      'Keep the token of this request in a cookie, which counts in requests with the header X-Runledger-Session.',
  })
  @ApiAnswer('Session')
  start(
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionBody> {
    void reply.header('Set-Cookie', sessionCookie(request, principal.credential));
    return this.queries.execute(new GetSession(reach, principal));
  }

  @Get()
  @AnyToken()
  @ApiOperation({ operationId: 'getSession', summary: 'Who the token is, and what it may do in which teams.' })
  @ApiAnswer('Session')
  get(@CurrentReach() reach: Reach, @CurrentPrincipal() principal: Principal): Promise<SessionBody> {
    return this.queries.execute(new GetSession(reach, principal));
  }

  @Delete()
  @AnyToken()
  @ApiWithoutReceipt()
  @ApiWithoutReason()
  @ApiDone()
  @ApiOperation({ operationId: 'endSession', summary: 'Remove the cookie. The token stays valid.' })
  end(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Record<string, never> {
    void reply.header('Set-Cookie', endedSessionCookie(request));
    return {};
  }
}
