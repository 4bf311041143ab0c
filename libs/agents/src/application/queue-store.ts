import type { ItemKind } from '#libs/kernel';
import type { AgentItem, Reach } from '#libs/contracts';
import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';

export interface QueueItem {
  readonly id: string;
  readonly runId: string;
  readonly kind: ItemKind;
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
  /** A bigint arrives as text. */
  fence: string;
  agent_id: string;
}

interface Measured extends Row {
  bytes: number;
  run_bytes: number;
}

function measuresOf({ bytes, run_bytes: runBytes }: Measured): Measures {
  return { bytes, runBytes };
}

function toItem({ id, run_id: runId, kind, fence, agent_id: agentId }: Row): HeldItem {
  return { id, runId, kind, fence: Number(fence), agentId };
}

/** The sizes of things, before they are loaded. */
export interface Measures {
  /** The approximate bytes of the item's JSON in the answer. */
  readonly bytes: number;
  /** The bytes of params and results of the whole run. */
  readonly runBytes: number;
}

export type StoppingItem = HeldItem & Measures;

export interface ReadyItem extends QueueItem, Measures {
  /** The type of a task; `run` for runs. */
  readonly type: string;
}

/** What the program tells of a commit that has put something into the queue: see `WakeUps`. */
export const queueTopics = { ready: 'ready', stopping: 'stopping' } as const;

/** The part of the queue that a reach covers. Polls with the same scope are served together. */
export interface Scope {
  readonly key: string;
  /** Null: of every team. */
  readonly teamIds: readonly string[] | null;
}

/** The queue of what agents are to do. Its rows come with the events of runs; here they are read, handed out and taken back. */
@Injectable()
export class QueueStore {
  constructor(private readonly pool: Pool) {}

  /** The items of the scope that can be claimed, oldest first. */
  async ready(
    { teamIds }: Scope,
    kinds: readonly string[],
    types: readonly string[],
    limit: number,
  ): Promise<ReadyItem[]> {
    const { rows } = await this.pool.query<Measured & { task_type: string }>({
      name: teamIds ? 'ready_items_of_teams' : 'ready_items_of_installation',
      text: `select id, run_id, kind, fence, task_type, bytes, run_bytes from agent_queue
              where state = 'ready' and kind = any($1) and task_type = any($2) ${teamIds ? 'and team_id = any($4::uuid[])' : ''}
              order by queued_at, id limit $3`,
      values: teamIds ? [kinds, types, limit, teamIds] : [kinds, types, limit],
    });
    return rows.map((row) => ({ ...toItem(row), ...measuresOf(row), type: row.task_type }));
  }

  /**
   * Tasks that ended while these agents held them, 100 of each; each is given out again after 10 s until it is
   * acknowledged. `areOthers`: whether any task, of any agent, is to be stopped still.
   */
  async takeStopping(
    agentIds: readonly string[],
  ): Promise<{ readonly items: StoppingItem[]; readonly areOthers: boolean }> {
    const { rows } = await this.pool.query<
      (Measured | { readonly [Name in keyof Measured]: null }) & { readonly any: boolean }
    >({
      name: 'take_stopping',
      // Skips rows that an append is changing, so that neither waits for the other; a later pass looks at them again.
      text: `with taken as (
               update agent_queue set delivered_at = now()
                where id in (select q.id from unnest($1::uuid[]) as a(id) cross join lateral
                               (select id from agent_queue
                                 where state = 'stopping' and agent_id = a.id
                                   and (delivered_at is null or delivered_at < now() - interval '10 seconds')
                                 order by id limit 100 for update skip locked) as q)
            returning id, run_id, kind, fence, agent_id, bytes, run_bytes)
             select t.*, s.any
               from (select exists (select 1 from agent_queue where state = 'stopping') as any) as s left join taken t on true`,
      values: [agentIds],
    });
    const items = rows.flatMap((row) => (row.id === null ? [] : [{ ...toItem(row), ...measuresOf(row) }]));
    return { items, areOthers: rows.some(({ any }) => any) };
  }

  /** These items did not fit into an answer: they come with the next one at once. */
  async putBackStopping(ids: readonly string[]): Promise<void> {
    await this.pool.query({
      name: 'put_back_stopping',
      text: `update agent_queue set delivered_at = null
              where id in (select id from agent_queue where id = any($1::uuid[]) and state = 'stopping' order by id for update skip locked)`,
      values: [ids],
    });
  }

  /** Those of these items that the queue has. What has been started is its agent's for as long as that agent lives. */
  async itemsOf(teamId: string, ids: readonly string[]): Promise<AgentItem[]> {
    const { rows } = await this.pool.query<AgentItem>({
      name: 'items_of',
      text: `select q.id, q.state, q.agent_id as "agentId", (extract(epoch from q.queued_at) * 1000)::float8 as since,
                    (extract(epoch from case when q.lease_until = 'infinity' then l.lease_until else q.lease_until end) * 1000)::float8 as "leaseUntil"
               from agent_queue q left join agent_lease l on l.agent_id = q.agent_id
              where q.team_id = $1 and q.id = any($2::uuid[]) order by q.id`,
      values: [teamId, ids],
    });
    return rows;
  }

  /** The holder knows that the task has ended. */
  async acknowledge(taskRunId: string): Promise<void> {
    await this.pool.query({
      name: 'acknowledge_stop',
      text: `delete from agent_queue where id = $1 and state = 'stopping'`,
      values: [taskRunId],
    });
  }

  /** The items that the agent holds, or must stop. */
  async heldBy(agentId: string): Promise<HeldItem[]> {
    const { rows } = await this.pool.query<Row>({
      name: 'held_items',
      text: `select id, run_id, kind, fence, agent_id from agent_queue where agent_id = $1 and state <> 'ready'`,
      values: [agentId],
    });
    return rows.map(toItem);
  }

  /**
   * Compares the items that the agent names with the tasks that it has started. Returns those that it has not named for
   * `grace` seconds: it has forgotten them, or their end never arrived.
   */
  async unnamed(agentId: string, named: readonly NamedItem[], grace: number): Promise<QueueItem[]> {
    await this.pool.query({
      name: 'mark_unnamed',
      text: `update agent_queue q set missed_at = case when q.missed_at is null then now() end
              where q.id in (select i.id from agent_queue i
                                    left join unnest($2::uuid[], $3::bigint[]) as n(id, fence) on n.id = i.id and n.fence = i.fence
                              where i.agent_id = $1 and i.kind = 'task' and i.state <> 'ready' and (n.id is null) = (i.missed_at is null)
                                and (i.state = 'stopping' or i.started)
                              order by i.id for update of i skip locked)`,
      values: [agentId, named.map(({ id }) => id), named.map(({ fence }) => fence)],
    });
    // If an agent does not hold an item, it need not stop it.
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
   * Expired leases: of claims that were not started in time (the answer with them may have been lost, and then nobody
   * works on them), and of everything that a silent agent has started.
   */
  async expired(limit: number): Promise<QueueItem[]> {
    const { rows } = await this.pool.query<Row>({
      name: 'expired_leases',
      text: `(select id, run_id, kind, fence from agent_queue
               where state = 'leased' and lease_until < now()
               order by lease_until limit $1)
             union all
             (select q.id, q.run_id, q.kind, q.fence
                from agent_lease l join agent_queue q on q.agent_id = l.agent_id
               where l.lease_until < now() and q.state = 'leased' and q.lease_until = 'infinity' limit $1)`,
      values: [limit],
    });
    return rows.map(toItem);
  }

  /** Stops that no agent is left to acknowledge, and those that a living agent has not acknowledged for an hour. */
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

/** An agent cannot use a workflow's token. */
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
