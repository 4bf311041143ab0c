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
});
