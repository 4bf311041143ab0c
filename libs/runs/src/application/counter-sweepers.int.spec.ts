import { newId } from '#libs/kernel';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { Pool } from 'pg';
import { counterSweepers } from './counter-sweepers';

describe('counters that stand at 0', () => {
  let database: TestDatabase;
  let pool: Pool;
  const [team, workflow] = [newId(), newId()];
  beforeAll(async () => {
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url, max: 4 });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const count = (day: string, status: string, delta: number) =>
    pool.query(
      `select run_count_apply(array[$1::uuid], array[$2::uuid], array[$3], array[$4], array['completed'], array['manual'], array[$5::bigint])`,
      [team, workflow, day, status, delta],
    );
  const rowsOf = async (table: string): Promise<string[]> => {
    const { rows } = await pool.query<{ text: string }>(
      `select day || ' ' || status || ' ' || runs as text from ${table} where team_id = $1 order by 1`,
      [team],
    );
    return rows.map(({ text }) => text);
  };
  const sweep = async (): Promise<number[]> =>
    Promise.all(counterSweepers(pool, () => undefined).map((each) => each.sweep()));

  it('go once their day is over, and come back with a run', async () => {
    const today = new Date().toISOString().slice(0, 10);
    for (const day of ['2026-01-05', today]) {
      await count(day, 'running', 2);
      await count(day, 'running', -2);
      await count(day, 'failed', 2);
    }
    expect(await sweep()).toEqual([1, 1]);
    const kept = ['2026-01-05 failed 2', `${today} failed 2`, `${today} running 0`];
    for (const table of ['run_count', 'run_day_count']) expect(await rowsOf(table)).toEqual(kept);
    await count('2026-01-05', 'running', 1);
    for (const table of ['run_count', 'run_day_count']) expect(await rowsOf(table)).toContain('2026-01-05 running 1');
  });

  it('are left alone while a command changes them', async () => {
    await count('2026-01-06', 'running', 1);
    await count('2026-01-06', 'running', -1);
    const command = await pool.connect();
    await command.query('begin');
    await command.query('select 1 from run_count where team_id = $1 for update', [team]);
    expect(await sweep()).toEqual([0, 1]);
    await command.query('commit');
    command.release();
    expect(await sweep()).toEqual([1, 0]);
  });
});
