import { CommandHandler } from '#libs/bus';
import { RecordNewOrigin } from '#libs/contracts';
import { type Clock, CLOCK } from '#libs/kernel';
import { CommandProcessor, executeFor } from '#libs/ledger';
import { Inject } from '@nestjs/common';
import type { ICommandHandler } from '@nestjs/cqrs';
import { attemptsCategory, attemptsIdOf } from './attempts-category';

@CommandHandler(RecordNewOrigin)
export class RecordNewOriginHandler implements ICommandHandler<RecordNewOrigin> {
  constructor(
    private readonly processor: CommandProcessor,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ former, origin, reason }: RecordNewOrigin): Promise<void> {
    const command = {
      type: 'BeginTrail' as const,
      teamId: null,
      now: this.clock.now(),
      change: { origin, former },
    };
    const metadata = { actor: 'system:trail', ...(reason !== undefined && { reason }) };
    // Until the new log has signed something, each start finds the former one.
    const key = `${former.origin} ${former.size} ${origin}`;
    const context = { metadata, receipt: { scope: 'system:trail', key, requestHash: key } };
    const request = { streamId: attemptsIdOf(null), command };
    await executeFor(this.processor, attemptsCategory, context, request, () => null);
  }
}
