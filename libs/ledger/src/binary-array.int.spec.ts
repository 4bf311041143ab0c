import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { Client } from 'pg';
import { binaryArray, type ColumnType } from './binary-array';

describe('an array as PostgreSQL itself sends it', () => {
  let database: TestDatabase;
  let client: Client;
  beforeAll(async () => {
    database = await createTestDatabase();
    client = new Client({ connectionString: database.url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  const asText = async (type: ColumnType, values: readonly unknown[]): Promise<unknown> => {
    const { rows } = await client.query(
      `select array_agg(x::text order by n) as texts
      from unnest($1::${type}[]) with ordinality as r(x, n)`,
      [binaryArray(type, values)],
    );
    return rows[0].texts;
  };
  const long = 'ä€😀"\\\n{},NULL'.repeat(1000);

  it.each<[ColumnType, unknown[], unknown]>([
    ['text', ['', 'plain', long, null, undefined, 'NULL'], ['', 'plain', long, null, null, 'NULL']],
    ['text', ['a lone \ud800 surrogate'], ['a lone � surrogate']],
    ['int4', [0, -1, 2_147_483_647, null], ['0', '-1', '2147483647', null]],
    ['int8', [0, -1, Number.MAX_SAFE_INTEGER], ['0', '-1', '9007199254740991']],
    ['float8', [0.5, -1e300], ['0.5', '-1e+300']],
    ['bool', [true, false, null], ['true', 'false', null]],
    ['uuid', ['01900000-0000-7000-8000-0000000000ff', null], ['01900000-0000-7000-8000-0000000000ff', null]],
    ['json', ['{"a": [1, "x"]}', null], ['{"a": [1, "x"]}', null]],
    ['jsonb', ['{"b":1,"a":"ü"}', null], ['{"a": "ü", "b": 1}', null]],
    ['uuid', [], null],
  ])('%s %#', async (type, values, texts) => {
    expect(await asText(type, values)).toEqual(texts);
  });

  it('takes no text for a UUID that is none', () => {
    expect(() => binaryArray('uuid', ['x'])).toThrow('x is no UUID');
    expect(() => binaryArray('uuid', ['01900000-0000-7000-8000-0000000000f'])).toThrow('is no UUID');
  });
});
