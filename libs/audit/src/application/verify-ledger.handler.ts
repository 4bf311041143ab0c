import { CommandHandler } from '#libs/bus';
import type { Reach } from '#libs/contracts';
import { type Clock, CLOCK, type CommandContext, RefusedError } from '#libs/kernel';
import { type ChainProgress, type ChainVerdict, CommandProcessor, walkChain } from '#libs/ledger';
import { Inject } from '@nestjs/common';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import { Pool } from 'pg';
import { attemptsCategory, attemptsIdOf } from './attempts-category';

/** How far the check is, and at the end what it has found. */
export type VerifyStep = ChainProgress | ChainVerdict;

/** Walks the whole chain. The check itself becomes an event of the trail when it ends. */
export class VerifyLedger extends Command<AsyncIterable<VerifyStep>> {
  constructor(
    readonly reach: Reach,
    readonly context: CommandContext,
  ) {
    super();
  }
}

@CommandHandler(VerifyLedger)
export class VerifyLedgerHandler implements ICommandHandler<VerifyLedger> {
  /** A check reads the whole ledger: a process makes one at a time. */
  private isUnderWay = false;

  constructor(
    private readonly pool: Pool,
    private readonly processor: CommandProcessor,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute({ context }: VerifyLedger): Promise<AsyncIterable<VerifyStep>> {
    if (this.isUnderWay) {
      const message = 'This server verifies the ledger already, and makes one such check at a time. Try again shortly.';
      throw new RefusedError('SERVICE_UNAVAILABLE', message);
    }
    return Promise.resolve(this.steps(context));
  }

  private async *steps({ metadata }: CommandContext): AsyncGenerator<VerifyStep> {
    this.isUnderWay = true;
    try {
      const walk = walkChain(this.pool);
      let step = await walk.next();
      for (; !step.done; step = await walk.next()) yield step.value;
      const command = { type: 'VerifyTrail' as const, teamId: null, now: this.clock.now(), verdict: step.value };
      await this.processor.execute(attemptsCategory, { streamId: attemptsIdOf(null), command, metadata });
      yield step.value;
    } finally {
      this.isUnderWay = false;
    }
  }
}
