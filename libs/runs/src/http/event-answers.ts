import { onlyWorkflowOf, type ReachInTeam } from '#libs/contracts';
import { historyParams, lastEventIdOf, type RawQuery, wantsEventStream } from '#libs/http';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { LiveFilter, LiveScope } from '../application/live/live-filter';
import { LiveRuns } from '../application/live/live-runs';
import { type RunEvent, runEventTypes } from '../domain';
import { EventStreams, type StreamReader } from './event-streams';

/** Which events a route has, of which runs, and who asks. */
export interface AskedEvents {
  readonly scope: LiveScope;
  readonly filter: LiveFilter;
  /** Null: the reach of the team of each event. */
  readonly reach: ReachInTeam | null;
  readonly types: readonly RunEvent['type'][];
}

/** Answers with events of many runs: a page of those that were, or a stream of those that come, as the client accepts. */
@Injectable()
export class EventAnswers {
  constructor(
    private readonly live: LiveRuns,
    private readonly streams: EventStreams,
  ) {}

  async of(
    { scope, filter, reach, types }: AskedEvents,
    query: RawQuery,
    request: FastifyRequest,
    reader: StreamReader,
  ): Promise<void> {
    const { after, limit, ...chosen } = historyParams(query, types);
    const isAll = types.length === runEventTypes.length;
    const narrowed = { ...filter, ...(!isAll && { types }), ...chosen };
    const from = lastEventIdOf(request, query) ?? (query['after'] === undefined ? undefined : after);
    const start = from === undefined ? {} : { from };
    if (wantsEventStream(request)) return this.streams.send({ scope, filter: narrowed, reach, ...start }, reader);
    const page = { scope, filter: narrowed, reach, limit, ...(from !== undefined && { after: from }) };
    void reader.reply.send(await this.live.page(page));
  }
}

export function scopeOf({ team }: ReachInTeam): LiveScope {
  return { kind: 'teams', teamIds: [team.id] };
}

/** The only workflow that the reader may see. */
export function within(reach: ReachInTeam): { readonly workflowId?: string } {
  const workflowId = onlyWorkflowOf(reach);
  return workflowId === undefined ? {} : { workflowId };
}
