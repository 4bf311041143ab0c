import { CommandHandler } from '#libs/bus';
import type { ReachInTeam, WorkflowCanvas, WorkflowDefinition } from '#libs/contracts';
import { RefusedError } from '#libs/kernel';
import type { CommandContext } from '#libs/ledger';
import { Command, CommandBus, type ICommandHandler } from '@nestjs/cqrs';
import { unknownWorkflow } from '../domain';
import { WorkflowStore } from '../read/workflow-store';
import { fromCanvas } from './canvas';
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

/** Saves a drawing as a revision of the workflow, which it may rename, or as a new workflow. */
export class SaveCanvas extends Command<WorkflowDefinition> {
  constructor(
    readonly reach: ReachInTeam,
    readonly nameOrId: string,
    readonly canvas: WorkflowCanvas,
    readonly mode: 'apply' | 'replace',
    readonly author: string,
    readonly context: CommandContext,
  ) {
    super();
  }
}

@CommandHandler(SaveCanvas)
export class SaveCanvasHandler implements ICommandHandler<SaveCanvas> {
  constructor(
    private readonly store: WorkflowStore,
    private readonly commands: CommandBus,
  ) {}

  async execute(command: SaveCanvas): Promise<WorkflowDefinition> {
    const { reach, nameOrId, canvas, mode, author, context } = command;
    const workflow = await this.store.find(reach, nameOrId);
    const revision = workflow ? await this.store.revision(workflow.id, workflow.version) : null;
    if (!workflow && canvas.name && canvas.name !== nameOrId) {
      throw new RefusedError(
        'WORKFLOW_INVALID_DEFINITION',
        `Invalid Workflow definition. name must be ${nameOrId}, as in the path.`,
      );
    }
    const name = canvas.name ?? workflow?.name ?? nameOrId;
    const drawn = fromCanvas(canvas, revision?.definition ?? null);
    const status = drawn.status ?? workflow?.status ?? null;
    const definition = { ...drawn, name, id: workflow?.id ?? null, status };
    return this.commands.execute(new SaveWorkflow(reach, definition, mode, author, context));
  }
}
