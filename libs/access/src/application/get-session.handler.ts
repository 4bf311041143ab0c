import { QueryHandler } from '#libs/bus';
import { type Reach, reachIn, type SessionBody } from '#libs/contracts';
import { toTimestamp } from '#libs/kernel';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { personOf, type Principal, unknownToken } from '../domain';
import { AccessStore } from '../read/access-store';

/** The most teams in the answer; a client asks for others by their names. */
const maxTeams = 1000;

/** Who the caller is, and what they may do in which teams. */
export class GetSession extends Query<SessionBody> {
  constructor(
    readonly reach: Reach,
    readonly principal: Principal,
  ) {
    super();
  }
}

@QueryHandler(GetSession)
export class GetSessionHandler implements IQueryHandler<GetSession> {
  constructor(private readonly store: AccessStore) {}

  async execute({ reach, principal }: GetSession): Promise<SessionBody> {
    const person = personOf(principal);
    const [[token], named, memberships] = await Promise.all([
      this.store.tokensOf([principal.tokenId]),
      this.store.namesOfTeams(reach, maxTeams + 1),
      person === null ? [] : this.store.membershipsOf(person),
    ]);
    if (!token) throw unknownToken();
    const roles = new Map(memberships.map(({ team, role }) => [team.id, role]));
    const teams = named.slice(0, maxTeams).map(({ id, name, displayName }) => {
      const role = roles.get(id);
      const permissions = reachIn(reach, { id, name })?.permissions ?? [];
      return { name, displayName, permissions: [...permissions], ...(role && { role }) };
    });
    return {
      token: {
        id: token.id,
        type: token.type,
        permissions: [...principal.permissions],
        ...(token.name !== null && { name: token.name }),
        ...(token.expirationDate !== null && { expirationDate: toTimestamp(token.expirationDate) }),
      },
      ...(person !== null && { person }),
      teams,
      hasMoreTeams: named.length > maxTeams,
    };
  }
}
