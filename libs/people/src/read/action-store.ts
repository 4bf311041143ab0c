import {
  type ActionBody,
  type ActionRow,
  type ActionSummaryBody,
  onlyWorkflowOf,
  reaches,
  type ReachInTeam,
  type WorkflowName,
} from '#libs/contracts';
import { Conditions, readPage, toDate } from '#libs/database';
import { type ListPlace, toTimestamp } from '#libs/kernel';
import { maskAll } from '#libs/secrets';
import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';

export interface ActionFilters {
  readonly types?: readonly string[];
  readonly statuses?: readonly string[];
  /** Ids of workflows. */
  readonly workflows?: readonly string[];
  readonly fromDate?: number;
  readonly toDate?: number;
}

export interface ActionPage {
  readonly page: number;
  readonly limit: number;
  readonly order: 'ASC' | 'DESC';
  readonly sort: ActionColumn;
  /** The page behind this place; `page` then has no effect. */
  readonly after?: ListPlace;
}

export interface FoundActions<Action> {
  readonly actions: readonly Action[];
  readonly total: number;
  /** The place of the last action, if others follow it. */
  readonly next: ListPlace | null;
}

/** Sort keys of lists of actions. */
export const actionColumns = ['creationDate', 'workflowName', 'taskName', 'status'] as const;
export type ActionColumn = (typeof actionColumns)[number];

/** What comes before the date of creation in the order. */
const columns: Readonly<Record<ActionColumn, string | undefined>> = {
  creationDate: undefined,
  workflowName: `state ->> 'workflowName'`,
  taskName: `state ->> 'taskName'`,
  status: 'status',
};

export interface StoredAction {
  readonly id: string;
  readonly runId: string;
  readonly taskRunId: string;
  readonly workflowId: string;
  readonly state: ActionRow['state'];
}

type Row = Pick<ActionRow, 'id' | 'run_id' | 'task_run_id' | 'workflow_id' | 'state'>;

function toAction(row: Row): StoredAction {
  return { id: row.id, runId: row.run_id, taskRunId: row.task_run_id, workflowId: row.workflow_id, state: row.state };
}

/** What the team and the workflows of actions are called now. */
export interface ActionNames {
  readonly teamName: string;
  /** By id; what is not there is shown as the action remembers it. */
  readonly workflows: ReadonlyMap<string, WorkflowName>;
}

/** Reads of what people are, or were, asked for. */
@Injectable()
export class ActionStore {
  constructor(private readonly pool: Pool) {}

  async find(reach: ReachInTeam, id: string): Promise<StoredAction | null> {
    const { rows } = await this.pool.query<Row>({
      name: 'find_action',
      text: 'select id, run_id, task_run_id, workflow_id, state from action where id = $1 and team_id = $2',
      values: [id, reach.team.id],
    });
    const action = rows[0] ? toAction(rows[0]) : null;
    return action && reaches(reach, { teamId: reach.team.id, workflowId: action.workflowId }) ? action : null;
  }

  async search(
    reach: ReachInTeam,
    filters: ActionFilters,
    { page: number, limit, order, sort, after }: ActionPage,
  ): Promise<FoundActions<StoredAction>> {
    const conditions = conditionsOf(reach, filters);
    const column = columns[sort];
    const count = this.pool.query<{ total: string }>(`select count(*) as total from action where ${conditions.sql}`, [
      ...conditions.values,
    ]);
    if (after) conditions.addBehind(after, order, column);
    const take = conditions.value(limit + 1);
    const skip = conditions.value(after ? 0 : number * limit);
    const page = this.pool.query<{ id: string; created: number; key: string | null }>(
      `select id, (extract(epoch from creation_date) * 1000)::float8 as created, ${column ?? 'null'} as key
         from action where ${conditions.sql} order by ${column === undefined ? '' : `${column} ${order}, `}creation_date ${order}, id ${order}
        limit ${take} offset ${skip}`,
      conditions.values,
    );
    const [{ rows }, counted] = await Promise.all([page, count]);
    const shown = rows.slice(0, limit);
    const found = await readPage(
      shown.map(({ id }) => id),
      (ids) => this.rows(ids),
    );
    const last = rows.length > limit ? shown.at(-1) : undefined;
    return {
      actions: found.map(toAction),
      total: Number(counted.rows[0]?.total ?? 0),
      next: last
        ? { id: last.id, creationDate: Math.round(last.created), ...(last.key !== null && { key: last.key }) }
        : null,
    };
  }

  private async rows(ids: readonly string[]): Promise<(Row & { bytes: number })[]> {
    const { rows } = await this.pool.query<Row & { bytes: number }>({
      name: 'read_actions',
      text: `select id, run_id, task_run_id, workflow_id, state, octet_length(state::text) as bytes
               from action where id = any($1::uuid[])`,
      values: [ids],
    });
    return rows;
  }

  async summary(reach: ReachInTeam, filters: ActionFilters): Promise<ActionSummaryBody> {
    const conditions = conditionsOf(reach, filters);
    const { rows } = await this.pool.query<{ manual: string; approvals: string; approved: string; decided: string }>(
      `select count(*) filter (where type = 'manual' and status = 'submitted') as manual,
              count(*) filter (where type = 'approval' and status = 'submitted') as approvals,
              count(*) filter (where type = 'approval' and status = 'approved') as approved,
              count(*) filter (where type = 'approval' and status in ('approved', 'rejected')) as decided
         from action where ${conditions.sql}`,
      conditions.values,
    );
    const { manual = '0', approvals = '0', approved = '0', decided = '0' } = rows[0] ?? {};
    const rate = Number(decided) === 0 ? 0 : Math.round((Number(approved) / Number(decided)) * 100);
    return { approvalsRate: rate, manual: Number(manual), approvals: Number(approvals) };
  }
}

function conditionsOf(reach: ReachInTeam, filters: ActionFilters): Conditions {
  const conditions = Conditions.within(reach.team.id, onlyWorkflowOf(reach));
  if (filters.types) conditions.add('type = any(?::text[])', filters.types);
  if (filters.statuses) conditions.add('status = any(?::text[])', filters.statuses);
  if (filters.workflows) conditions.add('workflow_id = any(?::uuid[])', filters.workflows);
  if (filters.fromDate !== undefined) conditions.add('creation_date >= ?::timestamptz', toDate(filters.fromDate));
  if (filters.toDate !== undefined) conditions.add('creation_date < ?::timestamptz', toDate(filters.toDate));
  return conditions;
}

export function toActionBody(
  { id, runId, taskRunId, workflowId, state }: StoredAction,
  { teamName, workflows }: ActionNames,
): ActionBody {
  return maskAll({
    id,
    workflowRef: workflowId,
    workflowRunRef: runId,
    taskRunRef: taskRunId,
    actioners: state.actioners.map((actioner) => ({
      approverId: actioner.id.replace(/^user:/, ''),
      ...(actioner.email !== null && { approverEmail: actioner.email }),
      approverName: actioner.name,
      ...(actioner.comments !== null && { comments: actioner.comments }),
      date: toTimestamp(actioner.date),
      approved: actioner.approved,
    })),
    status: state.status,
    type: state.type,
    ...(state.instructions !== null && { instructions: state.instructions }),
    creationDate: toTimestamp(state.creationDate),
    numberOfApprovers: state.required,
    ...(state.approverGroupRef !== null && { approverGroupRef: state.approverGroupRef }),
    taskName: state.taskName,
    workflowName: workflows.get(workflowId)?.name ?? state.workflowName,
    teamName,
    numberOfApprovals: state.actioners.filter(({ approved }) => approved).length,
    approvalsRequired: state.required,
  });
}
