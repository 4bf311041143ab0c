import { Inject } from '@nestjs/common';
import { CommandHandler } from '#libs/bus';
import type { ReachInTeam } from '#libs/contracts';
import { type Clock, CLOCK, type CommandContext } from '#libs/kernel';
import { CommandProcessor, executeFor } from '#libs/ledger';
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
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ reach, nameOrId, context }: DeleteWorkflowCommand): Promise<null> {
    const workflow = await this.store.get(reach, nameOrId);
    const command = { type: 'DeleteWorkflow' as const, now: this.clock.now() };
    const about = await this.store.revision(workflow.id, workflow.version);
    return executeFor(this.processor, workflowCategory, context, { streamId: workflow.id, command, about }, () => null);
  }
}
