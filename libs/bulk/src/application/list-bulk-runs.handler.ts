import { QueryHandler } from '#libs/bus';
import type { BulkRunBody, ReachInTeam } from '#libs/contracts';
import type { BulkOutcome } from '#libs/kernel';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { BulkStore } from '../read/bulk-store';
import { BulkAnswers } from './bulk-answers';
import { toBulkRunBody } from './bulk-body';

export interface BulkRunSearch {
  readonly page: number;
  readonly limit: number;
  readonly outcomes: readonly BulkOutcome[] | undefined;
}

/** The runs of a job, with what came of each. */
export class ListBulkRuns extends Query<{ runs: BulkRunBody[]; total: number }> {
  constructor(
    readonly reach: ReachInTeam,
    readonly id: string,
    readonly search: BulkRunSearch,
  ) {
    super();
  }
}

@QueryHandler(ListBulkRuns)
export class ListBulkRunsHandler implements IQueryHandler<ListBulkRuns> {
  constructor(
    private readonly store: BulkStore,
    private readonly answers: BulkAnswers,
  ) {}

  async execute({ reach, id, search }: ListBulkRuns): Promise<{ runs: BulkRunBody[]; total: number }> {
    const { runs, total } = await this.store.runs(await this.answers.find(reach, id), search);
    return { runs: runs.map(toBulkRunBody), total };
  }
}
