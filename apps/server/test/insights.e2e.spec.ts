import { inTransaction } from '#libs/database';
import { createTestDatabase, type TestDatabase, until } from '#libs/testing';
import { createRunViews, readLandmarks, RunPlans } from '#libs/runs';
import { Pool } from 'pg';
import { type Answer, TestServer } from './harness';
import { expectViewsRebuilt } from './view-checks';
import { Runs, script, task, workflow } from './workflows';

const secret = 'correct horse battery staple';
const base = '/api/v2/team/alpha';

interface Ended {
  readonly workflow: string;
  readonly status: string;
  readonly queueing: number;
  readonly running: number | null;
}

/** Folds the ledger with none of the code that is tested. */
async function fold(pool: Pool, team: string): Promise<Ended[]> {
  const { rows } = await pool.query<{ stream_id: string; type: string; data: string }>(
    `select stream_id, type, data from event where type like 'WorkflowRun%' order by position`,
  );
  const runs = new Map<string, { of: string; workflow: string; created: number; started: number | null }>();
  const ended: Ended[] = [];
  for (const { stream_id: id, type, data } of rows) {
    const event = JSON.parse(data) as Record<string, never> & { at: number; status?: string; duration: number };
    const run = runs.get(id);
    if (type === 'WorkflowRunSubmitted') {
      const { teamName, workflow: of } = JSON.parse(data) as { teamName: string; workflow: { name: string } };
      runs.set(id, { of: teamName, workflow: of.name, created: event.at, started: null });
    } else if (run && type === 'WorkflowRunStarted') runs.set(id, { ...run, started: event.at });
    else if (run && /Completed$|Cancelled$|TimedOut$/.test(type)) {
      const status = type.endsWith('Completed')
        ? (event.status ?? '')
        : type.endsWith('Cancelled')
          ? 'cancelled'
          : 'timedout';
      if (run.of !== team) continue;
      ended.push({
        ...{ workflow: run.workflow, status },
        queueing: (run.started ?? event.at) - run.created,
        running: run.started === null ? null : event.at - run.started,
      });
    }
  }
  return ended;
}

function nearestRank(lengths: readonly number[], share: number): number {
  return [...lengths].sort((a, b) => a - b)[Math.ceil(share * lengths.length) - 1] ?? 0;
}

function expectInsights(body: Answer['body'], ended: readonly Ended[]): void {
  const counted: Record<string, number> = {};
  for (const { status } of ended) counted[status] = (counted[status] ?? 0) + 1;
  const own = ended.length - (counted['cancelled'] ?? 0);
  const running = ended.flatMap((run) => (run.running === null ? [] : [run.running]));
  expect(body).toMatchObject({
    totalRuns: ended.length,
    status: counted,
    successRate: own === 0 ? null : (counted['succeeded'] ?? 0) / own,
    totalDuration: running.reduce((sum, each) => sum + each, 0),
    medianDuration: body.duration.median,
  });
  for (const [found, lengths] of [
    [body.duration, running],
    [body.queueing, ended.map(({ queueing }) => queueing)],
  ] as const) {
    for (const [name, share] of [
      ['median', 0.5],
      ['p95', 0.95],
      ['p99', 0.99],
    ] as const) {
      const wanted = nearestRank(lengths, share);
      expect(Math.abs(found[name] - wanted)).toBeLessThanOrEqual(0.01 * wanted + 0.5);
    }
  }
}

describe('the views that follow the ledger', () => {
  let database: TestDatabase;
  let server: TestServer;
  const ids: Record<string, string> = {};

  /** Once both views have everything. */
  const caughtUp = (of = server) =>
    until(async () => {
      const answers = [await of.get(`${base}/insights`), await of.get(`${base}/search?q=x1`)];
      return answers.every(({ body }) => body.lag.events === 0);
    });
  const search = async (q: string, query = '', token?: string): Promise<Answer['body']> => {
    const { status, body } = await server.get(
      `${base}/search?q=${encodeURIComponent(q)}${query}`,
      token === undefined ? {} : { token },
    );
    expect(status).toBe(200);
    return body;
  };
  const found = async (q: string): Promise<string[]> =>
    (await search(q)).results.map(({ run }: { run: { id: string } }) => run.id);
  const end = async (agent: string, run: string, body: unknown): Promise<void> => {
    const items = (await server.claim(agent)) as { id: string; fence: number }[];
    for (const item of items.filter(({ id }) => id.slice(0, 32) === run.slice(0, 32))) {
      await server.report(item, 'start');
      await server.report(item, 'end', body);
    }
  };
  const start = async (name: string, body: unknown = {}): Promise<string> =>
    (await server.submit('alpha', name, body)).body.id as string;

  beforeAll(async () => {
    database = await createTestDatabase();
    server = await TestServer.start({ database });
    for (const team of ['alpha', 'beta']) {
      await server.createTeam(team);
      const params = [{ name: 'key', type: 'password', default: secret }];
      const results = [{ name: 'ticket', searchable: true }, { name: 'hidden' }];
      const work = script('work', ['start'], { params: [{ name: 'key', value: '$(params.key)' }], results });
      await server.saveWorkflow(
        team,
        workflow('nightly-import', [work], ['work'], { displayName: 'Nightly Import', params }),
      );
      await server.saveWorkflow(team, workflow('nap', [task('nap', 'sleep', { duration: 3_600_000 })], ['nap']));
    }
    const agent = await server.registerAgent();
    ids['good'] = await start('nightly-import', { labels: { env: 'Prod-EU', shard: '7' } });
    await end(agent, ids['good'], {
      status: 'succeeded',
      results: [
        { name: 'ticket', value: `OPS-4711 with ${secret}` },
        { name: 'hidden', value: 'unmarked' },
      ],
    });
    for (const code of [3, 14]) {
      ids[`bad ${code}`] = await start('nightly-import');
      await end(agent, ids[`bad ${code}`] ?? '', {
        status: 'failed',
        statusMessage: `exit code ${code} for "${secret}" and ${secret}`,
      });
    }
    ids['cancelled'] = await start('nap');
    await server.delete(`${base}/workflowrun/${ids['cancelled']}/cancel`);
    ids['waiting'] = (await server.submit('alpha', 'nap', { labels: { env: 'test' } }, false)).body.id as string;
    ids['foreign'] = (await server.submit('beta', 'nightly-import')).body.id as string;
    await server.delete(`/api/v2/team/beta/workflowrun/${ids['foreign']}/cancel`);
    await caughtUp();
  });
  afterAll(async () => {
    await server.stop();
    await database.drop();
  });

  it('tell how runs ended, as the fold of the ledger does', async () => {
    const ended = await fold(server.pool, 'alpha');
    expect(ended).toHaveLength(4);
    for (const period of ['hour', 'day', 'week']) {
      const { body } = await server.get(`${base}/insights?period=${period}`);
      expectInsights(body, ended);
      expect(body.concurrentRuns).toBe(0);
      expect(body.periods.reduce((sum: number, each: { totalRuns: number }) => sum + each.totalRuns, 0)).toBe(4);
      const { body: one } = await server.get(`${base}/insights?period=${period}&workflows=nap`);
      expectInsights(
        one,
        ended.filter(({ workflow: of }) => of === 'nap'),
      );
    }
  });

  it('group failures by the shape of their messages, and show no secret', async () => {
    const { body, text } = await server.get(`${base}/insights`);
    expect(body.failures).toEqual([
      { shape: 'Task work ended failed. exit code <n> for <text> and ******', runs: 2, latest: ids['bad 14'] },
    ]);
    expect(body.otherFailures).toBe(0);
    expect(text).not.toContain('horse');
    const { rows } = await server.pool.query(
      'select o::text from run_outcome o union all select t::text from run_text t',
    );
    expect(JSON.stringify(rows)).not.toMatch(/horse|staple|sealed|\ue000/);
  });

  it.each([
    ['insights?period=month', 'Parameter period must be one of hour, day, week.'],
    ['insights?fromDate=x', 'Parameter fromDate must be a time'],
    ['insights?fromDate=2000&toDate=1000&period=hour', 'Parameter fromDate must be before toDate.'],
    ['insights?fromDate=86400000&toDate=1000', 'Parameter fromDate must be before toDate.'],
    ['insights?toDate=253402300799999&period=week', 'Parameter toDate must be before the year 9999.'],
    [
      'insights?fromDate=0&toDate=1700000000000',
      'Parameter fromDate must be at most 400 times the period, day, before toDate.',
    ],
    [
      `insights?workflows=${Array.from({ length: 21 }, (_, n) => `w${n}`).join(',')}`,
      'Parameter workflows must have at most 20 items.',
    ],
    ['insights?statuses=bad', 'Parameter statuses: "bad" is not one of'],
    ['search', 'Parameter q is required.'],
    ['search?q=%20-', 'Parameter q must have a letter or a digit.'],
    [`search?q=${'a'.repeat(201)}`, 'Parameter q must have at most 200 characters.'],
    ['search?q=a+b+c+d+e+f+g+h+i', 'Parameter q must have at most 8 words.'],
    ['search?q=a&limit=101', 'Parameter limit must be a whole number from 1 to 100.'],
    ['search?q=a&cursor=x', 'Parameter cursor must be the next of a page.'],
  ])('answer to %s', async (route, refusal) => {
    const { status, body } = await server.get(`${base}/${route}`);
    expect([status, body.message ?? null]).toEqual(
      refusal === null ? [200, null] : [400, expect.stringContaining(refusal)],
    );
  });

  it.each<[string, readonly string[]]>([
    ['nightly', ['bad 14', 'bad 3', 'good']],
    ['IMPORT night', ['bad 14', 'bad 3', 'good']],
    ['env=prod', ['good']],
    ['env=', ['waiting', 'good']],
    ['shard=7', ['good']],
    ['eu', ['good']],
    ['exit code', ['bad 14', 'bad 3']],
    ['exit 14', ['bad 14']],
    ['ops-4711', ['good']],
    ['ticket', ['good']],
    ['unmarked', []],
    ['requested cancelled', ['cancelled']],
    ['horse', []],
    ['sealed', []],
    ["it's \\ & | ! (x) :*", []],
  ])('find %j', async (q, names) => {
    expect(await found(q)).toEqual(names.map((name) => ids[name]));
  });

  it('find runs by the beginning of an id, and by the id of a task', async () => {
    const good = ids['good'] ?? '';
    expect(await found(good)).toEqual([good]);
    expect(await found(good.toUpperCase())).toEqual([good]);
    expect(await found(good.slice(0, 24))).toContain(good);
    const { body } = await server.get(`${base}/workflowrun/${good}`);
    expect(await found(body.tasks[1].id as string)).toEqual([good]);
    expect(await found(ids['foreign'] ?? '')).toEqual([]);
  });

  it('say where the text is', async () => {
    const matches = async (q: string) => (await search(q)).results[0].matches;
    expect(await matches('4711')).toEqual([
      { field: 'result', name: 'work.ticket', snippet: 'ticket OPS-4711 with ******' },
    ]);
    expect(await matches('env=prod')).toEqual([{ field: 'label', name: 'env', snippet: 'Prod-EU' }]);
    expect(await matches('code')).toEqual([
      { field: 'statusMessage', snippet: expect.stringContaining('exit code 14 for "******"') },
    ]);
    expect(await matches('nightly')).toEqual([{ field: 'workflow', snippet: 'nightly-import · Nightly Import' }]);
  });

  it('know no name of a person, who may be forgotten', async () => {
    const runs = new Runs(server, 'alpha');
    const run = await runs.start(workflow('asked', [task('ask', 'approval')], ['ask']));
    const { id } = await runs.waiting(run, 'ask');
    const { body: actions } = await server.get(`${base}/action/query`);
    const action = actions.content.find(({ taskRunRef }: { taskRunRef: string }) => taskRunRef === id);
    const person = { type: 'user', principal: 'zebulon@example.com', permissions: ['**/**'] };
    const { body: made } = await server.post('/api/v2/token', { body: person });
    await server.request('PATCH', '/api/v2/team/alpha', {
      body: { members: [{ email: 'zebulon@example.com', name: 'Zebulon', role: 'owner' }] },
    });
    const decided = await server.put(`${base}/action`, {
      body: [{ id: action.id, approved: false, comments: 'rejected today' }],
      token: made.token,
    });
    expect(decided.status).toBe(200);
    expect((await runs.ended(run)).statusMessage).toContain('ebulon');
    await caughtUp();
    expect(await found('rejected today')).toEqual([run]);
    for (const q of ['zebulon', 'ebulon']) expect(await found(q)).toEqual([]);
    const { text } = await server.get(`${base}/search?q=rejected`);
    expect(text).not.toContain('\ue000');
    const { rows } = await server.pool.query(
      'select o::text from run_outcome o union all select t::text from run_text t',
    );
    expect(JSON.stringify(rows)).not.toMatch(/zebulon|personal:/i);
  });

  it('give the runs page by page', async () => {
    const first = await search('nightly', '&limit=2');
    expect(first.results.map(({ run }: { run: { id: string } }) => run.id)).toEqual([ids['bad 14'], ids['bad 3']]);
    const second = await search('nightly', `&limit=2&cursor=${first.next as string}`);
    expect(second.results.map(({ run }: { run: { id: string } }) => run.id)).toEqual([ids['good']]);
    expect(second.next).toBeUndefined();
  });

  it('show a token of one workflow only that', async () => {
    const { body: nap } = await server.get(`${base}/workflow/nap`);
    const { body } = await server.post('/api/v2/token', { body: { type: 'workflow', principal: nap.id } });
    const token = body.token as string;
    const { body: insights } = await server.get(`${base}/insights`, { token });
    expect(insights).toMatchObject({ totalRuns: 1, status: { cancelled: 1 }, failures: [] });
    expect((await search('nightly', '', token)).results).toEqual([]);
    expect((await search('env=', '', token)).results).toHaveLength(1);
    expect((await server.get('/api/v2/team/beta/search?q=nightly', { token })).status).toBeGreaterThanOrEqual(400);
  });

  it('are the same when a step breaks off, when they begin anew, and when two servers write them', async () => {
    const text = async () => {
      const { rows } = await server.pool.query(
        `select o::text from run_outcome o union all select t::text from run_text t union all select c::text from run_length_count c order by 1`,
      );
      return rows;
    };
    const before = await text();
    const pool = new Pool({ connectionString: database.url, max: 1 });
    for (const view of createRunViews(new RunPlans())) {
      const broken = inTransaction(pool, async (client) => {
        await client.query('delete from run_text; delete from run_outcome');
        await view.handle(await readLandmarks(client, 0, 10_000), client);
        throw new Error('killed');
      });
      await expect(broken).rejects.toThrow('killed');
    }
    await pool.end();
    expect(await text()).toEqual(before);
    await server.pool.query(`update subscription set position = 0 where name in ('insights', 'search')`);
    const second = await TestServer.start({ database });
    await caughtUp(second);
    expect(await text()).toEqual(before);
    for (let n = 0; n < 6; n++) {
      const by = n % 2 === 0 ? server : second;
      const { body } = await by.submit('alpha', 'nap');
      await by.delete(`${base}/workflowrun/${body.id as string}/cancel`);
    }
    await second.server.close();
    await second.pool.end();
    await caughtUp();
    const { body } = await server.get(`${base}/insights`);
    expectInsights(body, await fold(server.pool, 'alpha'));
    expect(await found('nap')).toHaveLength(8);
    await expectViewsRebuilt(server.pool);
  });
});
