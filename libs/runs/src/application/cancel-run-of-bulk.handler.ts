import { CommandHandler } from '#libs/bus';
import { CancelRunOfBulk } from '#libs/contracts';
import { CommandBus, type ICommandHandler } from '@nestjs/cqrs';
import { Pool } from 'pg';
import { wasCausedBy } from '../read/was-caused-by';
import { CancelWorkflowRun } from './cancel-workflow-run.handler';

@CommandHandler(CancelRunOfBulk)
export class CancelRunOfBulkHandler implements ICommandHandler<CancelRunOfBulk> {
  constructor(
    private readonly pool: Pool,
    private readonly commands: CommandBus,
  ) {}

  /** Who has cancelled the run stands in the run: this job, also if it was interrupted before it could say so, or somebody else. */
  async execute({ reach, runId, bulkId, context }: CancelRunOfBulk): Promise<CancelRunOfBulk['answer']> {
    await this.commands.execute(new CancelWorkflowRun(reach, runId, context));
    return { changed: await wasCausedBy(this.pool, runId, bulkId) };
  }
}
