import { QueryHandler } from '#libs/bus';
import { FindWorkflowNames, type ReachInTeam, type WorkflowName, type WorkflowRunBody } from '#libs/contracts';
import type { ListPlace } from '#libs/kernel';
import { type IQueryHandler, Query, QueryBus } from '@nestjs/cqrs';
import { Pool } from 'pg';
import { toRunBody } from '../read/run-body';
import { type RunPageRequest, searchRuns } from '../read/search-runs';
import { LabelInterest } from './label-interest';
import { RunCommander } from './run-commander';
import { RunNames } from './run-names';
import { type RunSearch, resolveFilters } from './run-search';
import { namedIn } from './named-in-run';

export interface FoundRuns {
  readonly runs: WorkflowRunBody[];
  readonly total: number;
  /** The place of the last run, if others follow it. */
  readonly next: ListPlace | null;
}

export class SearchWorkflowRuns extends Query<FoundRuns> {
  constructor(
    readonly reach: ReachInTeam,
    readonly search: RunSearch,
    readonly page: RunPageRequest,
  ) {
    super();
  }
}

@QueryHandler(SearchWorkflowRuns)
export class SearchWorkflowRunsHandler implements IQueryHandler<SearchWorkflowRuns> {
  constructor(
    private readonly pool: Pool,
    private readonly queries: QueryBus,
    private readonly commander: RunCommander,
    private readonly names: RunNames,
    private readonly interest: LabelInterest,
  ) {}

  async execute({ reach, search, page }: SearchWorkflowRuns): Promise<FoundRuns> {
    const filters = await resolveFilters(this.queries, reach, search);
    const { runs, total, next } = await searchRuns(this.pool, reach, filters, page, {
      keysOf: (ids) => this.keysOf(reach, ids, page.sort),
      onCommon: this.interest.note,
    });
    const names = await this.names.of(reach, runs.map(namedIn));
    const now = this.commander.clock.now();
    return { runs: runs.map((state) => toRunBody(state, now, { names })), total, next };
  }

  /** Runs are sorted by the names that answers show. */
  private async keysOf(
    reach: ReachInTeam,
    ids: readonly string[],
    sort: RunPageRequest['sort'],
  ): Promise<ReadonlyMap<string, string>> {
    const names = await this.queries.execute<FindWorkflowNames, ReadonlyMap<string, WorkflowName>>(
      new FindWorkflowNames(reach, ids),
    );
    return new Map(
      [...names].map(([id, { name, displayName }]) => [id, sort === 'displayName' ? displayName.toLowerCase() : name]),
    );
  }
}
