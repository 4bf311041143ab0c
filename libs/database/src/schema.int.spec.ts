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
    const dataSource = await createDataSource({ url: database.url }).initialize();
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
    const sources = await Promise.all([1, 2, 3].map(() => createDataSource({ url: empty.url }).initialize()));
    try {
      await Promise.all(sources.map((each) => migrate(each)));
      const rows = await sources[0]?.query<{ name: string }[]>('select name from migration');
      expect(new Set(rows?.map(({ name }) => name)).size).toBe(rows?.length);
      expect(await schemaText(sources[0] as never)).toBe(readFileSync(file, 'utf8'));
    } finally {
      await Promise.all(sources.map((each) => each.destroy()));
      await empty.drop();
    }
  });

  it('refuses a database that a newer version has migrated', async () => {
    const newer = await createTestDatabase();
    const dataSource = await createDataSource({ url: newer.url }).initialize();
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
    const dataSource = await createDataSource({ url: older.url }).initialize();
    try {
      await dataSource.query(`delete from migration where name like 'LeanAppend%'`);
      await dataSource.query(`update ledger_head set position = 1`);
      await expect(migrate(dataSource)).rejects.toThrow('An older build of Runledger made the database');
    } finally {
      await dataSource.destroy();
      await older.drop();
    }
  });

  it('can be worked on by a role that owns nothing, partitions included', async () => {
    const theirs = await createTestDatabase();
    const owner = await createDataSource({ url: theirs.url }).initialize();
    const role = `spec_${theirs.url.slice(-10)}`;
    const url = new URL(theirs.url);
    url.username = role;
    url.password = 'p';
    await owner.query(`create role ${role} login password 'p'`);
    try {
      // As docs/operations.md says.
      await owner.query(`grant usage on schema public to ${role}`);
      await owner.query(`grant select, insert, update, delete on all tables in schema public to ${role}`);
      const service = await createDataSource({ url: url.toString() }).initialize();
      const later = Date.UTC(2031, 4, 1);
      await migrate(service, later);
      const made = await service.query<{ name: string; mine: boolean; owned: boolean }[]>(
        `select c.relname as name, has_table_privilege(current_user, c.oid, 'insert') as mine,
                pg_get_userbyid(c.relowner) = current_user as owned
           from pg_class c where c.relkind = 'r' and c.relname ~ '_y2031m' order by 1`,
      );
      expect(made).toHaveLength(10);
      expect(made.every(({ mine, owned }) => mine && !owned)).toBe(true);
      await expect(service.query('truncate event_y2031m05')).rejects.toThrow();
      await expect(service.query(`select make_month_partition('token', 'y2031m05', null, null)`)).rejects.toThrow(
        'There are no monthly partitions',
      );
      await service.destroy();
      await owner.query(`drop owned by ${role}`);
    } finally {
      await owner.query(`drop role ${role}`);
      await owner.destroy();
      await theirs.drop();
    }
  });
});
