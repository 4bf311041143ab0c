import { CommandHandler } from '#libs/bus';
import { RetryRunOfBulk } from '#libs/contracts';
import { asHead, derivedId } from '#libs/kernel';
import { CommandBus, type ICommandHandler } from '@nestjs/cqrs';
import { RetryWorkflowRun } from './retry-workflow-run.handler';

@CommandHandler(RetryRunOfBulk)
export class RetryRunOfBulkHandler implements ICommandHandler<RetryRunOfBulk> {
  constructor(private readonly commands: CommandBus) {}

  /** The id follows from the run and the job: a job that was interrupted finds the run that it had made. */
  async execute({ reach, runId, bulkId, from, context }: RetryRunOfBulk): Promise<RetryRunOfBulk['answer']> {
    const newRunId = asHead(derivedId(runId, 'bulk', bulkId));
    const options = { newRunId, ...(from !== undefined && { from }) };
    const { id } = await this.commands.execute(new RetryWorkflowRun(reach, runId, {}, context, options));
    return { id };
  }
}
