import { CommandHandler } from '#libs/bus';
import { TellLockHolder } from '#libs/contracts';
import type { ICommandHandler } from '@nestjs/cqrs';
import { isLiveClaim } from '../domain';
import { RunCommander, unlessRefused } from './run-commander';

@CommandHandler(TellLockHolder)
export class TellLockHolderHandler implements ICommandHandler<TellLockHolder> {
  constructor(private readonly runs: RunCommander) {}

  async execute({ reach, lockId, claim }: TellLockHolder): Promise<boolean> {
    const { runId, taskId, tries, key } = claim;
    const context = { metadata: { actor: 'system:locks', reason: 'lock granted', causationId: lockId } };
    const command = { type: 'GrantLock' as const, taskId, tries, key };
    const run = await unlessRefused(this.runs.execute(reach, runId, command, context, (state) => state));
    return run !== null && isLiveClaim(run, claim);
  }
}
