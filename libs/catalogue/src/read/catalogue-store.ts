import type { TaskDefinition } from '#libs/contracts';
import { toTimestamp } from '#libs/kernel';
import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import type { CatalogueTaskState } from '../domain';

export interface StoredTask {
  readonly state: CatalogueTaskState;
  readonly number: number;
  readonly definition: TaskDefinition;
}

/** Reads of the views of the catalogue. `teamId` null = the installation's own. */
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

  /** All revisions, the newest first. */
  async revisions(taskId: string): Promise<{ number: number; definition: TaskDefinition }[]> {
    const { rows } = await this.pool.query<{ number: number; definition: TaskDefinition }>({
      name: 'catalogue_task_revisions',
      text: 'select number, definition from catalogue_task_revision where task_id = $1 order by number desc',
      values: [taskId],
    });
    return rows;
  }

  async revision(taskId: string, number: number): Promise<TaskDefinition | null> {
    const { rows } = await this.pool.query<{ definition: TaskDefinition }>({
      name: 'catalogue_task_revision',
      text: 'select definition from catalogue_task_revision where task_id = $1 and number = $2',
      values: [taskId, number],
    });
    return rows[0]?.definition ?? null;
  }

  async list(teamId: string | null): Promise<StoredTask[]> {
    const { rows } = await this.pool.query<StoredTask>({
      name: 'list_catalogue_tasks',
      text: `select t.state, r.number, r.definition from catalogue_task t
               join catalogue_task_revision r on r.task_id = t.id and r.number = (t.state ->> 'version')::int
              where t.team_id is not distinct from $1::uuid and not t.deleted order by t.name limit 10000`,
      values: [teamId],
    });
    return rows;
  }
}

export function toTaskBody({ state, number, definition }: StoredTask): TaskDefinition {
  return {
    ...definition,
    id: state.id,
    name: state.name,
    displayName: definition.displayName ?? state.displayName,
    version: number,
    status: state.status,
    creationDate: toTimestamp(state.creationDate),
    verified: false,
  };
}
