import {
  type ChangeLogVersion,
  type NamedWorkflow,
  onlyWorkflowOf,
  teamIdsOf,
  type WorkflowName,
  type Reach,
  type RunnableDefinition,
  reaches,
  type ReachInTeam,
  type ScheduledWorkflow,
  type WorkflowDefinition,
  type WorkflowRevision,
  type WorkflowSummaryBody,
} from '#libs/contracts';
import { readPage } from '#libs/database';
import { isId, jsonBytes, toTimestamp } from '#libs/kernel';
import type { VersionedState } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Pool } from 'pg';
import { unknownWorkflow, type WorkflowState } from '../domain';

export interface WorkflowFilters {
  readonly labels?: Readonly<Record<string, string>>;
  readonly statuses?: readonly string[];
  readonly namesOrIds?: readonly string[];
  readonly page: number;
  readonly limit: number;
  readonly order: 'ASC' | 'DESC';
  readonly sort: (typeof workflowColumns)[number];
}

/** Sort keys of lists of workflows. */
export const workflowColumns = ['creationDate', 'name', 'displayName', 'workflowName', 'status'] as const;

const columns: Readonly<Record<WorkflowFilters['sort'], string>> = {
  creationDate: 'w.creation_date',
  name: 'w.name',
  displayName: `lower(w.state ->> 'displayName')`,
  workflowName: `lower(w.state ->> 'displayName')`,
  status: 'w.status',
};

export interface ListedWorkflow {
  readonly workflow: WorkflowState;
  readonly definition: WorkflowDefinition;
}

export interface StoredRevision {
  readonly id: string;
  readonly number: number;
  readonly definition: WorkflowDefinition;
}

/** The most bytes of cached runnables: 32 MiB. */
const maxRemembered = 32 * 1024 * 1024;

/** Reads the views of workflows. */
@Injectable()
export class WorkflowStore {
  /** By revision id: a revision never changes. */
  private readonly runnables = new LRUCache<string, RunnableDefinition>({
    maxSize: maxRemembered,
    sizeCalculation: (runnable) => jsonBytes(runnable),
  });

  constructor(private readonly pool: Pool) {}

  /** For workflows that are not deleted. */
  async find(reach: ReachInTeam, nameOrId: string): Promise<WorkflowState | null> {
    return (await this.found(reach, nameOrId))?.state ?? null;
  }

  private async found(reach: ReachInTeam, nameOrId: string): Promise<VersionedState<WorkflowState> | null> {
    const { rows } = await this.pool.query<VersionedState<WorkflowState>>({
      name: 'find_workflow',
      text: `select state, version from workflow where team_id = $1 and not deleted and (name = $2 or id = $3)
              order by name = $2 desc limit 1`,
      values: [reach.team.id, nameOrId, isId(nameOrId) ? nameOrId : null],
    });
    const found = rows[0];
    return found && reaches(reach, { teamId: found.state.teamId, workflowId: found.state.id }) ? found : null;
  }

  /**
   * The same, but the workflow must exist.
   * @throws RefusedError WORKFLOW_INVALID_REFERENCE; with the current name if the name is an old one.
   */
  async get(reach: ReachInTeam, nameOrId: string): Promise<WorkflowState> {
    return (await this.needed(reach, nameOrId)).state;
  }

  private async needed(reach: ReachInTeam, nameOrId: string): Promise<VersionedState<WorkflowState>> {
    const found = await this.found(reach, nameOrId);
    if (found) return found;
    const { rows } = await this.pool.query<{ state: WorkflowState }>({
      name: 'find_renamed_workflow',
      text: `select state from workflow where team_id = $1 and not deleted and state -> 'formerNames' ? $2
              order by id desc limit 1`,
      values: [reach.team.id, nameOrId],
    });
    const renamed = rows[0]?.state;
    const isSeen = renamed && reaches(reach, { teamId: renamed.teamId, workflowId: renamed.id });
    throw unknownWorkflow(isSeen ? renamed.name : undefined);
  }

  /**
   * The same for histories, of deleted workflows too: by id, or by a name that no living workflow has.
   * @throws RefusedError WORKFLOW_INVALID_REFERENCE
   */
  async getEvenDeleted(reach: ReachInTeam, nameOrId: string): Promise<WorkflowState> {
    const living = await this.find(reach, nameOrId);
    if (living) return living;
    const { rows } = await this.pool.query<{ state: WorkflowState }>({
      name: 'find_deleted_workflow',
      text: `select state from workflow where team_id = $1 and deleted and (name = $2 or id = $3)
              order by id desc limit 1`,
      values: [reach.team.id, nameOrId, isId(nameOrId) ? nameOrId : null],
    });
    const deleted = rows[0]?.state;
    if (deleted && reaches(reach, { teamId: deleted.teamId, workflowId: deleted.id })) return deleted;
    return this.get(reach, nameOrId);
  }

  /** Those of these ids of revisions that stand: a save that replaces a revision takes its number over. */
  async currentAmong(workflowId: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const { rows } = await this.pool.query<{ id: string }>({
      name: 'current_revisions',
      text: 'select id from workflow_revision where workflow_id = $1 and id = any($2::uuid[]) and current',
      values: [workflowId, ids],
    });
    return new Set(rows.map(({ id }) => id));
  }

  /** Current names of the team's workflows, also deleted ones; drops unknown ids. */
  async namesOf(reach: ReachInTeam, ids: readonly string[]): Promise<ReadonlyMap<string, WorkflowName>> {
    const { rows } = await this.pool.query<WorkflowName & { id: string }>({
      name: 'workflow_names',
      text: `select id, name, state ->> 'displayName' as "displayName" from workflow where team_id = $1 and id = any($2)`,
      values: [reach.team.id, ids],
    });
    return new Map(rows.map(({ id, name, displayName }) => [id, { name, displayName }]));
  }

  /** Workflows with these names, in all teams of the reach; 1000 at most. */
  async named(reach: Reach, names: readonly string[]): Promise<NamedWorkflow[]> {
    const teams = teamIdsOf(reach);
    const { rows } = await this.pool.query<NamedWorkflow>({
      name: 'workflows_named',
      text: `select id, team_id as "teamId", name from workflow
              where name = any($1) and ($2::uuid[] is null or team_id = any($2)) and not deleted order by id limit 1000`,
      values: [names, teams],
    });
    return rows.filter(({ id, teamId }) => reaches(reach, { teamId, workflowId: id }));
  }

  /** Those of these names and ids that are a workflow of the team. */
  async knownAmong(reach: ReachInTeam, namesOrIds: readonly string[]): Promise<ReadonlySet<string>> {
    const { rows } = await this.pool.query<{ known: string }>({
      name: 'known_workflows',
      text: `select unnest(array[name, id::text]) as known from workflow
              where team_id = $1 and not deleted and (name = any($2) or id = any($3::uuid[]))`,
      values: [reach.team.id, namesOrIds, namesOrIds.filter(isId)],
    });
    return new Set(rows.map(({ known }) => known));
  }

  async findTeamOf(reach: Reach, workflowId: string): Promise<string | null> {
    if (!isId(workflowId)) return null;
    const { rows } = await this.pool.query<{ team_id: string }>({
      name: 'find_team_of_workflow',
      text: 'select team_id from workflow where id = $1',
      values: [workflowId],
    });
    const teamId = rows[0]?.team_id;
    return teamId !== undefined && reaches(reach, { teamId, workflowId }) ? teamId : null;
  }

  /** Ids as they are, names as the ids of their current workflows; drops unknown names. */
  async idsOf(reach: ReachInTeam, namesOrIds: readonly string[]): Promise<string[]> {
    const ids = namesOrIds.filter(isId);
    const { rows } = await this.pool.query<{ id: string }>({
      name: 'workflow_ids_by_name',
      text: 'select id from workflow where team_id = $1 and name = any($2) and not deleted',
      values: [reach.team.id, namesOrIds],
    });
    return [...new Set([...ids, ...rows.map(({ id }) => id)])];
  }

  async revision(workflowId: string, number: number): Promise<StoredRevision | null> {
    const { rows } = await this.pool.query<StoredRevision>({
      name: 'find_revision',
      text: 'select id, number, definition from workflow_revision where workflow_id = $1 and number = $2 and current',
      values: [workflowId, number],
    });
    return rows[0] ?? null;
  }

  /**
   * The revision of that number, or the latest, of a workflow; null where there is none.
   * @throws RefusedError WORKFLOW_INVALID_REFERENCE
   */
  async runnable(reach: ReachInTeam, nameOrId: string, version: number | undefined): Promise<WorkflowRevision | null> {
    const { state: workflow, version: streamVersion } = await this.needed(reach, nameOrId);
    const number = version ?? workflow.version;
    const isLatest = number === workflow.version;
    const known = isLatest ? this.runnables.get(workflow.revisionId) : undefined;
    const found = known ? { id: workflow.revisionId, runnable: known } : await this.readRunnable(workflow.id, number);
    if (!found) return null;
    if (!known) this.runnables.set(found.id, found.runnable);
    return {
      ...found.runnable,
      workflowId: workflow.id,
      revisionId: found.id,
      version: number,
      teamId: workflow.teamId,
      name: workflow.name,
      displayName: workflow.displayName,
      active: workflow.status === 'active',
      readFrom: [{ streamId: workflow.id, version: streamVersion }],
    };
  }

  /**
   * Each with its latest revision.
   * @throws RefusedError QUERY_INVALID_FILTERS if the page is too large.
   */
  async list(reach: ReachInTeam, filters: WorkflowFilters): Promise<{ workflows: ListedWorkflow[]; total: number }> {
    const only = onlyWorkflowOf(reach);
    const namesOrIds = only === undefined ? filters.namesOrIds : [only];
    const conditions = `team_id = $1 and not deleted and ($2::jsonb is null or labels @> $2)
      and ($3::text[] is null or status = any($3)) and ($4::text[] is null or name = any($4) or id::text = any($4))`;
    const values = [
      reach.team.id,
      filters.labels ? JSON.stringify(filters.labels) : null,
      filters.statuses ?? null,
      namesOrIds ?? null,
    ];
    const { order, sort, limit, page: number } = filters;
    const [page, count] = await Promise.all([
      this.pool.query<{ id: string }>(
        `select id from workflow w where ${conditions}
          order by ${columns[sort]} ${order}, w.creation_date ${order}, w.id ${order} limit $5 offset $6`,
        [...values, limit, number * limit],
      ),
      this.pool.query<{ total: string }>(`select count(*) as total from workflow where ${conditions}`, values),
    ]);
    const workflows = await readPage(
      page.rows.map(({ id }) => id),
      (ids) => this.latest(ids),
    );
    return { workflows, total: Number(count.rows[0]?.total ?? 0) };
  }

  private async latest(ids: readonly string[]): Promise<(ListedWorkflow & { id: string; bytes: number })[]> {
    const { rows } = await this.pool.query<ListedWorkflow & { id: string; bytes: number }>({
      name: 'read_workflows',
      text: `select w.id, w.state as workflow, r.definition, octet_length(r.definition::text) as bytes
               from workflow w join workflow_revision r on r.id = (w.state ->> 'revisionId')::uuid
              where w.id = any($1::uuid[])`,
      values: [ids],
    });
    return rows;
  }

  /** The latest 1000 revisions, newest first. */
  async changes(workflowId: string): Promise<ChangeLogVersion[]> {
    const { rows } = await this.pool.query<{ number: number; changelog: WorkflowDefinition['changelog'] }>({
      name: 'workflow_changes',
      text: `select number, definition -> 'changelog' as changelog from workflow_revision
              where workflow_id = $1 and current order by number desc limit 1000`,
      values: [workflowId],
    });
    return rows.map(({ number, changelog }) => ({
      author: changelog?.author ?? '',
      ...(changelog?.reason && { reason: changelog.reason }),
      date: changelog?.date ?? '',
      version: number,
    }));
  }

  /** Those of these names that are taken in the team. */
  async namesLike(reach: ReachInTeam, prefix: string): Promise<ReadonlySet<string>> {
    const { rows } = await this.pool.query<{ name: string }>({
      name: 'workflow_names_like',
      text: 'select name from workflow where team_id = $1 and not deleted and starts_with(name, $2)',
      values: [reach.team.id, prefix],
    });
    return new Set(rows.map(({ name }) => name));
  }

  /** Ids of active workflows with the trigger enabled in their latest revision. */
  async triggeredBy(reach: ReachInTeam, trigger: string): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>({
      name: 'workflows_triggered_by',
      text: `select w.id from workflow w join workflow_revision r on r.id = (w.state ->> 'revisionId')::uuid
              where w.team_id = $1 and not w.deleted and w.status = 'active'
                and r.runnable -> 'triggers' ->> $2 = 'true' order by w.id`,
      values: [reach.team.id, trigger],
    });
    return rows.map(({ id }) => id);
  }

  async scheduled(reach: ReachInTeam, ids: readonly string[]): Promise<ScheduledWorkflow[]> {
    if (ids.length === 0) return [];
    const { rows } = await this.pool.query<ScheduledWorkflow>({
      name: 'scheduled_workflows',
      text: `select w.id, w.name, case when w.deleted then 'deleted' when w.status <> 'active' then 'inactive'
                    when r.runnable -> 'triggers' ->> 'schedule' = 'true' then null else 'trigger' end as stop
               from workflow w join workflow_revision r on r.id = (w.state ->> 'revisionId')::uuid
              where w.team_id = $1 and w.id = any($2::uuid[])`,
      values: [reach.team.id, ids],
    });
    return rows.filter(({ id }) => reaches(reach, { teamId: reach.team.id, workflowId: id }));
  }

  /** 1000 workflows, by name, with the first 1000 characters of each description. */
  async summaries(reach: ReachInTeam): Promise<WorkflowSummaryBody[]> {
    const { rows } = await this.pool.query<{ state: WorkflowState; icon: string | null; description: string | null }>({
      name: 'workflow_summaries',
      text: `select w.state, r.definition ->> 'icon' as icon, left(r.definition ->> 'description', 1000) as description
               from workflow w join workflow_revision r on r.id = (w.state ->> 'revisionId')::uuid
              where w.team_id = $1 and not w.deleted order by w.name limit 1000`,
      values: [reach.team.id],
    });
    return rows.map(({ state, icon, description }) => ({
      id: state.id,
      name: state.name,
      displayName: state.displayName,
      status: state.status,
      version: state.version,
      creationDate: toTimestamp(state.creationDate),
      ...(icon !== null && { icon }),
      ...(description !== null && { description }),
    }));
  }

  private async readRunnable(
    workflowId: string,
    number: number,
  ): Promise<{ id: string; runnable: RunnableDefinition } | null> {
    const { rows } = await this.pool.query<{ id: string; runnable: RunnableDefinition }>({
      name: 'find_runnable',
      text: 'select id, runnable from workflow_revision where workflow_id = $1 and number = $2 and current',
      values: [workflowId, number],
    });
    return rows[0] ?? null;
  }
}
