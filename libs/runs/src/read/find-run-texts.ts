import { onlyWorkflowOf, type ReachInTeam } from '#libs/contracts';
import { Conditions, withClient } from '#libs/database';
import { RefusedError } from '#libs/kernel';
import type { Pool, PoolClient } from 'pg';
import { type SearchText, toTsquery } from '../domain';

/** Runs that are looked at one by one, from the newest on, before the index of words is asked: what many runs have is found there. */
const lookedAt = 2000;
/** Milliseconds that one statement of a search may take. */
const mostMilliseconds = 2000;

export interface TextRequest {
  readonly wanted: SearchText;
  /** Only older runs than that of this id. */
  readonly before?: string;
  readonly limit: number;
}

export interface TextPage {
  /** Newest first. */
  readonly ids: readonly string[];
  readonly hasMore: boolean;
}

/**
 * Runs that have all the words, newest first. A text that may be the beginning of an id means runs of such ids, if there are any.
 * @throws RefusedError QUERY_INVALID_FILTERS if too many runs would have to be looked at.
 */
export async function findRunTexts(pool: Pool, reach: ReachInTeam, request: TextRequest): Promise<TextPage> {
  const { limit } = request;
  const found = await withClient(pool, async (client) => {
    await client.query(`begin read only; set local statement_timeout = ${mostMilliseconds}; set local jit = off`);
    const ids = await idsOf(client, reach, request).catch((error: unknown) => {
      if ((error as { code?: unknown }).code === '57014') return null;
      throw error;
    });
    await client.query('rollback');
    return ids;
  });
  if (!found) {
    throw new RefusedError(
      'QUERY_INVALID_FILTERS',
      'Invalid query filters have been provided. Parameter q finds too much to look at: give more words, or longer ones.',
    );
  }
  return { ids: found.slice(0, limit), hasMore: found.length > limit };
}

async function idsOf(client: PoolClient, reach: ReachInTeam, request: TextRequest): Promise<string[]> {
  const { idBeginning } = request.wanted;
  return (await areThere(client, reach, idBeginning))
    ? idsThatBegin(client, reach, idBeginning ?? '', request)
    : idsWithWords(client, reach, request);
}

function inReach(reach: ReachInTeam, before: string | undefined): Conditions {
  const conditions = Conditions.within(reach.team.id, onlyWorkflowOf(reach));
  return before === undefined ? conditions : conditions.add('id < ?::uuid', before);
}

/** Whether the text means ids, on every page. */
async function areThere(client: PoolClient, reach: ReachInTeam, digits: string | null): Promise<boolean> {
  return digits !== null && (await idsThatBegin(client, reach, digits, { limit: 0 })).length > 0;
}

/** The id of a task run begins like that of its run, which ends with zeros. */
async function idsThatBegin(
  client: PoolClient,
  reach: ReachInTeam,
  digits: string,
  { before, limit }: Pick<TextRequest, 'before' | 'limit'>,
): Promise<string[]> {
  const least = digits.slice(0, 28).padEnd(32, '0');
  const conditions = inReach(reach, before).add('id >= ?::uuid', least).add('id <= ?::uuid', digits.padEnd(32, 'f'));
  const { rows } = await client.query<{ id: string }>(
    `select id from run_text where ${conditions.sql} order by id desc limit ${limit + 1}`,
    conditions.values,
  );
  return rows.map(({ id }) => id);
}

async function idsWithWords(
  client: PoolClient,
  reach: ReachInTeam,
  { wanted, before, limit }: TextRequest,
): Promise<string[]> {
  // A run of the reach, with all the words.
  const query = `'@${onlyWorkflowOf(reach) ?? reach.team.id}' & ${toTsquery(wanted.words)}`;
  const recent = inReach(reach, before);
  const words = recent.value(query);
  const { rows } = await client.query<{ ids: string[]; last: string | null; looked: string }>(
    `with recent as materialized (select id, words from run_text where ${recent.sql} order by id desc limit ${lookedAt})
     select array(select id from recent where words @@ ${words}::tsquery order by id desc limit ${limit + 1}) as ids,
            (select id from recent order by id limit 1) as last, (select count(*) from recent) as looked`,
    recent.values,
  );
  const { ids = [], last = null, looked = '0' } = rows[0] ?? {};
  if (ids.length > limit || last === null || Number(looked) < lookedAt) return ids;
  const older = inReach(reach, last);
  const olderWords = older.value(query);
  const found = await client.query<{ id: string }>(
    `with found as materialized (select id from run_text where words @@ ${olderWords}::tsquery and ${older.sql})
     select id from found order by id desc limit ${limit + 1 - ids.length}`,
    older.values,
  );
  return [...ids, ...found.rows.map(({ id }) => id)];
}

/** The searchable results of runs, as they were found. */
export async function readFoundResults(
  pool: Pool,
  runIds: readonly string[],
): Promise<ReadonlyMap<string, readonly { readonly task: string; readonly name: string; readonly value: string }[]>> {
  const { rows } = await pool.query<{ id: string; results: { task: string; name: string; value: string }[] }>({
    name: 'found_results',
    text: 'select id, results from run_text where id = any($1::uuid[])',
    values: [runIds],
  });
  return new Map(rows.map(({ id, results }) => [id, results]));
}
