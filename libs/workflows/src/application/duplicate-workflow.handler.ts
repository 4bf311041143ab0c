import { CommandHandler } from '#libs/bus';
import type { ReachInTeam, WorkflowDefinition } from '#libs/contracts';
import type { CommandContext } from '#libs/kernel';
import { Command, CommandBus, type ICommandHandler } from '@nestjs/cqrs';
import { unknownWorkflow } from '../domain';
import { WorkflowStore } from '../read/workflow-store';
import { SaveWorkflow } from './save-workflow.handler';
import { isNameTaken } from './workflow-category';

/** How many names to try for one copy. */
const maxAttempts = 50;

/** Copies the latest revision of a workflow to a new one: `<name>-copy`, or with a number if that name is taken. */
export class DuplicateWorkflow extends Command<WorkflowDefinition> {
  constructor(
    readonly reach: ReachInTeam,
    readonly nameOrId: string,
    readonly author: string,
    readonly context: CommandContext,
  ) {
    super();
  }
}

@CommandHandler(DuplicateWorkflow)
export class DuplicateWorkflowHandler implements ICommandHandler<DuplicateWorkflow> {
  constructor(
    private readonly store: WorkflowStore,
    private readonly commands: CommandBus,
  ) {}

  async execute({ reach, nameOrId, author, context }: DuplicateWorkflow): Promise<WorkflowDefinition> {
    // A token of one workflow cannot create another.
    if (reach.kind === 'workflow') throw unknownWorkflow();
    const workflow = await this.store.get(reach, nameOrId);
    const revision = await this.store.revision(workflow.id, workflow.version);
    if (!revision) throw unknownWorkflow();
    const base = `${workflow.name.slice(0, 240)}-copy`;
    const { changelog: _changelog, id: _id, ...definition } = revision.definition;
    const displayName = `${workflow.displayName.slice(0, 240)} (copy)`;
    for (let attempt = 1; ; attempt++) {
      const name = await this.freeName(reach, base);
      try {
        return await this.commands.execute(
          new SaveWorkflow(reach, { ...definition, name, displayName }, 'create', author, context),
        );
      } catch (error) {
        // Another duplicate at the same moment was faster: nobody requested this name.
        if (!isNameTaken(error) || attempt === maxAttempts) throw error;
      }
    }
  }

  private async freeName(reach: ReachInTeam, base: string): Promise<string> {
    const taken = await this.store.namesLike(reach, base);
    let name = base;
    for (let number = 2; taken.has(name); number++) name = `${base}-${number}`;
    return name;
  }
}
