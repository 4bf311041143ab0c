import { BackgroundPool } from '#libs/database';
import { CommandHandler } from '#libs/bus';
import type { Reach } from '#libs/contracts';
import { type Clock, CLOCK, type CommandContext, RefusedError } from '#libs/kernel';
import { CommandProcessor, walkChain } from '#libs/ledger';
import { Inject } from '@nestjs/common';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import type { Verdict } from '../domain';
import { attemptsCategory, attemptsIdOf } from './attempts-category';
import { LedgerCheck, type VerifyStep } from './ledger-check';

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
  private underWay: LedgerCheck | null = null;

  constructor(
    private readonly pool: BackgroundPool,
    private readonly processor: CommandProcessor,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute({ context }: VerifyLedger): Promise<AsyncIterable<VerifyStep>> {
    if (this.underWay) {
      const message = 'This server verifies the ledger already, and makes one such check at a time. Try again shortly.';
      throw new RefusedError('SERVICE_UNAVAILABLE', message);
    }
    const check = new LedgerCheck(walkChain(this.pool), (verdict) => this.record(verdict, context));
    this.underWay = check;
    void check.ended.catch(() => null).then(() => (this.underWay = null));
    return Promise.resolve(check);
  }

  private async record(verdict: Verdict, { metadata }: CommandContext): Promise<void> {
    const command = { type: 'VerifyTrail' as const, teamId: null, now: this.clock.now(), verdict };
    await this.processor.execute(attemptsCategory, { streamId: attemptsIdOf(null), command, metadata });
  }
}
