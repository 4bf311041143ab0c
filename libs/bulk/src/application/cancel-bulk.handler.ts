import { CommandHandler } from '#libs/bus';
import type { BulkBody, ReachInTeam } from '#libs/contracts';
import { type Clock, CLOCK, type CommandContext } from '#libs/kernel';
import { CommandProcessor, executeFor } from '#libs/ledger';
import { Inject } from '@nestjs/common';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import { BulkAnswers } from './bulk-answers';
import { toBulkBody } from './bulk-body';
import { bulkCategory } from './bulk-category';

/** Ends a job before it has come to all of its runs. A job that has ended stays as it is. */
export class CancelBulk extends Command<BulkBody> {
  constructor(
    readonly reach: ReachInTeam,
    readonly id: string,
    readonly context: CommandContext,
  ) {
    super();
  }
}

@CommandHandler(CancelBulk)
export class CancelBulkHandler implements ICommandHandler<CancelBulk> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly answers: BulkAnswers,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ reach, id, context }: CancelBulk): Promise<BulkBody> {
    const { by } = await this.answers.find(reach, id);
    const people = await this.answers.people(reach, [by]);
    const command = { type: 'CancelBulk' as const, now: this.clock.now() };
    return executeFor(this.processor, bulkCategory, context, { streamId: id, command }, (state) =>
      toBulkBody({ ...state, id, size: state.runs.length }, people),
    );
  }
}
