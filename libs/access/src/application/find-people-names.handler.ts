import { QueryHandler } from '#libs/bus';
import { FindPeopleNames, teamIdsOf } from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { memberOf } from '../domain';
import { AccessStore } from '../read/access-store';

@QueryHandler(FindPeopleNames)
export class FindPeopleNamesHandler implements IQueryHandler<FindPeopleNames> {
  constructor(private readonly store: AccessStore) {}

  async execute({ reach, people }: FindPeopleNames): Promise<ReadonlyMap<string, string>> {
    const members = people.length > 0 ? await this.store.membersAmong(teamIdsOf(reach), people) : [];
    const named = members.filter(({ name }) => name);
    return new Map(people.map((id) => [id, memberOf({ members: named }, id)?.name ?? id]));
  }
}
