import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { createDataSource, migrate, schemaText } from '.';

const file = join(__dirname, 'schema.sql');

describe('the schema', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('is the one that schema.sql shows (UPDATE_SCHEMA=1 rewrites it)', async () => {
    const dataSource = await createDataSource({ url: database.ownerUrl }).initialize();
    try {
      const text = await schemaText(dataSource);
      if (process.env['UPDATE_SCHEMA']) writeFileSync(file, text);
      expect(text).toBe(readFileSync(file, 'utf8'));
    } finally {
      await dataSource.destroy();
    }
  });

  it('is migrated once by starters that race', async () => {
    const empty = await createTestDatabase({ migrated: false });
    const start = () => createDataSource({ url: empty.url }).initialize();
    const first = await start();
    const sources = [first, await start(), await start()];
    try {
      await Promise.all(sources.map((each) => migrate(each)));
      const rows = await first.query<{ name: string }[]>('select name from migration');
      expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
      expect(await schemaText(first)).toBe(readFileSync(file, 'utf8'));
    } finally {
      await Promise.all(sources.map((each) => each.destroy()));
      await empty.drop();
    }
  });

  it('refuses a database that a newer version has migrated', async () => {
    const newer = await createTestDatabase();
    const dataSource = await createDataSource({ url: newer.ownerUrl }).initialize();
    try {
      await dataSource.query(`insert into migration (timestamp, name) values (9999999999999, 'Future9999999999999')`);
      await expect(migrate(dataSource)).rejects.toThrow('Future9999999999999');
    } finally {
      await dataSource.destroy();
      await newer.drop();
    }
  });

  it('refuses a ledger that an older build has written', async () => {
    const older = await createTestDatabase();
    const dataSource = await createDataSource({ url: older.ownerUrl }).initialize();
    try {
      await dataSource.query(`delete from migration where name like 'LeanAppend%'`);
      await dataSource.query(`update ledger_head set position = 1`);
      await expect(migrate(dataSource)).rejects.toThrow('An older build of Runledger made the database');
    } finally {
      await dataSource.destroy();
      await older.drop();
    }
  });

  it('gets partitions from a role that owns nothing, months ahead', async () => {
    const theirs = await createTestDatabase();
    const service = await createDataSource({ url: theirs.url }).initialize();
    try {
      const now = new Date();
      await migrate(service, { now: Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 8, 1) });
      const made = await service.query<{ bounds: string; mine: boolean; owned: boolean }[]>(
        `select pg_get_expr(c.relpartbound, c.oid) as bounds, pg_get_userbyid(c.relowner) = current_user as owned,
                has_table_privilege(c.oid, 'insert') = (c.relname ~ '^task_log') as mine
           from pg_class c where c.relkind = 'r' and c.relname ~ '_y20..m' order by c.relname`,
      );
      expect(made).toHaveLength(20);
      expect(made.every(({ mine, owned }) => mine && !owned)).toBe(true);
      // Each begins where the one before ends.
      const edges = made.map(({ bounds }) => /FROM \('(.*)'\) TO \('(.*)'\)/.exec(bounds)?.slice(1));
      const first = edges.slice(0, 5);
      expect(first.slice(1).map((edge) => edge?.[0])).toEqual(first.slice(0, -1).map((edge) => edge?.[1]));
      const month = (at: number) => Number.parseInt((edges[at]?.[0] ?? '').replaceAll('-', '').slice(0, 12), 16);
      expect(month(0)).toBe(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1));
    } finally {
      await service.destroy();
      await theirs.drop();
    }
  });
});
