import { QueryHandler } from '#libs/bus';
import { FindKeptReason } from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { Reasons } from '../read/reasons';

@QueryHandler(FindKeptReason)
export class FindKeptReasonHandler implements IQueryHandler<FindKeptReason> {
  constructor(private readonly reasons: Reasons) {}

  async execute({ teamId, operation, reason }: FindKeptReason): Promise<string | undefined> {
    await this.reasons.require(teamId, operation, () => reason);
    return reason === undefined ? undefined : this.reasons.kept(teamId, reason);
  }
}
