import { type BulkBody, FindPeopleNames, type ReachInTeam } from '#libs/contracts';
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { BulkStore, type StoredBulk } from '../read/bulk-store';
import { personIn, toBulkBody, unknownBulk } from './bulk-body';

/** Jobs as answers show them, with the names of those who made them. */
@Injectable()
export class BulkAnswers {
  constructor(
    private readonly store: BulkStore,
    private readonly queries: QueryBus,
  ) {}

  /** @throws RefusedError BULK_INVALID_REFERENCE. */
  async find(reach: ReachInTeam, id: string): Promise<StoredBulk> {
    const job = await this.store.find(reach, id);
    if (!job) throw unknownBulk();
    return job;
  }

  async of(reach: ReachInTeam, jobs: readonly StoredBulk[]): Promise<BulkBody[]> {
    const people = await this.people(
      reach,
      jobs.map(({ by }) => by),
    );
    return jobs.map((job) => toBulkBody(job, people));
  }

  /** Names of the people among these actors, by id. */
  async people(reach: ReachInTeam, actors: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const ids = [...new Set(actors.flatMap((actor) => personIn(actor) ?? []))];
    if (ids.length === 0) return new Map();
    return this.queries.execute<FindPeopleNames, ReadonlyMap<string, string>>(new FindPeopleNames(reach, ids));
  }
}
