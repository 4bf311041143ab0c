import { inTransaction } from '#libs/database';
import { newId } from '#libs/kernel';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { Pool } from 'pg';
import { lookUp, beginInOrder, type Wanted, wayAlong } from './audit-way';

interface Node {
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Node[];
}

const rows = 200_000;
const rare = '77';
const teams = Array.from({ length: 300 }, () => newId());
const nothing = { teams: null, actions: undefined, actors: undefined, hasReason: false, isRefused: undefined };

describe('the ways into the index of the trail', () => {
  let database: TestDatabase;
  let pool: Pool;
  beforeAll(async () => {
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url, max: 2 });
    // The first team does almost everything; the rare action, and reasons, happened long ago.
    await pool.query(
      `insert into audit_entry (position, team_id, actor, action, has_reason, is_refused)
       select n, ($1::uuid[])[case when n % 10 < 8 then 1 else 1 + n % 300 end], n % 3,
              case when n in (500, 501, 900) then 77 else n % 7 end, n in (500, 900), false
         from generate_series(1, $2::int) as n`,
      [teams, rows],
    );
    await pool.query('analyze audit_entry');
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const statement = (wanted: Wanted, order: 'ASC' | 'DESC', step: number) =>
    lookUp(wayAlong(wanted), { after: 0, before: rows + 1 }, order, step);

  it.each([
    ['a rare action of a team', { ...nothing, teams: teams.slice(0, 1), actions: [rare] }],
    ['a rare action of many teams', { ...nothing, teams, actions: [rare] }],
    ['a rare action anywhere', { ...nothing, actions: [rare] }],
    ['many actions of many teams', { ...nothing, teams, actions: [rare, '1', '2', '3', '4', '5'] }],
    ['a team', { ...nothing, teams: teams.slice(0, 1) }],
    ['many teams', { ...nothing, teams }],
    ['everything', nothing],
    ['an actor with an action that they never had', { ...nothing, actors: ['1'], actions: [rare] }],
    ['an actor in a team', { ...nothing, teams: teams.slice(1, 2), actors: ['2'] }],
    ['a reason in a team', { ...nothing, teams: teams.slice(0, 1), hasReason: true }],
    ['a reason anywhere', { ...nothing, hasReason: true }],
    ['only refused attempts, of which there are none', { ...nothing, isRefused: true }],
  ])('look for %s with an index, at a bounded number of rows', async (_, wanted) => {
    for (const order of ['ASC', 'DESC'] as const) {
      const { sql, values } = statement(wanted, order, 500);
      const explain = `explain (analyze, format json) ${sql}`;
      const { rows: plans } = await inTransaction(
        pool,
        (client) => client.query<{ 'QUERY PLAN': readonly { readonly Plan: Node }[] }>(explain, values),
        beginInOrder,
      );
      const nodes = plans.flatMap(({ 'QUERY PLAN': plan }) => plan.flatMap((each) => flat(each.Plan)));
      const scans = nodes.filter((node) => /Seq Scan|Index|Bitmap/.test(node['Node Type']));
      expect(scans.map((node) => node['Node Type']).filter((type) => !type.startsWith('Index'))).toEqual([]);
      const looked = scans.map(
        (node) => (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
      );
      expect(Math.max(...looked)).toBeLessThanOrEqual(50_000);
    }
  });

  it('find what the whole table has', async () => {
    const wanted = { ...nothing, teams: teams.slice(0, 40), actions: ['1', '3'] };
    const { sql, values, size } = statement(wanted, 'DESC', 500);
    const found = await pool.query<{ positions: string[]; rows: number; last: string }>(sql, values);
    const all = await pool.query<{ position: string }>(
      `select position from audit_entry where team_id = any($1) and action = any($2) order by position desc limit $3`,
      [wanted.teams, wanted.actions, size],
    );
    expect(found.rows[0]?.positions).toEqual(all.rows.map(({ position }) => position));
    expect(found.rows[0]?.last).toBe(all.rows.at(-1)?.position);
  });
});

function flat(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(flat)];
}
