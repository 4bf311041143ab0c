import { CommandHandler } from '#libs/bus';
import type { ReachInTeam } from '#libs/contracts';
import { type CommandContext, CommandProcessor, executeFor } from '#libs/ledger';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import { WorkflowStore } from '../read/workflow-store';
import { workflowCategory } from './workflow-category';

/** Deletes a workflow; its runs stay, and its name is free again. */
export class DeleteWorkflowCommand extends Command<null> {
  constructor(
    readonly reach: ReachInTeam,
    readonly nameOrId: string,
    readonly context: CommandContext,
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

  async execute({ reach, nameOrId, context }: DeleteWorkflowCommand): Promise<null> {
    const workflow = await this.store.get(reach, nameOrId);
    const request = { streamId: workflow.id, command: { type: 'DeleteWorkflow' as const, now: Date.now() } };
    return executeFor(this.processor, workflowCategory, context, request, () => null);
  }
}
