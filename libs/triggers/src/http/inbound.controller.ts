import { Access, actorOf, CurrentPrincipal, CurrentReach, originBy, type Principal, reasonBy } from '#libs/access';
import type { Json, Reach, WorkflowRunBody } from '#libs/contracts';
import {
  ApiAnswer,
  ApiDone,
  ApiEitherAnswer,
  ApiFaults,
  ApiQueryToken,
  ApiReason,
  ApiText,
  type RawQuery,
  receiptKeyOf,
  RequestBody,
  requiredTextParam,
  textParam,
  webhookBody,
} from '#libs/http';
import { endStatuses, RefusedError, type TeamOperation } from '#libs/kernel';
import { Body, Controller, Get, HttpCode, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { type GitHubDelivery, Inbound, type pong, type Sender } from '../application/inbound';
import { readCloudEvent } from './cloud-event';

const jsonBody = { required: true, schema: { type: 'object' as const, additionalProperties: true } };

/** Requests of other systems. They may send their token as `?access_token=`, because many cannot set headers. */
@ApiTags('Webhooks and Events')
@Controller('api/v2')
export class InboundController {
  constructor(private readonly inbound: Inbound) {}

  @Post('webhook')
  @HttpCode(200)
  @Access('webhook/action')
  @ApiAnswer('WorkflowRun')
  @ApiFaults(423, 429)
  @ApiOperation({ operationId: 'acceptWebhook', summary: 'Accept Webhook payloads from various sources.' })
  @ApiText('ref', 'Workflow reference the request relates to')
  @ApiQueryToken()
  @ApiHeader({ name: 'X-GitHub-Event', required: false })
  @ApiHeader({ name: 'X-GitHub-Hook-Installation-Target-ID', required: false })
  @ApiHeader({ name: 'x-slack-signature', required: false })
  @ApiHeader({ name: 'X-GitHub-Delivery', required: false })
  @ApiBody(jsonBody)
  @RequestBody(webhookBody)
  webhook(
    @Query() query: RawQuery,
    @Body() body: Json | undefined,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<WorkflowRunBody | typeof pong> {
    const sender = senderOf(reach, principal, request, 'acceptWebhook');
    return this.inbound.webhook(sender, textParam(query, 'ref'), jsonOf(body), gitHubDelivery(request));
  }

  @Post('event')
  @HttpCode(200)
  @Access('webhook/action')
  @ApiEitherAnswer('WorkflowRun', 'StartedRuns')
  @ApiFaults(423, 429)
  @ApiOperation({ operationId: 'acceptEvent', summary: 'Accept CloudEvent' })
  @ApiText('ref', 'The Workflow (or waiting WorkflowRun) reference the request relates to')
  @ApiText('topic', 'The topic to publish to, if it is not the type of the event')
  @ApiQueryToken()
  @ApiBody(jsonBody)
  @RequestBody({ kinds: ['json', 'text'], gzip: true })
  event(
    @Query() query: RawQuery,
    @Body() body: Json | undefined,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<WorkflowRunBody | { runs: string[] }> {
    const event = readCloudEvent(request.headers, body, textParam(query, 'topic'));
    return this.inbound.event(senderOf(reach, principal, request, 'acceptEvent'), textParam(query, 'ref'), event);
  }

  @Get('callback')
  @Access('webhook/action', { acts: true })
  @ApiDone()
  @ApiFaults(429)
  @ApiReason()
  @ApiOperation({ operationId: 'acceptCallback', summary: 'Accept Wait for Event Callback' })
  @ApiText('ref', 'The WorkflowRun reference the request relates to', true)
  @ApiText('topic', 'The topic to publish to', true)
  @ApiQueryToken()
  @ApiText('status', 'The status to set for the WaitForEvent TaskRun. Succeeded | Failed.', false, 'succeeded')
  callbackWithoutBody(
    @Query() query: RawQuery,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<Record<string, never>> {
    return this.accept(query, null, senderOf(reach, principal, request, 'acceptCallback'));
  }

  @Post('callback')
  @HttpCode(200)
  @Access('webhook/action')
  @ApiDone()
  @ApiFaults(429)
  @ApiOperation({ operationId: 'acceptCallbackWithBody', summary: 'Accept Wait for Event Callback with JSON Payload' })
  @ApiText('ref', 'The WorkflowRun reference the request relates to', true)
  @ApiText('topic', 'The topic to publish to', true)
  @ApiQueryToken()
  @ApiText('status', 'The status to set for the WaitForEvent TaskRun. Succeeded | Failed.', false, 'succeeded')
  @ApiBody(jsonBody)
  @RequestBody({ kinds: ['json', 'text'], gzip: true })
  callback(
    @Query() query: RawQuery,
    @Body() body: Json | undefined,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<Record<string, never>> {
    return this.accept(query, jsonOf(body), senderOf(reach, principal, request, 'acceptCallbackWithBody'));
  }

  private async accept(query: RawQuery, data: Json, sender: Sender): Promise<Record<string, never>> {
    const ref = requiredTextParam(query, 'ref');
    const topic = requiredTextParam(query, 'topic');
    if (topic.length > 1024)
      throw new RefusedError('QUERY_INVALID_FILTERS', 'Parameter topic must have at most 1024 characters.');
    const given = (textParam(query, 'status') ?? 'succeeded').toLowerCase();
    const status = endStatuses.find((each) => each === given);
    if (status === undefined) {
      throw new RefusedError('QUERY_INVALID_FILTERS', `Parameter status must be one of ${endStatuses.join(', ')}.`);
    }
    await this.inbound.callback(sender, ref, topic, status, data);
    return {};
  }
}

function senderOf(reach: Reach, principal: Principal, request: FastifyRequest, operation: TeamOperation): Sender {
  const reason = reasonBy(request);
  const receipt = receiptKeyOf(request, principal.tokenId);
  return {
    reach,
    actor: actorOf(principal),
    origin: originBy(principal, request),
    operation,
    ...(reason !== undefined && { reason }),
    ...(receipt && { receipt }),
  };
}

/** Undefined if it is not from GitHub. */
function gitHubDelivery({ headers }: FastifyRequest): GitHubDelivery | undefined {
  const event = headers['x-github-event'];
  if (typeof event !== 'string') return undefined;
  const id = headers['x-github-delivery'];
  const isId = typeof id === 'string' && /^[\x21-\x7e]{1,255}$/.test(id);
  return { event, ...(isId && { id }) };
}

/** An absent body is null; text stays text. */
function jsonOf(body: Json | undefined): Json {
  return body ?? null;
}
