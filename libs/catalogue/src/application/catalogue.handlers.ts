import { CommandHandler, QueryHandler } from '#libs/bus';
import {
  type CatalogueTask,
  type ChangeLogVersion,
  declarationOf,
  FindCatalogueTask,
  type Reach,
  type ReachInTeam,
  type TaskDefinition,
  WasTeamNamed,
} from '#libs/contracts';
import {
  circleProblems,
  declarationProblems,
  envProblems,
  newId,
  RefusedError,
  resultProblems,
  toTimestamp,
  typesWithVariables,
  variableProblems,
} from '#libs/kernel';
import { isSlug, slugOf, slugRule } from '#libs/names';
import { loadStatesFrom, type CommandContext, CommandProcessor, executeFor, type StreamCategory } from '#libs/ledger';
import { mask, SecretBox, sealedDeclarations } from '#libs/secrets';
import { Command, type ICommandHandler, type IQueryHandler, Query, QueryBus } from '@nestjs/cqrs';
import {
  type CatalogueTaskCommand,
  catalogueTaskDecider,
  type CatalogueTaskEvent,
  type CatalogueTaskState,
  unknownTask,
} from '../domain';
import { CatalogueStore, type IndexedTask, shownTask, toTask } from '../read/catalogue-store';
import { systemTasks } from './system-tasks';

export const catalogueCategory: StreamCategory<CatalogueTaskState, CatalogueTaskCommand, CatalogueTaskEvent> = {
  name: 'catalogue-task',
  decider: catalogueTaskDecider,
  load: loadStatesFrom<CatalogueTaskState>('catalogue_task'),
  project: (changes) => [
    {
      sqlFunction: 'catalogue_task_apply',
      rows: changes.map(({ after, version }) => ({
        id: after.id,
        team_id: after.teamId,
        name: after.name,
        status: after.status,
        deleted: after.deleted,
        labels: after.labels,
        created: after.creationDate,
        version,
        state: after,
      })),
    },
    ...changes.flatMap(({ events, streamId }) =>
      events.flatMap((event) =>
        event.type === 'CatalogueTaskDeleted'
          ? []
          : [
              {
                sqlFunction: 'catalogue_task_revision_apply',
                rows: [{ task_id: streamId, number: event.data.number, definition: event.data.definition }],
              },
            ],
      ),
    ),
  ],
  guards(command) {
    if (command.type !== 'CreateTask') return [];
    const { teamId, name } = command.summary;
    return [
      { sqlFunction: 'catalogue_tasks_named', key: `${teamId ?? nilId}/${name}`, adds: 1, limit: 1, refuse: nameTaken },
    ];
  },
};

/** Used as the team's id for the installation. */
const nilId = '00000000-0000-0000-0000-000000000000';

function nameTaken(): RefusedError {
  return new RefusedError('TASK_NON_UNIQUE_NAME', 'A task with this name already exists. Field name must be unique.');
}

/** The owner of the catalogue: a team, or the installation (null). */
export interface CatalogueScope {
  readonly teamId: string | null;
}

/** The most characters that a task's name may have. */
const longestName = 100;
const reserved: ReadonlySet<string> = new Set([
  'query',
  'validate',
  'start',
  'end',
  ...systemTasks.map(({ name }) => name ?? ''),
]);
/** Types that agents execute; the system executes the others. */
const types: ReadonlySet<string> = new Set(['template', 'script', 'custom', 'generic']);

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
  ) {}

  async execute({ scope, mode, task, author, context, warnings }: SaveTask): Promise<TaskDefinition> {
    const name = nameOf(task);
    checkTask(scope, { ...task, name });
    const now = Date.now();
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
        ...(task.changelog?.reason && { reason: task.changelog.reason }),
        date: toTimestamp(now),
      },
    };
    const command: CatalogueTaskCommand = existing
      ? { type: 'ReviseTask', summary, definition, replace: mode === 'replace' }
      : { type: 'CreateTask', summary, definition };
    return executeFor(this.processor, catalogueCategory, context, { streamId: summary.id, command }, (state) => ({
      ...shownTask(toTask({ state, number: state.version, definition })),
      ...(warnings.length > 0 && { warnings: [...warnings] }),
    }));
  }
}

/** Without a name, the display name gives the name. */
export function nameOf({ name, displayName }: TaskDefinition): string {
  return name ? name : slugOf(displayName ?? '', longestName);
}

/** @throws RefusedError TASK_INVALID_DEFINITION with every problem. */
export function checkTask(scope: CatalogueScope, { name, type, spec }: TaskDefinition): void {
  const problems: string[] = [];
  if (!isSlug(name ?? '', longestName)) {
    const fit = slugOf(name ?? '', longestName);
    problems.push(`name must be ${slugRule(longestName)}${fit === '' ? '' : `, for example ${fit}`}.`);
  } else if (reserved.has(name ?? '') && (scope.teamId === null || name === 'query' || name === 'validate')) {
    problems.push(`name ${name ?? ''} belongs to a system task.`);
  }
  if (!types.has(type ?? 'template')) problems.push(`type must be one of ${[...types].join(', ')}.`);
  const params = spec?.params ?? [];
  // A masked default means: keep the stored one.
  problems.push(...declarationProblems('spec.params', params, (value) => (value === mask ? null : value)));
  const templates = params.flatMap((param) =>
    param.type === 'password' ? [] : [{ name: param.name, value: param.default }],
  );
  problems.push(
    ...[
      ...circleProblems('params', templates, null, () => true),
      ...(typesWithVariables.has(type ?? 'template') ? variableProblems(params.map((param) => param.name)) : []),
      ...resultProblems(spec?.results ?? []),
      ...envProblems(spec?.envs ?? []),
    ].map((problem) => `spec: ${problem}`),
  );
  if (problems.length > 0) {
    throw new RefusedError('TASK_INVALID_DEFINITION', ['Invalid Task definition.', ...problems.slice(0, 50)].join(' '));
  }
}

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
  ) {}

  async execute({ scope, name, context }: DeleteTask): Promise<null> {
    const task = await this.store.find(scope.teamId, name);
    if (!task) throw unknownTask();
    const command = { type: 'DeleteTask' as const, now: Date.now() };
    return executeFor(this.processor, catalogueCategory, context, { streamId: task.id, command }, () => null);
  }
}

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

async function findTask(
  store: CatalogueStore,
  { teamId }: CatalogueScope,
  name: string,
  version: number | undefined,
): Promise<TaskDefinition | null> {
  const system = teamId === null ? systemTasks.find((each) => each.name === name) : undefined;
  if (system) return version === undefined || version === 1 ? system : null;
  const state = await store.find(teamId, name);
  if (!state) return null;
  const number = version ?? state.version;
  const definition = await store.revision(state.id, number);
  return definition && toTask({ state, number, definition });
}

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

type Labels = Readonly<Record<string, string>>;

function hasAll(labels: Labels | null | undefined, wanted: Labels = {}): boolean {
  return Object.entries(wanted).every(([key, value]) => labels?.[key] === value);
}

type Listed = TaskDefinition | IndexedTask;

function compare(one: Listed, other: Listed, column: TaskSearch['sort']): number {
  const key = (task: Listed) => `${sortText(task[column])}\u0000${task.name ?? ''}`;
  const [first, second] = [key(one), key(other)];
  return first < second ? -1 : first > second ? 1 : 0;
}

/** Sorting ignores upper and lower case in names. */
function sortText(text: string | null | undefined): string {
  return (text ?? '').toLowerCase();
}

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

@QueryHandler(FindCatalogueTask)
export class FindCatalogueTaskHandler implements IQueryHandler<FindCatalogueTask> {
  constructor(
    private readonly store: CatalogueStore,
    private readonly queries: QueryBus,
  ) {}

  /**
   * `name` is a task of the installation, `team/name` one of the team, by its current name or any former one. It cannot
   * name another team's task.
   */
  async execute({ reach, ref, version }: FindCatalogueTask): Promise<CatalogueTask | null> {
    const { team } = reach;
    const slash = ref.indexOf('/');
    const owner = slash < 0 ? null : ref.slice(0, slash);
    const own = ref.slice(slash + 1);
    if (owner !== null && owner !== team.name && !(await this.wasNamed(reach, owner))) return null;
    const task = await findTask(this.store, { teamId: owner === null ? null : team.id }, own, version);
    if (!task) return null;
    const { spec } = task;
    return {
      ref,
      type: task.type ?? 'template',
      version: task.version ?? 1,
      active: task.status !== 'inactive',
      isSystem: task.verified === true,
      spec: {
        arguments: spec?.arguments ?? null,
        command: spec?.command ?? null,
        envs: spec?.envs?.map(({ name, value }) => ({ name, value: value ?? null })) ?? null,
        image: spec?.image ?? null,
        script: spec?.script ?? null,
        workingDir: spec?.workingDir ?? null,
      },
      params: (spec?.params ?? []).map(declarationOf),
      results: (spec?.results ?? []).map(({ name, description }) => ({ name, description: description ?? null })),
    };
  }

  private wasNamed(reach: ReachInTeam, name: string): Promise<boolean> {
    return this.queries.execute<WasTeamNamed, boolean>(new WasTeamNamed(reach, name));
  }
}
