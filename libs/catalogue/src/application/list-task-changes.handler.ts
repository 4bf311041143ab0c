import { QueryHandler } from '#libs/bus';
import { type ChangeLogVersion, type Reach } from '#libs/contracts';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { unknownTask } from '../domain';
import { CatalogueStore } from '../read/catalogue-store';
import { systemTasks } from './system-tasks';
import type { CatalogueScope } from './catalogue-scope';

export class ListTaskChanges extends Query<ChangeLogVersion[]> {
  constructor(
    readonly reach: Reach,
    readonly scope: CatalogueScope,
    readonly name: string,
  ) {
    super();
  }
}

@QueryHandler(ListTaskChanges)
export class ListTaskChangesHandler implements IQueryHandler<ListTaskChanges> {
  constructor(private readonly store: CatalogueStore) {}

  async execute({ scope, name }: ListTaskChanges): Promise<ChangeLogVersion[]> {
    if (scope.teamId === null && systemTasks.some((each) => each.name === name)) return [];
    const task = await this.store.find(scope.teamId, name);
    if (!task) throw unknownTask();
    return this.store.changes(task.id);
  }
}
