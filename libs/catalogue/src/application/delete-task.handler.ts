import { Inject } from '@nestjs/common';
import { CommandHandler } from '#libs/bus';
import { type Reach } from '#libs/contracts';
import { type Clock, CLOCK, type CommandContext } from '#libs/kernel';
import { CommandProcessor, executeFor } from '#libs/ledger';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import { unknownTask } from '../domain';
import { CatalogueStore } from '../read/catalogue-store';
import type { CatalogueScope } from './catalogue-scope';
import { catalogueCategory } from './catalogue-category';

export class DeleteTask extends Command<null> {
  constructor(
    readonly reach: Reach,
    readonly scope: CatalogueScope,
    readonly name: string,
    readonly context: CommandContext,
  ) {
    super();
  }
}

@CommandHandler(DeleteTask)
export class DeleteTaskHandler implements ICommandHandler<DeleteTask> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly store: CatalogueStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ scope, name, context }: DeleteTask): Promise<null> {
    const task = await this.store.find(scope.teamId, name);
    if (!task) throw unknownTask();
    const command = { type: 'DeleteTask' as const, now: this.clock.now() };
    const about = await this.store.revision(task.id, task.version);
    return executeFor(this.processor, catalogueCategory, context, { streamId: task.id, command, about }, () => null);
  }
}
