import { QueryHandler } from '#libs/bus';
import { type InsightsBody, type PercentilesBody, type ReachInTeam } from '#libs/contracts';
import { toTimestamp } from '#libs/kernel';
import { readViewLag } from '#libs/ledger';
import { type IQueryHandler, Query, QueryBus } from '@nestjs/cqrs';
import { Pool } from 'pg';
import { countRunning, type InsightsRequest, type Lengths, type Outcomes, readInsights } from '../read/run-insights';
import { resolveFilters } from './run-search';
import { insightsView } from './views/insights-view';

export class GetInsights extends Query<InsightsBody> {
  /** `request.workflows`: ids or names. */
  constructor(
    readonly reach: ReachInTeam,
    readonly request: InsightsRequest,
  ) {
    super();
  }
}

@QueryHandler(GetInsights)
export class GetInsightsHandler implements IQueryHandler<GetInsights> {
  constructor(
    private readonly pool: Pool,
    private readonly queries: QueryBus,
  ) {}

  async execute({ reach, request }: GetInsights): Promise<InsightsBody> {
    const { workflows: named, ...rest } = request;
    const { workflows } = named ? await resolveFilters(this.queries, reach, { workflows: named }) : {};
    const { position, lag } = await readViewLag(this.pool, insightsView.name);
    const [{ all, periods }, concurrentRuns] = await Promise.all([
      readInsights(this.pool, reach, { ...rest, ...(workflows && { workflows }) }),
      countRunning(this.pool, reach, workflows),
    ]);
    return {
      fromDate: toTimestamp(request.from),
      toDate: toTimestamp(request.to),
      period: request.period,
      ...bodyOf(all),
      concurrentRuns,
      periods: [...periods].map(([start, outcomes]) => ({ start: toTimestamp(start), ...bodyOf(outcomes) })),
      position,
      lag,
    };
  }
}

function bodyOf({ statuses, running, queueing, failures, otherFailures }: Outcomes) {
  const { succeeded = 0, failed = 0, timedout = 0, invalid = 0 } = statuses;
  const ended = succeeded + failed + timedout + invalid;
  return {
    totalRuns: queueing?.runs ?? 0,
    status: statuses,
    successRate: ended === 0 ? null : succeeded / ended,
    totalDuration: running?.total ?? 0,
    medianDuration: running?.median ?? 0,
    duration: percentilesOf(running),
    queueing: percentilesOf(queueing),
    failures: [...failures],
    otherFailures,
  };
}

function percentilesOf(lengths: Lengths | null): PercentilesBody {
  const { median = 0, p95 = 0, p99 = 0 } = lengths ?? {};
  return { median, p95, p99 };
}
