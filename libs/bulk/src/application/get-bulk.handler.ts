import { QueryHandler } from '#libs/bus';
import type { BulkBody, ReachInTeam } from '#libs/contracts';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { BulkAnswers } from './bulk-answers';
import { unknownBulk } from './bulk-body';

/** One job, with how far it is. */
export class GetBulk extends Query<BulkBody> {
  constructor(
    readonly reach: ReachInTeam,
    readonly id: string,
  ) {
    super();
  }
}

@QueryHandler(GetBulk)
export class GetBulkHandler implements IQueryHandler<GetBulk> {
  constructor(private readonly answers: BulkAnswers) {}

  async execute({ reach, id }: GetBulk): Promise<BulkBody> {
    const [body] = await this.answers.of(reach, [await this.answers.find(reach, id)]);
    if (!body) throw unknownBulk();
    return body;
  }
}
