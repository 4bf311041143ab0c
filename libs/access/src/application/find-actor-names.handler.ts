import { QueryHandler } from '#libs/bus';
import { FindActorNames, FindAgentNames, FindPeopleNames, FindScheduleNames } from '#libs/contracts';
import { type IQueryHandler, QueryBus } from '@nestjs/cqrs';
import { AccessStore } from '../read/access-store';

type Names = ReadonlyMap<string, string>;

/** Who an actor is: people and tokens are known here, agents and schedules elsewhere. A part of the server is named as it is. */
@QueryHandler(FindActorNames)
export class FindActorNamesHandler implements IQueryHandler<FindActorNames> {
  constructor(
    private readonly store: AccessStore,
    private readonly queries: QueryBus,
  ) {}

  async execute({ reach, actors }: FindActorNames): Promise<Names> {
    const idsOf = (kind: string) =>
      actors.flatMap((actor) => (actor.startsWith(`${kind}:`) ? [actor.slice(kind.length + 1)] : []));
    const found = await Promise.all([
      named('user', idsOf('user'), (ids) => this.queries.execute(new FindPeopleNames(reach, ids))),
      named('token', idsOf('token'), (ids) => this.store.tokenNames(ids)),
      named('agent', idsOf('agent'), (ids) => this.queries.execute(new FindAgentNames(reach, ids))),
      named('schedule', idsOf('schedule'), (ids) => this.queries.execute(new FindScheduleNames(reach, ids))),
      named('system', idsOf('system'), (ids) => Promise.resolve(new Map(ids.map((part) => [part, systemName(part)])))),
    ]);
    return new Map(found.flat());
  }
}

async function named(
  kind: string,
  ids: readonly string[],
  find: (ids: readonly string[]) => Promise<Names>,
): Promise<[string, string][]> {
  if (ids.length === 0) return [];
  return [...(await find(ids))].map(([id, name]) => [`${kind}:${id}`, name]);
}

function systemName(part: string): string {
  return `Runledger (${part.replaceAll('-', ' ')})`;
}
