import type { Labels } from '#libs/kernel';
import { QueryHandler } from '#libs/bus';
import { type Reach, type TaskDefinition } from '#libs/contracts';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { CatalogueStore, type IndexedTask, shownTask, toTask } from '../read/catalogue-store';
import { systemTasks } from './system-tasks';
import type { CatalogueScope } from './catalogue-scope';

export interface TaskSearch {
  readonly names?: readonly string[];
  readonly statuses?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly page: number;
  readonly limit: number;
  readonly order: 'ASC' | 'DESC';
  readonly sort: (typeof taskColumns)[number];
}

/** Sort keys of lists of tasks; equal tasks are sorted by name. */
export const taskColumns = ['name', 'displayName', 'status', 'creationDate'] as const;

export class ListTasks extends Query<{ tasks: TaskDefinition[]; total: number }> {
  constructor(
    readonly reach: Reach,
    readonly scope: CatalogueScope,
    readonly search: TaskSearch,
  ) {
    super();
  }
}

@QueryHandler(ListTasks)
export class ListTasksHandler implements IQueryHandler<ListTasks> {
  constructor(private readonly store: CatalogueStore) {}

  async execute({ scope, search }: ListTasks): Promise<{ tasks: TaskDefinition[]; total: number }> {
    const stored = await this.store.index(scope.teamId, search.labels);
    const system = scope.teamId === null ? systemTasks.filter(({ labels }) => hasAll(labels, search.labels)) : [];
    const found = [...system, ...stored]
      .filter(({ name, status }) => {
        const isNamed = !search.names || search.names.includes(name ?? '');
        const hasStatus = !search.statuses || search.statuses.includes(status ?? '');
        return isNamed && hasStatus;
      })
      .sort((a, b) => compare(a, b, search.sort) * (search.order === 'ASC' ? 1 : -1));
    const from = search.page * search.limit;
    const page = found.slice(from, from + search.limit);
    const isOwn = new Set<unknown>(stored);
    const own = await this.store.page(page.flatMap((task) => (isOwn.has(task) && task.id ? [task.id] : [])));
    const bodies = new Map(own.map((task) => [task.state.id, shownTask(toTask(task))]));
    const tasks = page.flatMap(
      (task) => bodies.get(task.id ?? '') ?? (isOwn.has(task) ? [] : [task as TaskDefinition]),
    );
    return { tasks, total: found.length };
  }
}

type Listed = TaskDefinition | IndexedTask;

function hasAll(labels: Labels | null | undefined, wanted: Labels = {}): boolean {
  return Object.entries(wanted).every(([key, value]) => labels?.[key] === value);
}

function compare(one: Listed, other: Listed, column: TaskSearch['sort']): number {
  const key = (task: Listed) => `${sortText(task[column])}\u0000${task.name ?? ''}`;
  const [first, second] = [key(one), key(other)];
  return first < second ? -1 : first > second ? 1 : 0;
}

/** Sorting ignores upper and lower case in names. */
function sortText(text: string | null | undefined): string {
  return (text ?? '').toLowerCase();
}
