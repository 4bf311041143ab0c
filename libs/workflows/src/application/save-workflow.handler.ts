import { Inject } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandHandler } from '#libs/bus';
import type { ReachInTeam, WorkflowDefinition } from '#libs/contracts';
import { type Clock, CLOCK, type CommandContext, isId, newId } from '#libs/kernel';
import { CommandProcessor, executeFor } from '#libs/ledger';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import { toWorkflowBody } from '../read/workflow-body';
import { DefinitionPreparer, type SaveMode } from './definition-preparer';
import { isNameTaken, workflowCategory } from './workflow-category';

/** How often to try a save while others create a workflow with the same name. */
const maxAttempts = 10;

/**
 * Saves a definition: `create` a new workflow, `apply` a new revision (or a new workflow), `replace` the latest
 * revision. If the definition has the id of a workflow of the team, it is saved as that workflow; a new name renames
 * it.
 */
export class SaveWorkflow extends Command<WorkflowDefinition> {
  constructor(
    readonly reach: ReachInTeam,
    readonly definition: WorkflowDefinition,
    readonly mode: SaveMode,
    readonly author: string,
    readonly context: CommandContext,
  ) {
    super();
  }
}

@CommandHandler(SaveWorkflow)
export class SaveWorkflowHandler implements ICommandHandler<SaveWorkflow> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly preparer: DefinitionPreparer,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** If two requests create the same workflow at once, the slower one saves a revision of it. */
  async execute(command: SaveWorkflow): Promise<WorkflowDefinition> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.save(command);
      } catch (error) {
        const makesNew = command.mode !== 'create' && !isId(command.definition.id ?? '');
        if (!makesNew || !isNameTaken(error) || attempt === maxAttempts) throw error;
        // The faster one may still be refused, or not committed yet.
        await sleep(10 * attempt);
      }
    }
  }

  private async save({ reach, definition: sent, mode, author, context }: SaveWorkflow): Promise<WorkflowDefinition> {
    const now = this.clock.now();
    const { summary, definition, runnable, warnings, existing, before, maxWorkflowCount } = await this.preparer.prepare(
      reach,
      sent,
      { mode, author, now },
    );
    const saved = { summary, revision: { id: newId(now), definition, runnable } };
    return executeFor(
      this.processor,
      workflowCategory,
      context,
      {
        streamId: summary.id,
        about: before,
        command: existing
          ? { type: 'ReviseWorkflow', ...saved, replace: mode === 'replace' }
          : { type: 'CreateWorkflow', ...saved, maxWorkflowCount },
      },
      (state) => ({
        ...toWorkflowBody(state, definition, state.version, true),
        ...(warnings.length > 0 && { warnings }),
      }),
    );
  }
}
