import { Access, CurrentPrincipal, CurrentReach, type Principal, sealedOrigin, TokenWatch } from '#libs/access';
import {
  type AgentRegistration,
  agentRegistrationSchema,
  type Heartbeat,
  type HeartbeatRequest,
  heartbeatRequestSchema,
  type Reach,
} from '#libs/contracts';
import {
  ApiAnswer,
  ApiFaults,
  ApiInteger,
  ApiListAnswer,
  ApiNothing,
  ApiTextAnswer,
  ApiWithoutReason,
  ApiWithoutReceipt,
  CheckedBody,
  intParam,
  receiptKeyOf,
} from '#libs/http';
import { RefusedError } from '#libs/kernel';
import { applyDecorators, Controller, Get, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { maxPollsOfToken } from '../application/bounds';
import { Dispatcher, type Work } from '../application/dispatcher';
import { ForgottenItems } from '../application/forgotten-items';
import { Leases } from '../application/leases';
import { Registration } from '../application/registration';
import { AgentStore } from '../application/agent-store';

const optionalHeartbeat = heartbeatRequestSchema.nullish();

type PollQuery = Readonly<Record<string, string | string[] | undefined>>;

function ApiPoll() {
  return applyDecorators(
    ApiInteger('wait', 'Seconds to wait if there is nothing', { default: 30, minimum: 0, maximum: 60 }),
    ApiInteger('limit', 'Items to claim at most', { default: 1, minimum: 0, maximum: 1000 }),
    ApiFaults(429),
  );
}

/** The agents' side of the protocol: registration, and long polls for work. `docs/agents.md` is its specification. */
@ApiTags('Agents')
@Controller('api/v1/agent')
export class AgentController {
  constructor(
    private readonly registration: Registration,
    private readonly agents: AgentStore,
    private readonly dispatcher: Dispatcher,
    private readonly leases: Leases,
    private readonly forgotten: ForgottenItems,
    private readonly tokens: TokenWatch,
  ) {}

  @Post('register')
  @HttpCode(200)
  @Access('taskrun/action')
  @ApiTextAnswer('The id of the agent')
  @ApiFaults(429)
  @ApiWithoutReason()
  @ApiOperation({ operationId: 'registerAgent', summary: 'Register an agent. Answers its id as text.' })
  async register(
    @CheckedBody(agentRegistrationSchema) body: AgentRegistration,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const wanted = {
      tokenId: principal.tokenId,
      name: body.name ?? body.host,
      host: body.host,
      version: body.version === null || body.version === undefined ? null : String(body.version),
      taskTypes: [...new Set(body.taskTypes)],
    };
    const agent = await this.registration.register(wanted, receiptKeyOf(request, principal.tokenId));
    void reply.type('text/plain; charset=utf-8');
    return agent.id;
  }

  @Get(':agentId/workflows')
  @Access('taskrun/action', { acts: true })
  @ApiListAnswer('AgentWork')
  @ApiNothing('Nothing came')
  @ApiOperation({
    operationId: 'pollWorkflowRuns',
    summary: 'Long poll for runs to start or to finalize. 204 when none came.',
  })
  @ApiPoll()
  workflows(
    @Param('agentId') agentId: string,
    @Query() query: PollQuery,
    @CurrentPrincipal() principal: Principal,
    @CurrentReach() reach: Reach,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Work[] | undefined> {
    return this.poll('workflows', agentId, query, { principal, reach }, request, reply);
  }

  @Get(':agentId/tasks')
  @Access('taskrun/action', { acts: true })
  @ApiListAnswer('AgentWork')
  @ApiNothing('Nothing came')
  @ApiOperation({
    operationId: 'pollTaskRuns',
    summary: 'Long poll for tasks to execute or to stop. 204 when none came.',
  })
  @ApiPoll()
  tasks(
    @Param('agentId') agentId: string,
    @Query() query: PollQuery,
    @CurrentPrincipal() principal: Principal,
    @CurrentReach() reach: Reach,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Work[] | undefined> {
    return this.poll('tasks', agentId, query, { principal, reach }, request, reply);
  }

  @Put(':agentId/heartbeat')
  @Access('taskrun/action')
  @ApiWithoutReceipt()
  @ApiOperation({ operationId: 'sendHeartbeat', summary: "Extend the agent's leases. Answers what it still holds." })
  @ApiAnswer('AgentHeartbeat')
  async heartbeat(
    @Param('agentId') agentId: string,
    @CheckedBody(optionalHeartbeat) body: HeartbeatRequest | null | undefined,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Heartbeat> {
    const agent = await this.agents.ofToken(agentId, principal.tokenId);
    if (body?.items) await this.forgotten.takeBack(agent.id, body.items);
    const held = await this.leases.extend(agent.id);
    const items = held.map(({ id, fence, kind }) => ({
      id,
      fence,
      kind: kind === 'task' ? ('taskrun' as const) : ('workflowrun' as const),
    }));
    return { leaseSeconds: this.leases.seconds, items };
  }

  private async poll(
    queue: 'workflows' | 'tasks',
    agentId: string,
    query: PollQuery,
    { principal, reach }: { readonly principal: Principal; readonly reach: Reach },
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<Work[] | undefined> {
    const wait = intParam(query, 'wait', { min: 0, max: 60, default: 30 });
    // limit=0 claims nothing: an agent without a free place still learns which tasks to stop.
    const limit = intParam(query, 'limit', { min: 0, max: 1000, default: 1 });
    const agent = await this.agents.ofToken(agentId, principal.tokenId);
    await this.leases.seen(agent.id);
    // Held for at most one lease: an agent gets work that was put back only after it has asked again.
    const gone = new AbortController();
    const hangUp = (): void => gone.abort();
    request.raw.socket.once('close', hangUp);
    const token = await this.tokens.watch(principal);
    try {
      this.refuseCrowd(principal, reply);
      const signal = AbortSignal.any([gone.signal, token.signal]);
      const work = await this.dispatcher.poll(
        { agent, reach, origin: sealedOrigin(request), queue, limit },
        Math.min(wait, this.leases.seconds),
        signal,
      );
      if (token.hasEnded()) throw new RefusedError('UNAUTHORIZED', 'The token ended while its request waited.');
      if (work.length > 0) return work;
      void reply.code(204);
      return undefined;
    } finally {
      token.stop();
      request.raw.socket.off('close', hangUp);
    }
  }

  private refuseCrowd({ tokenId }: Principal, reply: FastifyReply): void {
    if (!this.dispatcher.isCrowded(tokenId)) return;
    void reply.header('Retry-After', '5');
    throw new RefusedError(
      'QUOTA_EXCEEDED',
      `${maxPollsOfToken} polls with this token are waiting already, which is the most. Use another token for more agents.`,
    );
  }

  /** Only the token that registered an agent may use it. */
}
