import { QueryHandler } from '#libs/bus';
import { type Reach, type TaskDefinition } from '#libs/contracts';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { unknownTask } from '../domain';
import { CatalogueStore, shownTask } from '../read/catalogue-store';
import { type CatalogueScope, findTask } from './catalogue-scope';

export class GetTask extends Query<TaskDefinition> {
  constructor(
    readonly reach: Reach,
    readonly scope: CatalogueScope,
    readonly name: string,
    readonly version: number | undefined,
  ) {
    super();
  }
}

@QueryHandler(GetTask)
export class GetTaskHandler implements IQueryHandler<GetTask> {
  constructor(private readonly store: CatalogueStore) {}

  async execute({ scope, name, version }: GetTask): Promise<TaskDefinition> {
    const found = await findTask(this.store, scope, name, version);
    if (!found) throw unknownTask();
    return shownTask(found);
  }
}
