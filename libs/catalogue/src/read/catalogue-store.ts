import type { ChangeLogVersion, TaskDefinition } from '#libs/contracts';
import { readPage } from '#libs/database';
import { toTimestamp } from '#libs/kernel';
import { shownDeclarations } from '#libs/secrets';
import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import type { CatalogueTaskState } from '../domain';

export interface StoredTask {
  readonly state: CatalogueTaskState;
  readonly number: number;
  readonly definition: TaskDefinition;
}

export interface IndexedTask {
  readonly id: string;
  readonly name: string;
  readonly displayName: string;
  readonly status: string;
  /** In a form that sorts correctly. */
  readonly creationDate: string;
}

/** Reads the catalogue's views. `teamId` null = the installation's own tasks. */
@Injectable()
export class CatalogueStore {
  constructor(private readonly pool: Pool) {}

  async find(teamId: string | null, name: string): Promise<CatalogueTaskState | null> {
    const { rows } = await this.pool.query<{ state: CatalogueTaskState }>({
      name: 'find_catalogue_task',
      text: `select state from catalogue_task where team_id is not distinct from $1::uuid and name = $2 and not deleted`,
      values: [teamId, name],
    });
    return rows[0]?.state ?? null;
  }

  /** The latest 1000 revisions, newest first. */
  async changes(taskId: string): Promise<ChangeLogVersion[]> {
    const { rows } = await this.pool.query<{ number: number; changelog: TaskDefinition['changelog'] }>({
      name: 'catalogue_task_changes',
      text: `select number, definition -> 'changelog' as changelog from catalogue_task_revision
              where task_id = $1 order by number desc limit 1000`,
      values: [taskId],
    });
    return rows.map(({ number, changelog }) => ({
      author: changelog?.author ?? '',
      ...(changelog?.reason && { reason: changelog.reason }),
      date: changelog?.date ?? '',
      version: number,
    }));
  }

  async revision(taskId: string, number: number): Promise<TaskDefinition | null> {
    const { rows } = await this.pool.query<{ definition: TaskDefinition }>({
      name: 'catalogue_task_revision',
      text: 'select definition from catalogue_task_revision where task_id = $1 and number = $2',
      values: [taskId, number],
    });
    return rows[0]?.definition ?? null;
  }

  /** The fields that lists filter by, for every task with these labels. */
  async index(teamId: string | null, labels: Readonly<Record<string, string>> = {}): Promise<IndexedTask[]> {
    const { rows } = await this.pool.query<IndexedTask>({
      name: 'index_catalogue_tasks',
      text: `select t.id, t.name, t.state ->> 'status' as status,
                    coalesce(r.definition ->> 'displayName', t.state ->> 'displayName') as "displayName",
                    lpad(t.state ->> 'creationDate', 16, '0') as "creationDate"
               from catalogue_task t
               join catalogue_task_revision r on r.task_id = t.id and r.number = (t.state ->> 'version')::int
              where t.team_id is not distinct from $1::uuid and not t.deleted
                and ($2::jsonb = '{}' or r.definition -> 'labels' @> $2) order by t.name limit 10000`,
      values: [teamId, JSON.stringify(labels)],
    });
    return rows;
  }

  /** @throws RefusedError QUERY_INVALID_FILTERS if the page is too large. */
  page(taskIds: readonly string[]): Promise<StoredTask[]> {
    return readPage(taskIds, async (ids) => {
      const { rows } = await this.pool.query<StoredTask & { id: string; bytes: number }>({
        name: 'read_catalogue_tasks',
        text: `select t.id, t.state, r.number, r.definition, octet_length(r.definition::text) as bytes
                 from catalogue_task t
                 join catalogue_task_revision r on r.task_id = t.id and r.number = (t.state ->> 'version')::int
                where t.id = any($1::uuid[])`,
        values: [ids],
      });
      return rows;
    });
  }
}

/** With sealed passwords: only for use inside the server. */
export function toTask({ state, number, definition }: StoredTask): TaskDefinition {
  return {
    ...definition,
    id: state.id,
    name: state.name,
    displayName: definition.displayName ?? state.displayName,
    description: definition.description ?? '',
    icon: definition.icon ?? '',
    version: number,
    status: state.status,
    creationDate: toTimestamp(state.creationDate),
    verified: false,
  };
}

/** A task as the contract shows it, without defaults of passwords. */
export function shownTask(task: TaskDefinition): TaskDefinition {
  const { spec } = task;
  return spec?.params ? { ...task, spec: { ...spec, params: shownDeclarations(spec.params) } } : task;
}
