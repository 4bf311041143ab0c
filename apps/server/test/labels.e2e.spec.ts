import { LabelCounter } from '#libs/runs';
import { createTestDatabase, type TestDatabase, until } from '#libs/testing';
import { simpleWorkflow, TestServer } from './harness';
import { expectLedgerWhole } from './ledger-checks';

const base = '/api/v2/team/alpha/workflowrun';
const labelled = { labels: { env: 'prod' } };
const asked = 'labels=env%3Dprod';

describe('labels that many runs carry', () => {
  let database: TestDatabase;
  let servers: readonly [TestServer, TestServer];
  const ids: string[] = [];
  const either = (index: number): TestServer => servers[index % 2 === 0 ? 0 : 1];
  const submit = async (index: number, body: object = labelled): Promise<string> => {
    const answer = await either(index).submit('alpha', 'w', body, false);
    if (answer.status !== 200) throw new Error(answer.text);
    return answer.body.id as string;
  };
  const each = async (count: number, work: (index: number) => Promise<void>): Promise<void> => {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < count) await work(next++);
    };
    await Promise.all(Array.from({ length: 16 }, worker));
  };
  const count = async (index: number, query = asked): Promise<Record<string, number>> => {
    const { body } = await either(index).get(`${base}/count?${query}`);
    return body.status as Record<string, number>;
  };

  beforeAll(async () => {
    database = await createTestDatabase();
    const first = await TestServer.start({ database });
    servers = [first, await TestServer.start({ database })];
    await first.createTeam('alpha');
    await first.saveWorkflow('alpha', simpleWorkflow('w'));
    await first.saveWorkflow('alpha', simpleWorkflow('v'));
    await each(1100, async (index) => void ids.push(await submit(index)));
  });
  afterAll(async () => {
    await servers[1].stop();
    await servers[0].stop();
    await database.drop();
  });

  it('are counted exactly by two servers at every moment, while runs are made, changed and labelled', async () => {
    const { pool } = servers[0];
    expect(await count(0)).toMatchObject({ all: 1100, ready: 1100 });
    await until(async () => (await pool.query('select from counted_labels')).rowCount === 1);
    let isOver = false;
    const passes = servers.map(async ({ server }) => {
      while (!isOver) await server.app.get(LabelCounter).pass();
    });
    await each(400, async (index) => {
      const id = ids[index] ?? '';
      if (index % 4 === 0) ids.push(await submit(index));
      else if (index % 4 === 1) await either(index).delete(`${base}/${id}/cancel`);
      else if (index % 4 === 2) await submit(index, { labels: { env: 'test' } });
      else {
        const plain = await submit(index, {});
        const started = await either(index).put(`${base}/${plain}/start`, { body: labelled });
        expect([started.status, started.body.labels]).toEqual([200, labelled.labels]);
      }
    });
    await until(async () => (await pool.query(`select from counted_labels where state = 'counted'`)).rowCount === 1);
    isOver = true;
    await Promise.all(passes);
    for (const index of [0, 1]) {
      const counts = await count(index);
      expect(counts).toMatchObject({ all: 1300, ready: 1100, cancelled: 100 });
      const { body } = await either(index).get(`${base}/query?${asked}&statuses=cancelled&limit=7&page=14`);
      expect([body.totalElements, body.content.length]).toEqual([100, 2]);
    }
    await expectLedgerWhole(pool);
  });

  it('are answered from counters', async () => {
    const { pool } = servers[0];
    await pool.query(`update run_label_count set runs = runs + 1000 where status = 'cancelled' and is_base is false`);
    const { cancelled } = await count(0);
    expect(cancelled).toBeGreaterThan(1000);
    await pool.query(`update run_label_count set runs = runs - 1000 where status = 'cancelled' and is_base is false`);
    expect(await count(0)).toMatchObject({ cancelled: 100 });
  });

  it('make no difference to what a page has, whatever it is sorted by', async () => {
    await servers[0].submit('alpha', 'v', labelled, false);
    for (const [sort, first] of [
      ['workflowName', 'v'],
      ['displayName', 'v'],
    ] as const) {
      const { body } = await servers[0].get(`${base}/query?${asked}&sort=${sort}&limit=3`);
      expect([body.totalElements, body.content[0].workflowName, body.content[1].workflowName]).toEqual([
        1301,
        first,
        'w',
      ]);
    }
    const { body } = await servers[0].get(`${base}/query?${asked}&sort=status&limit=3&page=33`);
    expect(body.content.map(({ status }: { status: string }) => status)).toEqual(['cancelled', 'ready', 'ready']);
  });

  it('follow a workflow that gets another name', async () => {
    const { body } = await servers[0].get('/api/v2/team/alpha/workflow/v');
    const renamed = await servers[0].put('/api/v2/team/alpha/workflow', { body: { ...body, name: 'x' } });
    expect(renamed.status).toBe(200);
    const last = await servers[0].get(`${base}/query?${asked}&sort=workflowName&order=DESC&limit=1`);
    expect(last.body.content[0].workflowName).toBe('x');
  });
});
