import { Inject } from '@nestjs/common';
import { CommandHandler } from '#libs/bus';
import { type Reach, type TaskDefinition } from '#libs/contracts';
import { type Clock, CLOCK, newId, toTimestamp, type CommandContext } from '#libs/kernel';
import { CommandProcessor, executeFor } from '#libs/ledger';
import { maskSealedIn, SecretBox, sealedDeclarations } from '#libs/secrets';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import { type CatalogueTaskCommand } from '../domain';
import { CatalogueStore, shownTask, toTask } from '../read/catalogue-store';
import type { CatalogueScope } from './catalogue-scope';
import { nameOf, checkTask } from './check-task';
import { catalogueCategory } from './catalogue-category';

export class SaveTask extends Command<TaskDefinition> {
  constructor(
    readonly reach: Reach,
    readonly scope: CatalogueScope,
    readonly mode: 'create' | 'apply' | 'replace',
    readonly task: TaskDefinition,
    readonly author: string,
    readonly context: CommandContext,
    /** For the answer: the parts of the sent task that the server does not store. */
    readonly warnings: readonly string[] = [],
  ) {
    super();
  }
}

@CommandHandler(SaveTask)
export class SaveTaskHandler implements ICommandHandler<SaveTask> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly store: CatalogueStore,
    private readonly box: SecretBox,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ scope, mode, task, author, context, warnings }: SaveTask): Promise<TaskDefinition> {
    const name = nameOf(task);
    checkTask(scope, { ...task, name });
    const now = this.clock.now();
    const existing = mode === 'create' ? null : await this.store.find(scope.teamId, name);
    const summary = {
      id: existing?.id ?? newId(now),
      teamId: scope.teamId,
      name,
      displayName: task.displayName ?? existing?.displayName ?? name,
      type: task.type ?? 'template',
      status: task.status ?? existing?.status ?? ('active' as const),
      labels: task.labels ?? {},
      creationDate: existing?.creationDate ?? now,
    };
    const before = existing && (await this.store.revision(existing.id, existing.version));
    const {
      id: _id,
      version: _version,
      creationDate: _creationDate,
      verified: _verified,
      warnings: _warnings,
      spec,
      ...rest
    } = task;
    const params = spec?.params && sealedDeclarations(spec.params, before?.spec?.params ?? [], this.box);
    const definition: TaskDefinition = {
      ...rest,
      ...(spec && { spec: { ...spec, ...(params && { params }) } }),
      type: summary.type,
      changelog: {
        author,
        ...(task.changelog?.reason && { reason: maskSealedIn(task.changelog.reason, [params, before], this.box) }),
        date: toTimestamp(now),
      },
    };
    const command: CatalogueTaskCommand = existing
      ? { type: 'ReviseTask', summary, definition, replace: mode === 'replace' }
      : { type: 'CreateTask', summary, definition };
    return executeFor(
      this.processor,
      catalogueCategory,
      context,
      { streamId: summary.id, command, about: before },
      (state) => ({
        ...shownTask(toTask({ state, number: state.version, definition })),
        ...(warnings.length > 0 && { warnings: [...warnings] }),
      }),
    );
  }
}
