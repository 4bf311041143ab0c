import { QueryHandler } from '#libs/bus';
import { FindPeopleNames } from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { memberOf } from '../domain';
import { AccessStore } from '../read/access-store';

@QueryHandler(FindPeopleNames)
export class FindPeopleNamesHandler implements IQueryHandler<FindPeopleNames> {
  constructor(private readonly store: AccessStore) {}

  async execute({ reach, people }: FindPeopleNames): Promise<ReadonlyMap<string, string>> {
    const members = people.length > 0 ? await this.store.membersAmong(reach.team.id, people) : [];
    return new Map(people.map((id) => [id, memberOf({ members }, id)?.name ?? id]));
  }
}
