import { CommandHandler } from '#libs/bus';
import type { ReachInTeam, WorkflowCanvas, WorkflowDefinition } from '#libs/contracts';
import { RefusedError, type CommandContext } from '#libs/kernel';
import { Command, CommandBus, type ICommandHandler } from '@nestjs/cqrs';
import { WorkflowStore } from '../read/workflow-store';
import { fromCanvas } from './canvas';
import { SaveWorkflow } from './save-workflow.handler';

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
