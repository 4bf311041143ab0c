import { CommandHandler } from '#libs/bus';
import { ExpireLease } from '#libs/contracts';
import { type ICommandHandler } from '@nestjs/cqrs';
import { RunCommander, unlessRefused } from './run-commander';

/** Claims of one task before it is given up. */
const maxAttempts = 5;

@CommandHandler(ExpireLease)
export class ExpireLeaseHandler implements ICommandHandler<ExpireLease> {
  constructor(private readonly runs: RunCommander) {}

  async execute({ reach, kind, runId, itemId, fence }: ExpireLease): Promise<void> {
    const command =
      kind === 'task'
        ? { type: 'ExpireTaskLease' as const, taskId: itemId, fence, maxAttempts }
        : { type: 'ExpireRunLease' as const, fence };
    await unlessRefused(
      this.runs.execute(reach, runId, command, { metadata: { actor: 'system:lease-reaper' } }, () => null),
    );
  }
}
