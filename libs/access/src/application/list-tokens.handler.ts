import { type Clock, CLOCK } from '#libs/kernel';
import { Inject } from '@nestjs/common';
import { QueryHandler } from '#libs/bus';
import { FindWorkflowsNamed, type NamedWorkflow, type Reach, type TokenBody } from '#libs/contracts';
import { type IQueryHandler, Query, QueryBus } from '@nestjs/cqrs';
import { personId } from '../domain';
import { AccessStore, type TokenFilters } from '../read/access-store';
import { toTokenBody } from '../read/bodies';

export class ListTokens extends Query<{ tokens: TokenBody[]; total: number }> {
  constructor(
    readonly reach: Reach,
    /** The person whose own tokens the list includes; null = nobody. */
    readonly person: string | null,
    readonly filters: TokenFilters,
  ) {
    super();
  }
}

@QueryHandler(ListTokens)
export class ListTokensHandler implements IQueryHandler<ListTokens> {
  constructor(
    private readonly store: AccessStore,
    private readonly queries: QueryBus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ reach, person, filters }: ListTokens): Promise<{ tokens: TokenBody[]; total: number }> {
    const principals = filters.principals && (await this.principalsOf(reach, filters.principals));
    const { tokens, total } = await this.store.listTokens(reach, person, {
      ...filters,
      ...(principals && { principals }),
    });
    const now = this.clock.now();
    return { tokens: tokens.map((token) => toTokenBody(token, now)), total };
  }

  /**
   * The given principals, plus the ids of teams and workflows with these names. The reach decides which tokens are
   * shown.
   */
  private async principalsOf(reach: Reach, given: readonly string[]): Promise<string[]> {
    const query = new FindWorkflowsNamed(reach, given);
    const [teams, workflows] = await Promise.all([
      this.store.idsOfTeamsNamed(given),
      this.queries.execute<FindWorkflowsNamed, NamedWorkflow[]>(query),
    ]);
    return [...given, ...given.map(personId), ...teams, ...workflows.map(({ id }) => id)];
  }
}
