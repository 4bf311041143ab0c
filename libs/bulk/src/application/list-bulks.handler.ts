import { QueryHandler } from '#libs/bus';
import type { BulkBody, ReachInTeam } from '#libs/contracts';
import type { BulkStatus } from '#libs/kernel';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { BulkStore } from '../read/bulk-store';
import { BulkAnswers } from './bulk-answers';

export interface BulkSearch {
  readonly page: number;
  readonly limit: number;
  readonly statuses: readonly BulkStatus[] | undefined;
}

/** The jobs of a team, newest first. */
export class ListBulks extends Query<{ jobs: BulkBody[]; total: number }> {
  constructor(
    readonly reach: ReachInTeam,
    readonly search: BulkSearch,
  ) {
    super();
  }
}

@QueryHandler(ListBulks)
export class ListBulksHandler implements IQueryHandler<ListBulks> {
  constructor(
    private readonly store: BulkStore,
    private readonly answers: BulkAnswers,
  ) {}

  async execute({ reach, search }: ListBulks): Promise<{ jobs: BulkBody[]; total: number }> {
    const { jobs, total } = await this.store.list(reach, search);
    return { jobs: await this.answers.of(reach, jobs), total };
  }
}
