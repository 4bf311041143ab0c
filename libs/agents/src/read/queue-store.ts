import type { Reach } from '#libs/contracts';
import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';

export interface QueueItem {
  readonly id: string;
  readonly runId: string;
  readonly kind: 'task' | 'run' | 'finalize';
  readonly fence: number;
}

export interface HeldItem extends QueueItem {
  readonly agentId: string;
}

/** What an agent names in a heartbeat. */
export interface NamedItem {
  readonly id: string;
  readonly fence: number;
}

interface Row {
  id: string;
  run_id: string;
  kind: QueueItem['kind'];
  /** A bigint comes as text. */
  fence: string;
  agent_id: string;
}

function toItem({ id, run_id: runId, kind, fence, agent_id: agentId }: Row): HeldItem {
  return { id, runId, kind, fence: Number(fence), agentId };
}

export interface ReadyItem extends QueueItem {
  /** Of a task its type; `run` for runs. */
  readonly type: string;
}

/** How large things are, before they are loaded. */
export interface Measures {
  /** Of the JSON that the item answers with. */
  readonly bytes: number;
  /** Of the whole run. */
  readonly runBytes: number;
}

export type MeasuredItem = ReadyItem & Measures;

/** The part of the queue that a reach holds. Polls of one scope are served together. */
export interface Scope {
  readonly key: string;
  /** Null: every team's. */
  readonly teamIds: readonly string[] | null;
}

/** Items that are measured at once: few at first, since nobody knows how large they are. */
const firstBatch = 8;
const largestBatch = 64;

/** Reads of the queue view, and what moves leases in it. */
@Injectable()
export class QueueStore {
  constructor(private readonly pool: Pool) {}

  /** What of the scope may be claimed, oldest first. */
  async ready(
    { teamIds }: Scope,
    kinds: readonly string[],
    types: readonly string[],
    limit: number,
  ): Promise<ReadyItem[]> {
    const { rows } = await this.pool.query<Row & { task_type: string }>({
      name: teamIds ? 'ready_items_of_teams' : 'ready_items_of_installation',
      text: `select id, run_id, kind, fence, task_type from agent_queue
              where state = 'ready' and kind = any($1) and task_type = any($2) ${teamIds ? 'and team_id = any($4::uuid[])' : ''}
              order by queued_at, id limit $3`,
      values: teamIds ? [kinds, types, limit, teamIds] : [kinds, types, limit],
    });
    return rows.map((row) => ({ ...toItem(row), type: row.task_type }));
  }

  /** The first of the items with their measures. Of more than `enough` bytes of runs, no more is measured: the rest is left out. */
  async measured<Item extends QueueItem>(items: readonly Item[], enough: number): Promise<(Item & Measures)[]> {
    const found: (Item & Measures)[] = [];
    const runs = new Map<string, number>();
    for (let at = 0, size = firstBatch; at < items.length; at += size, size = Math.min(largestBatch, size * 2)) {
      const batch = items.slice(at, at + size);
      const measures = await this.measure(batch);
      for (const item of batch) {
        const { bytes, runBytes } = measures.get(item.id) ?? { bytes: 0, runBytes: 0 };
        found.push({ ...item, bytes, runBytes });
        runs.set(item.runId, runBytes);
      }
      if ([...runs.values()].reduce((sum, each) => sum + each, 0) > enough) break;
    }
    return found;
  }

  /** Numbers only: what is large stays in the database. A run counts the bytes of its tasks itself. */
  private async measure(items: readonly QueueItem[]): Promise<Map<string, Measures>> {
    const { rows } = await this.pool.query<Measures & { id: string }>({
      name: 'measure_items',
      text: `with run as materialized (
               select id, octet_length(state::text) as bytes, coalesce((state ->> 'bytes')::float8, 0) as counted
                 from workflow_run where id = any($2::uuid[]))
             select i.id, coalesce(octet_length(t.state::text), r.bytes)::float8 as bytes, r.bytes + r.counted as "runBytes"
               from unnest($1::uuid[], $2::uuid[]) as i(id, run_id)
                    join run r on r.id = i.run_id left join task_run t on t.id = i.id`,
      values: [items.map(({ id }) => id), items.map(({ runId }) => runId)],
    });
    return new Map(rows.map(({ id, bytes, runBytes }) => [id, { bytes, runBytes }]));
  }

  /** Tasks that ended while these agents held them, 100 of each; each is handed out again after 10 s until it is acknowledged. */
  async takeStopping(agentIds: readonly string[]): Promise<HeldItem[]> {
    const { rows } = await this.pool.query<Row>({
      name: 'take_stopping',
      // Rows that an append is just changing are skipped, so that neither can wait for the other; they are looked at again.
      text: `update agent_queue set delivered_at = now()
              where id in (select q.id from unnest($1::uuid[]) as a(id) cross join lateral
                             (select id from agent_queue
                               where state = 'stopping' and agent_id = a.id
                                 and (delivered_at is null or delivered_at < now() - interval '10 seconds')
                               order by id limit 100 for update skip locked) as q)
          returning id, run_id, kind, fence, agent_id`,
      values: [agentIds],
    });
    return rows.map(toItem);
  }

  /** These were taken and did not fit into an answer: they come at once. */
  async putBackStopping(ids: readonly string[]): Promise<void> {
    await this.pool.query({
      name: 'put_back_stopping',
      text: `update agent_queue set delivered_at = null
              where id in (select id from agent_queue where id = any($1::uuid[]) and state = 'stopping' order by id for update skip locked)`,
      values: [ids],
    });
  }

  /** The holder knows that the task has ended. */
  async acknowledge(taskRunId: string): Promise<void> {
    await this.pool.query({
      name: 'acknowledge_stop',
      text: `delete from agent_queue where id = $1 and state = 'stopping'`,
      values: [taskRunId],
    });
  }

  /** What the agent holds, or has to stop. */
  async heldBy(agentId: string): Promise<HeldItem[]> {
    const { rows } = await this.pool.query<Row>({
      name: 'held_items',
      text: `select id, run_id, kind, fence, agent_id from agent_queue where agent_id = $1 and state <> 'ready'`,
      values: [agentId],
    });
    return rows.map(toItem);
  }

  /**
   * Compares what the agent says it holds with the tasks that it has started. Answers those that it has not named for `grace` seconds: it has
   * forgotten them, or their end never came through.
   */
  async unnamed(agentId: string, named: readonly NamedItem[], grace: number): Promise<QueueItem[]> {
    await this.pool.query({
      name: 'mark_unnamed',
      text: `update agent_queue q set missed_at = case when q.missed_at is null then now() end
              where q.id in (select i.id from agent_queue i
                                    left join unnest($2::uuid[], $3::bigint[]) as n(id, fence) on n.id = i.id and n.fence = i.fence
                              where i.agent_id = $1 and i.kind = 'task' and i.state <> 'ready' and (n.id is null) = (i.missed_at is null)
                                and (i.state = 'stopping'
                                     or exists (select 1 from task_run t where t.id = i.id and t.state ->> 'phase' = 'running'))
                              order by i.id for update of i skip locked)`,
      values: [agentId, named.map(({ id }) => id), named.map(({ fence }) => fence)],
    });
    // An agent that does not hold what it is to stop has nothing to stop.
    await this.pool.query({
      name: 'forget_unnamed_stops',
      text: `delete from agent_queue
              where id in (select id from agent_queue
                            where agent_id = $1 and state = 'stopping' and missed_at < now() - make_interval(secs => $2)
                            order by id for update skip locked)`,
      values: [agentId, grace],
    });
    const { rows } = await this.pool.query<Row>({
      name: 'unnamed_items',
      text: `select id, run_id, kind, fence from agent_queue
              where agent_id = $1 and state = 'leased' and missed_at < now() - make_interval(secs => $2)`,
      values: [agentId, grace],
    });
    return rows.map(toItem);
  }

  /**
   * Leases that ran out: of claims that were not started in time (the answer that brought them may have been lost, and then nobody works
   * on them), and of everything that a silent agent has started.
   */
  async expired(limit: number): Promise<QueueItem[]> {
    await this.pool.query({
      name: 'confirm_started',
      text: `update agent_queue set lease_until = 'infinity'
              where id in (select q.id from agent_queue q
                            where q.state = 'leased' and q.kind = 'task' and q.lease_until < now()
                              and exists (select 1 from task_run t where t.id = q.id and t.state ->> 'phase' = 'running')
                            order by q.id limit $1 for update skip locked)`,
      values: [limit],
    });
    const { rows } = await this.pool.query<Row>({
      name: 'expired_leases',
      text: `(select id, run_id, kind, fence from agent_queue
               where state = 'leased' and lease_until < now()
                 and not (kind = 'task' and exists (select 1 from task_run t where t.id = agent_queue.id and t.state ->> 'phase' = 'running'))
               order by lease_until limit $1)
             union all
             (select q.id, q.run_id, q.kind, q.fence
                from agent_lease l join agent_queue q on q.agent_id = l.agent_id
               where l.lease_until < now() and q.state = 'leased' and q.lease_until = 'infinity' limit $1)`,
      values: [limit],
    });
    return rows.map(toItem);
  }

  /** Stops that nobody is left to acknowledge, and those that a living agent has not acknowledged for an hour. */
  async forgetStopped(): Promise<void> {
    await this.pool.query({
      name: 'forget_stopped',
      text: `delete from agent_queue
              where id in (select q.id from agent_queue q
                            where q.state = 'stopping' and q.lease_until < now()
                              and (q.lease_until < now() - interval '1 hour' or not exists (select 1 from agent_lease l where l.agent_id = q.agent_id and l.lease_until >= now()))
                            order by q.id for update of q skip locked)`,
    });
  }
}

/** A workflow's token is no agent's. */
export function scopeOf(reach: Reach): Scope {
  switch (reach.kind) {
    case 'installation':
      return { key: 'installation', teamIds: null };
    case 'team':
      return ofTeams([reach.team.id]);
    case 'member':
      return ofTeams(reach.teams.map(({ team }) => team.id));
    case 'workflow':
      return ofTeams([]);
  }
}

function ofTeams(ids: readonly string[]): Scope {
  return { key: [...ids].sort().join(), teamIds: ids };
}
