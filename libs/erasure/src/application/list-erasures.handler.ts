import { QueryHandler } from '#libs/bus';
import type { ErasureBody, InstallationReach, ReachInTeam } from '#libs/contracts';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { ErasureStore } from '../read/erasure-store';
import { toErasureBody } from './erasure-body';

export interface ErasurePage {
  readonly erasures: ErasureBody[];
  readonly total: number;
}

/** What was erased, newest first. */
export class ListErasures extends Query<ErasurePage> {
  constructor(
    readonly reach: ReachInTeam | InstallationReach,
    readonly paging: { readonly page: number; readonly limit: number },
  ) {
    super();
  }
}

@QueryHandler(ListErasures)
export class ListErasuresHandler implements IQueryHandler<ListErasures> {
  constructor(private readonly store: ErasureStore) {}

  async execute({ reach, paging }: ListErasures): Promise<ErasurePage> {
    const { erasures, total } = await this.store.list(reach, paging);
    return { erasures: erasures.map(toErasureBody), total };
  }
}
