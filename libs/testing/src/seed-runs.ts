import type { Pool, PoolClient } from 'pg';

/** Shares of runs as in life: a few teams and workflows have most of them. */
export interface SeededRuns {
  /** Ids of the teams, the one with the most runs first: each has 1/rank of its runs. */
  readonly teams: readonly string[];
  /** Runs in all. */
  readonly runs: number;
  /** Workflows of each team, shared in the same way. */
  readonly workflowsOfTeam: number;
  /** The creation of the last run: milliseconds since the epoch. The others lie in the year before it, more and more of them each day. */
  readonly until: number;
}

/** The id of a seeded workflow, by its rank from 1. */
export function seededWorkflow(team: string, rank: number): string {
  return `${team.slice(0, 24)}${rank.toString(16).padStart(12, '0')}`;
}

/** Labels of seeded runs, with the share of all runs that carry them. */
export const seededLabels = {
  common: { env: 'prod' },
  middling: { region: 'r7' },
  rare: { customer: 'c77' },
} as const;

const settings = "set statement_timeout = 0; set synchronous_commit = off; set maintenance_work_mem = '512MB'";
/** Rows of one statement. */
const batch = 100_000;

/** `random(n, salt)`: 0 to 1, the same for each run every time. */
const random = (salt: number) => `((hashint8extended(n, ${salt}) >> 11) & 1048575) / 1048576.0`;

/** The first index at which the sum of the shares 1/1, 1/2, … is above the share: from 1. */
const ranked = (salt: number, sums: string) => `1 + width_bucket(${random(salt)}, ${sums})`;

/**
 * Statuses: one run in 250 of the newest has not ended, and one in 100,000 of the others; one in fifty that has ended is not finalized.
 * Labels: `env` (prod for half of all runs, staging, dev), `region` (one of twenty) and `customer` (one of 10,000), the last one of a third of
 * the runs.
 */
const rows = `
with drawn as (
  select n, ${ranked(1, '$2::float8[]')} as team_rank, ${ranked(2, '$3::float8[]')} as workflow_rank,
         date_trunc('milliseconds', to_timestamp($4::float8 / 1000) - (1 - sqrt(n / $5::float8)) * interval '365 days') as at,
         ${random(3)} as s, ${random(4)} as p, ${random(5)} as t, ${random(6)} as e, ${random(7)} as c,
         ${random(8)} < case when n > $5::float8 * 0.98 then 0.004 else 0.00001 end as is_open
    from generate_series($6::bigint, $7::bigint) n),
made as (
  select n, ($1::uuid[])[team_rank] as team, (left(($1::uuid[])[team_rank]::text, 24) || lpad(to_hex(workflow_rank), 12, '0'))::uuid as workflow,
         workflow_rank, at, e, c,
         case when is_open then case when s < 0.6 then 'running' when s < 0.8 then 'waiting' when s < 0.9 then 'ready' else 'notstarted' end
              when s < 0.85 then 'succeeded' when s < 0.94 then 'failed' when s < 0.97 then 'cancelled' when s < 0.985 then 'skipped'
              when s < 0.995 then 'timedout' else 'invalid' end as status,
         case when is_open then case when s < 0.8 then 'running' when s < 0.9 then 'pending' else 'queued' end
              when p < 0.02 then 'completed' else 'finalized' end as phase,
         case when t < 0.4 then 'schedule' when t < 0.7 then 'manual' when t < 0.85 then 'webhook' when t < 0.93 then 'event'
              when t < 0.98 then 'github' when t < 0.999 then 'engine' else 'task' end as trigger
    from drawn),
identified as materialized (
  select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' ||
          substr(md5(n::text), 4, 15))::uuid as id, made.* from made),
added as (
  insert into run_status (id, team_id, workflow_id, trigger, creation_date, status, phase, changing)
  select id, team, workflow, trigger, at, status, phase,
         json_build_object('status', status, 'phase', phase, 'statusMessage', null, 'startTime', null, 'duration', 10,
           'results', '[]'::json, 'awaitingApproval', false)
    from identified)
insert into workflow_run (id, team_id, workflow_id, trigger, creation_date, labels, fixed)
select id, team, workflow, trigger, at, labels,
       jsonb_build_object('id', id, 'teamId', team, 'teamName', 'seeded',
         'workflow', jsonb_build_object('id', workflow, 'revisionId', workflow, 'version', 1, 'name', 'workflow-' || workflow_rank,
           'displayName', 'Workflow ' || workflow_rank),
         'creationDate', (extract(epoch from at) * 1000)::bigint, 'trigger', trigger, 'labels', labels,
         'annotations', jsonb_build_object('note', repeat('x', 200)), 'params', '[]'::jsonb, 'workspaces', '[]'::jsonb,
         'timeout', 0, 'retries', 0, 'debug', false, 'initiator', null, 'parent', null)
  from (select identified.*,
               jsonb_build_object('env', case when e < 0.5 then 'prod' when e < 0.8 then 'staging' else 'dev' end,
                                  'region', 'r' || floor(e * 1000)::int % 20) ||
               case when c < 1 / 3.0 then jsonb_build_object('customer', 'c' || floor(c * 30000)::int) else '{}' end as labels
          from identified) as labelled`;

const labels = `
insert into run_label (label, creation_date, run_id)
select label_id(team_id, key, value) as label, creation_date, id from workflow_run cross join lateral jsonb_each_text(labels)
 order by 1, 2, 3`;

/** Those of the statuses that runs have passed stand at 0, and are swept. */
const counters = `
insert into run_count (team_id, workflow_id, day, status, phase, trigger, runs)
select team_id, workflow_id, (creation_date at time zone 'UTC')::date, status, phase, trigger, count(*) from run_status
 group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6;
insert into run_day_count (team_id, day, status, phase, trigger, runs)
select team_id, day, status, phase, trigger, sum(runs) from run_count group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5`;

/**
 * Fills the views of runs with rows as appends would have written them, without the events. For a database that holds no runs.
 * @param owner connections with the rights of the database's owner: indexes are made when the rows are there.
 */
export async function seedRuns(owner: Pool, { teams, runs, workflowsOfTeam, until }: SeededRuns): Promise<void> {
  const client = await owner.connect();
  try {
    await client.query(settings);
    const shares = [sumsOf(teams.length), sumsOf(workflowsOfTeam)];
    await withoutIndexes(client, ['workflow_run', 'run_status'], async () => {
      for (let first = 1; first <= runs; first += batch) {
        const last = Math.min(runs, first + batch - 1);
        await client.query(rows, [teams, ...shares, until, runs, first, last]);
      }
    });
    await client.query(labels);
    await client.query(counters);
    await client.query('vacuum analyze workflow_run, run_status, run_label, run_count, run_day_count');
  } finally {
    client.release();
  }
}

/** What the views that follow the ledger would have written. */
const followers = `
with ended as (
  select id, team_id, workflow_id, creation_date, status, abs(hashtext(id::text)::bigint) as n
    from run_status where phase in ('completed', 'finalized')),
texts as (
  insert into run_text (id, team_id, workflow_id, words, results)
  select id, team_id, workflow_id,
         array_to_tsvector(array['@' || team_id, '@' || workflow_id, 'nightly', 'import', '=shard=' || n % 7, 'w' || n % 10000, case status when 'failed' then 'exit' else 'done' end]), '[]'
    from ended)
insert into run_outcome (id, team_id, workflow_id, created, status, queueing, running, shape)
select id, team_id, workflow_id, creation_date, status, n % 3000, exp(4 + (n % 1000) / 80.0)::bigint,
       case status when 'failed' then 'exit code <n> in step ' || chr(97 + (n % 20)::int) end
  from ended`;
const lengths = `select run_length_count_add(array(select id from run_outcome where team_id = $1), 1)`;

/**
 * Fills the views that follow the ledger, of the runs that `seedRuns` has made.
 * @param teams ids. @param owner connections with the rights of the database's owner.
 */
export async function seedFollowers(owner: Pool, teams: readonly string[]): Promise<void> {
  const client = await owner.connect();
  try {
    await client.query(settings);
    await withoutIndexes(client, ['run_text', 'run_outcome'], () => client.query(followers));
    for (const id of teams) await client.query(lengths, [id]);
    await client.query('vacuum analyze run_outcome, run_length_count, run_text');
  } finally {
    client.release();
  }
}

/** Fills tables whose indexes, other than the primary keys, are made when the rows are there. */
async function withoutIndexes(
  owner: PoolClient,
  tables: readonly string[],
  fill: () => Promise<unknown>,
): Promise<void> {
  const { rows: indexes } = await owner.query<{ name: string; sql: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as sql from pg_index
      where indrelid = any($1::text[]::regclass[]) and not indisprimary`,
    [tables],
  );
  for (const { name } of indexes) await owner.query(`drop index ${name}`);
  await fill();
  for (const { sql } of indexes) await owner.query(sql);
}

/** Upper ends of the shares 1/1, 1/2, …, of which all together are 1; without the last. */
function sumsOf(count: number): number[] {
  const weights = Array.from({ length: count }, (_, index) => 1 / (index + 1));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  return weights.slice(0, -1).map((weight) => (sum += weight) / all);
}
