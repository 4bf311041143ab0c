import { QueryHandler } from '#libs/bus';
import { type CatalogueTask, declarationOf, FindCatalogueTask, type ReachInTeam, WasTeamNamed } from '#libs/contracts';
import { type IQueryHandler, QueryBus } from '@nestjs/cqrs';
import { CatalogueStore } from '../read/catalogue-store';
import { findTask } from './catalogue-scope';

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
      results: (spec?.results ?? []).map(({ name, description, searchable }) => ({
        name,
        description: description ?? null,
        ...(searchable && { searchable }),
      })),
    };
  }

  private wasNamed(reach: ReachInTeam, name: string): Promise<boolean> {
    return this.queries.execute<WasTeamNamed, boolean>(new WasTeamNamed(reach, name));
  }
}
