import { actorOf, commandContext, type Principal } from '#libs/access';
import { type ChangeLogVersion, type Reach, type TaskDefinition, taskSchema, tektonTaskSchema } from '#libs/contracts';
import {
  booleanParam,
  enumListParam,
  labelsParam,
  listParam,
  optionalIntParam,
  type Page,
  parseWith,
  prefersYaml,
  type RawQuery,
  sendJsonOrYaml,
  sortingParams,
  springPage,
  wholeOrPaging,
} from '#libs/http';
import { RefusedError, tokensIn } from '#libs/kernel';
import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  type CatalogueScope,
  checkTask,
  DeleteTask,
  GetTask,
  ListTaskChanges,
  ListTasks,
  nameOf,
  SaveTask,
  taskColumns,
} from '../application/catalogue.handlers';
import { fromTekton, toTekton } from '../application/tekton';
import { refuseManySteps, tektonWarnings } from '../application/tekton-warnings';

/** Shared by the routes of the installation's catalogue and of a team's. */
@Injectable()
export class TaskRoutes {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  create(
    reach: Reach,
    scope: CatalogueScope,
    body: unknown,
    principal: Principal,
    request: FastifyRequest,
  ): Promise<TaskDefinition> {
    return this.save(reach, scope, 'create', toSent(body), principal, request);
  }

  apply(
    reach: Reach,
    scope: CatalogueScope,
    name: string,
    query: RawQuery,
    body: unknown,
    principal: Principal,
    request: FastifyRequest,
  ): Promise<TaskDefinition> {
    const { task, warnings } = toSent(body);
    if (task.name && task.name !== name) {
      throw new RefusedError(
        'TASK_INVALID_DEFINITION',
        `Invalid Task definition. name must be ${name}, as in the path.`,
      );
    }
    const mode = booleanParam(query, 'replace', false) ? 'replace' : 'apply';
    return this.save(reach, scope, mode, { task: { ...task, name }, warnings }, principal, request);
  }

  async get(
    reach: Reach,
    scope: CatalogueScope,
    name: string,
    query: RawQuery,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<unknown> {
    const version = optionalIntParam(query, 'version', { min: 1, max: 2_147_483_647 });
    const task = await this.queries.execute(new GetTask(reach, scope, name, version));
    return sendJsonOrYaml(request, reply, prefersYaml(request) ? toTekton(task) : task);
  }

  async list(reach: Reach, scope: CatalogueScope, query: RawQuery): Promise<Page<TaskDefinition>> {
    const paging = wholeOrPaging(query);
    const labels = labelsParam(query);
    const statuses = enumListParam(query, 'statuses', ['active', 'inactive']);
    const names = listParam(query, 'names');
    const search = {
      ...paging,
      ...sortingParams(query, taskColumns),
      ...(labels && { labels }),
      ...(statuses && { statuses }),
      ...(names && { names }),
    };
    const { tasks, total } = await this.queries.execute(new ListTasks(reach, scope, search));
    return springPage(tasks, { ...paging, total });
  }

  changes(reach: Reach, scope: CatalogueScope, name: string): Promise<ChangeLogVersion[]> {
    return this.queries.execute(new ListTaskChanges(reach, scope, name));
  }

  /** Nothing, or what the server would not store of the task. */
  validate(scope: CatalogueScope, body: unknown): Pick<TaskDefinition, 'warnings'> {
    const { task, warnings } = toSent(body);
    checkTask(scope, { ...task, name: nameOf(task) });
    return warnings.length > 0 ? { warnings: [...warnings] } : {};
  }

  async remove(reach: Reach, scope: CatalogueScope, name: string, request: FastifyRequest): Promise<void> {
    await this.commands.execute(new DeleteTask(reach, scope, name, commandContext(request)));
  }

  private save(
    reach: Reach,
    scope: CatalogueScope,
    mode: 'create' | 'apply' | 'replace',
    { task, warnings }: SentTask,
    principal: Principal,
    request: FastifyRequest,
  ): Promise<TaskDefinition> {
    const context = commandContext(request);
    return this.commands.execute(new SaveTask(reach, scope, mode, task, actorOf(principal), context, warnings));
  }
}

interface SentTask {
  readonly task: TaskDefinition;
  readonly warnings: readonly string[];
}

/** The most warnings in one answer. */
const maxWarnings = 60;

/** The content type says whether a body is a Tekton Task. */
function toSent(body: unknown): SentTask {
  const isTekton = typeof body === 'object' && body !== null && ('apiVersion' in body || 'kind' in body);
  if (!isTekton) return withPasswordWarnings(parseWith(taskSchema, body), []);
  refuseManySteps(body);
  const tekton = parseWith(tektonTaskSchema, body);
  return withPasswordWarnings(parseWith(taskSchema, fromTekton(tekton)), tektonWarnings(tekton));
}

function withPasswordWarnings(task: TaskDefinition, warnings: readonly string[]): SentTask {
  const tokens = (task.spec?.params ?? []).flatMap(({ name, type, default: value }) =>
    type === 'password'
      ? tokensIn(value).map(
          ({ source }) => `spec.params.${name}: ${source} stays text, because it is in the default of a password.`,
        )
      : [],
  );
  return { task, warnings: [...warnings, ...new Set(tokens)].slice(0, maxWarnings) };
}
