import { type CommandContext, CommandProcessor, executeFor } from '#libs/ledger';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { unknownWorkflow } from '../domain';
import { WorkflowStore } from '../read/workflow-store';
import { workflowCategory } from './workflow-category';

/** Takes a workflow away; its runs stay, and its name is free again. */
export class DeleteWorkflowCommand extends Command<null> {
  constructor(
    readonly teamId: string,
    readonly nameOrId: string,
    readonly context: CommandContext,
    readonly onlyWorkflowId?: string,
  ) {
    super();
  }
}

@CommandHandler(DeleteWorkflowCommand)
export class DeleteWorkflowHandler implements ICommandHandler<DeleteWorkflowCommand> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly store: WorkflowStore,
  ) {}

  async execute({ teamId, nameOrId, context, onlyWorkflowId }: DeleteWorkflowCommand): Promise<null> {
    const workflow = await this.store.find(teamId, nameOrId);
    if (!workflow || (onlyWorkflowId !== undefined && workflow.id !== onlyWorkflowId)) throw unknownWorkflow();
    const request = { streamId: workflow.id, command: { type: 'DeleteWorkflow' as const, now: Date.now() } };
    return executeFor(this.processor, workflowCategory, context, request, () => null);
  }
}
