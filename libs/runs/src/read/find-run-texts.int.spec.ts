import { newId } from '#libs/kernel';
import type { ReachInTeam } from '#libs/contracts';
import { Chance, createTestDatabase, type TestDatabase } from '#libs/testing';
import { Pool } from 'pg';
import { parseSearchText, searchWords } from '../domain';
import { findRunTexts } from './find-run-texts';

interface Row {
  readonly id: string;
  readonly team: string;
  readonly workflow: string;
  readonly words: readonly string[];
}

const [team, other, w1, w2] = [newId(), newId(), newId(), newId()];
const chance = new Chance(27);
const begin = Date.UTC(2026, 0, 1);

/** More than are looked at one by one, so that the index of words is asked as well. */
const rows: readonly Row[] = Array.from({ length: 7000 }, (_, index) => {
  const words = ['all', `of${index % 5}`, `rare${chance.below(700)}`, ...(index < 1500 ? ['ancient'] : [])];
  return {
    id: newId(begin + index * 1000),
    team: chance.is(0.8) ? team : other,
    workflow: chance.is(0.9) ? w1 : w2,
    words: searchWords({ labels: { shard: String(index % 7) }, texts: words }),
  };
});

describe('the search by text', () => {
  let database: TestDatabase;
  let pool: Pool;
  const reach: ReachInTeam = {
    kind: 'team',
    team: { id: team, name: 'a' },
    permissions: ['**/**'],
    ofInstallation: false,
  };
  beforeAll(async () => {
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url, max: 2 });
    await pool.query('select run_text_put($1::uuid[], $2::uuid[], $3::uuid[], $4::jsonb[], $5::json[])', [
      rows.map(({ id }) => id),
      rows.map((row) => row.team),
      rows.map(({ workflow }) => workflow),
      rows.map(({ words }) => JSON.stringify(words)),
      rows.map(() => '[]'),
    ]);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  it.each([
    ['all', 150],
    ['rare7', 20],
    ['rare77 of3', 100],
    ['ancient', 100],
    ['anc rare1', 3],
    ['shard=3 of2 all', 100],
    ['shard=', 100],
    ['absent', 20],
  ])('finds %j page by page, each run once and none of others', async (text, limit) => {
    const wanted = parseSearchText(text);
    for (const narrow of [reach, { ...reach, kind: 'workflow' as const, workflowId: w2 }]) {
      const expected = rows
        .filter((row) => row.team === team && (narrow.kind === 'team' || row.workflow === w2))
        .filter(({ words }) => wanted.words.every((word) => words.some((each) => each.startsWith(word))))
        .map(({ id }) => id)
        .reverse();
      const found: string[] = [];
      for (let before: string | undefined; ;) {
        const page = await findRunTexts(pool, narrow, { wanted, limit, ...(before !== undefined && { before }) });
        found.push(...page.ids);
        if (page.hasMore) expect(page.ids).toHaveLength(limit);
        before = page.ids.at(-1);
        if (!page.hasMore || found.length > 600) break;
      }
      expect(found).toEqual(expected.slice(0, found.length));
      if (found.length <= 600) expect(found).toHaveLength(expected.length);
    }
  });

  it('takes the beginning of an id for one, if there is such a run', async () => {
    const of = (text: string) => findRunTexts(pool, reach, { wanted: parseSearchText(text), limit: 2000 });
    for (const row of rows.filter((each) => each.team === team).slice(10, 20)) {
      expect((await of(row.id)).ids).toEqual([row.id]);
      const beginning = row.id.slice(0, 9);
      const alike = rows.filter(({ id, team: own }) => own === team && id.startsWith(beginning.slice(0, 8)));
      expect((await of(beginning)).ids).toEqual(
        alike
          .map(({ id }) => id)
          .reverse()
          .slice(0, 2000),
      );
    }
    expect((await of('deadbeef')).ids).toEqual([]);
  });
});
