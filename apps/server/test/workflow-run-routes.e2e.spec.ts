import { expectLedgerWhole } from './ledger-checks';
import { adminToken, type Answer, simpleWorkflow, TestServer } from './harness';

const base = '/api/v2/team/alpha/workflowrun';
const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/;

function expectError(answer: Answer, status: number, code: number, reason: string): void {
  expect(answer.body).toMatchObject({ code, reason, cause: null });
  expect(Object.keys(answer.body as object).slice(0, 6)).toEqual([
    'timestamp',
    'code',
    'reason',
    'message',
    'status',
    'cause',
  ]);
  expect(answer.body.timestamp).toMatch(timestamp);
  expect(answer.body.status).toMatch(new RegExp(`^${status} [A-Z_]+$`));
  expect(answer.status).toBe(status);
}

describe('the seven routes', () => {
  let server: TestServer;
  let agent: string;

  beforeAll(async () => {
    server = await TestServer.start();
    await server.createTeam('alpha');
    await server.createTeam('beta');
    await server.saveWorkflow('alpha', simpleWorkflow('one', { labels: { flow: 'one' } }));
    await server.saveWorkflow('alpha', simpleWorkflow('two'));
    await server.saveWorkflow('beta', simpleWorkflow('one'));
    agent = await server.registerAgent();
  });
  afterAll(async () => {
    await expectLedgerWhole(server.pool);
    await server.stop();
  });

  const submit = async (start: boolean, body: unknown = {}): Promise<Answer['body']> =>
    (await server.submit('alpha', 'one', body, start)).body;

  it('submits, starts, works, finalizes: a life', async () => {
    const run = await submit(false, {
      labels: { env: 'prod' },
      params: [{ name: 'p', value: { deep: [1] } }],
      timeout: 5,
    });
    expect(run).toMatchObject({
      status: 'ready',
      phase: 'pending',
      duration: 0,
      timeout: 5,
      trigger: 'engine',
      awaitingApproval: false,
    });
    expect(run.labels).toEqual({ flow: 'one', env: 'prod' });
    expect(run.creationDate).toMatch(timestamp);
    expect(run).not.toHaveProperty('startTime');
    expect(run).not.toHaveProperty('tasks');
    expect(run).not.toHaveProperty('workflowName');
    const [claimed] = await server.claim(agent, 'workflows');
    expect(claimed).toMatchObject({ id: run.id, status: 'ready', phase: 'queued' });
    expect(claimed.fence).toBeGreaterThan(2 ** 32);
    const started = await server.put(`${base}/${run.id}/start`, {
      body: { labels: { more: 'yes' }, params: [{ name: 'q', value: 2 }] },
    });
    expect(started.body).toMatchObject({ status: 'running', phase: 'running' });
    expect(started.body.labels).toEqual({ flow: 'one', env: 'prod', more: 'yes' });
    const [task] = await server.claim(agent);
    expect(task).toMatchObject({
      name: 'a',
      status: 'ready',
      phase: 'queued',
      workflowRunRef: run.id,
      agentRef: agent,
      fence: expect.any(Number) as number,
    });
    expect((await server.report(task, 'start')).body).toMatchObject({ status: 'running', phase: 'running' });
    expect((await server.report(task, 'end', { results: [{ name: 'out', value: 'x' }] })).body).toMatchObject({
      status: 'succeeded',
      phase: 'completed',
    });
    const got = (await server.get(`${base}/${run.id}`)).body;
    expect(got).toMatchObject({
      status: 'succeeded',
      phase: 'completed',
      workflowName: 'one',
      workflowDisplayName: 'one',
    });
    expect(got.tasks.map(({ name, status }: { name: string; status: string }) => `${name} ${status}`)).toEqual([
      'start succeeded',
      'a succeeded',
      'end succeeded',
    ]);
    expect(got.tasks[1].results).toEqual([{ name: 'out', description: null, value: 'x' }]);
    expect((await server.get(`${base}/${run.id}?withTasks=false`)).body).not.toHaveProperty('tasks');
    expect((await server.put(`${base}/${run.id}/finalize`)).body).toMatchObject({
      status: 'succeeded',
      phase: 'finalized',
    });
    expect((await server.put(`${base}/${run.id}/finalize`)).status).toBe(200);
    expectError(await server.delete(`${base}/${run.id}/cancel`), 400, 1304, 'WORKFLOWRUN_INVALID_PHASE');
    expectError(await server.put(`${base}/${run.id}/retry`), 400, 1304, 'WORKFLOWRUN_INVALID_PHASE');
  });

  it('cancels and retries', async () => {
    const run = await submit(true, { params: [{ name: 'p', value: 'first' }] });
    const [task] = await server.claim(agent);
    const cancelled = await server.delete(`${base}/${run.id}/cancel`);
    expect(cancelled.body).toMatchObject({
      status: 'cancelled',
      phase: 'completed',
      statusMessage: 'The WorkflowRun was requested to be cancelled.',
    });
    const again = await server.delete(`${base}/${run.id}/cancel`);
    expect(again.body).toEqual(cancelled.body);
    // The agent learns it from the poll, and its late reports change nothing.
    const late = await server.report(task, 'end');
    expectError(late, 409, 1506, 'TASKRUN_STALE_FENCE');
    expect(late.body.current).toMatchObject({ id: task.id, status: 'cancelled', phase: 'completed' });
    const [stop] = await server.claim(agent);
    expect(stop).toMatchObject({ id: task.id, status: 'cancelled', fence: task.fence });
    expect((await server.report(task, 'cancel')).status).toBe(200);
    const retried = (await server.put(`${base}/${run.id}/retry`, { body: { params: [{ name: 'q', value: 1 }] } })).body;
    expect(retried).toMatchObject({ status: 'ready', phase: 'pending', workflowRevisionRef: run.workflowRevisionRef });
    expect(retried.id).not.toBe(run.id);
    expect(retried.labels['boomerang.io/retry-of']).toBe(run.id);
    expect(retried.annotations).toMatchObject({ 'boomerang.io/retry-of': run.id, 'boomerang.io/retry-count': 1 });
    expect(retried.params).toEqual([
      { name: 'p', value: 'first' },
      { name: 'q', value: 1 },
    ]);
    await server.delete(`${base}/${retried.id}/cancel`);
    const second = (await server.put(`${base}/${retried.id}/retry`)).body;
    expect(second.annotations).toMatchObject({ 'boomerang.io/retry-of': run.id, 'boomerang.io/retry-count': 2 });
    const found = await server.get(`${base}/query?labels=${encodeURIComponent(`boomerang.io/retry-of=${run.id}`)}`);
    expect(found.body.totalElements).toBe(2);
    // All retries of the first run count, whichever run is retried; concurrent retries are counted one after the other.
    const atOnce = await Promise.all(Array.from({ length: 5 }, () => server.put(`${base}/${run.id}/retry`)));
    expect(atOnce.map(({ body }) => body.annotations['boomerang.io/retry-count'] as number).sort()).toEqual([
      3, 4, 5, 6, 7,
    ]);
  });

  it('answers unknown, malformed and foreign ids alike, on every route', async () => {
    const run = await submit(false);
    const unknown = '01900000-0000-7000-8000-000000000000';
    const messages = new Set<string>();
    for (const url of [
      `${base}/${unknown}`,
      `${base}/nonsense`,
      `/api/v2/team/beta/workflowrun/${run.id}`,
      `/api/v2/team/nobody/workflowrun/${run.id}`,
    ]) {
      for (const [method, path] of [
        ['GET', ''],
        ['PUT', '/start'],
        ['PUT', '/finalize'],
        ['PUT', '/retry'],
        ['DELETE', '/cancel'],
      ] as const) {
        const answer = await server.request(method, url + path);
        expectError(answer, 400, 1301, 'WORKFLOWRUN_INVALID_REFERENCE');
        messages.add(answer.body.message as string);
      }
    }
    expect([...messages]).toEqual(['Invalid WorkflowRun reference has been provided.']);
  });

  it('searches by every filter, alone and together, with true totals, and counts the same', async () => {
    await server.createTeam('gamma');
    await server.saveWorkflow('gamma', simpleWorkflow('one'));
    const two = (await server.saveWorkflow('gamma', simpleWorkflow('two'))).body;
    const runs = [];
    for (let index = 0; index < 25; index++) {
      const body = {
        labels: { odd: String(index % 2), text: 'a,b=c d%' },
        ...(index % 5 === 0 && { trigger: 'manual' }),
      };
      runs.push((await server.submit('gamma', index % 3 === 0 ? 'two' : 'one', body, index % 2 === 0)).body);
    }
    const gamma = '/api/v2/team/gamma/workflowrun';
    const total = async (query: string): Promise<number> => {
      const answer = await server.get(`${gamma}/query?${query}`);
      expect(answer.status).toBe(200);
      const all = await server.get(`${gamma}/query?limit=1000&${query.replace(/(limit|page)=\d+&?/g, '')}`);
      expect(all.body.content).toHaveLength(answer.body.totalElements as number);
      return answer.body.totalElements as number;
    };
    expect(await total('')).toBe(25);
    expect(await total('statuses=Running')).toBe(13);
    expect(await total('statuses=running,READY')).toBe(25);
    expect(await total('statuses=running&statuses=ready')).toBe(25);
    expect(await total('phase=pending')).toBe(12);
    expect(await total('labels=odd%3D1')).toBe(12);
    expect(await total('labels=odd=1&statuses=ready')).toBe(12);
    expect(await total(`labels=${encodeURIComponent('text=a,b=c d%')},odd%3D1`)).toBe(12);
    expect(await total(`labels=${encodeURIComponent(encodeURIComponent('text=a,b=c d%'))}`)).toBe(25);
    expect(await total(`labels=${encodeURIComponent('text=' + encodeURIComponent('a,b=c d%'))}`)).toBe(0);
    expect(await total('workflows=two')).toBe(9);
    expect(await total(`workflows=${two.id},one`)).toBe(25);
    expect(await total('workflows=nobody')).toBe(0);
    expect(await total('triggers=manual')).toBe(5);
    expect(await total('triggers=manual&workflows=two&statuses=running')).toBe(1);
    expect(await total(`workflowruns=${runs[0].id},${runs[3].id},nonsense`)).toBe(2);
    expect(await total('labels=&statuses=&phase=&workflowruns=&workflows=&triggers=&fromDate=&toDate=')).toBe(25);
    const at = Date.parse(runs[10].creationDate as string);
    const before = runs.filter((run) => Date.parse(run.creationDate as string) < at).length;
    expect(await total(`toDate=${at}`)).toBe(before);
    expect(await total(`fromDate=${at}`)).toBe(25 - before);
    expect(await total(`fromDate=${at}&toDate=${at}`)).toBe(0);
    expect(await total(`fromDate=${at - 90_000_000}&toDate=${at + 90_000_000}&statuses=running`)).toBe(13);
    const pages = await Promise.all(
      [0, 1, 2, 3].map((page) => server.get(`${gamma}/query?limit=10&page=${page}&order=desc&sort=creationDate`)),
    );
    expect(pages.map(({ body }) => body.content.length as number)).toEqual([10, 10, 5, 0]);
    expect(pages.flatMap(({ body }) => body.content.map(({ id }: { id: string }) => id) as string[])).toEqual(
      runs.map(({ id }) => id as string).reverse(),
    );
    expect(pages[2]?.body).toMatchObject({
      number: 2,
      size: 10,
      totalElements: 25,
      totalPages: 3,
      last: true,
      first: false,
      numberOfElements: 5,
      empty: false,
    });
    expect(pages[0]?.body.pageable).toEqual({
      pageNumber: 0,
      pageSize: 10,
      sort: { empty: true, sorted: false, unsorted: true },
      offset: 0,
      paged: true,
      unpaged: false,
    });
    expect((await server.get(`${gamma}/query?sort=workflowName`)).body.totalElements).toBe(25);
    const count = (await server.get(`${gamma}/count`)).body.status;
    expect(Object.keys(count as object)).toHaveLength(11);
    expect(count).toMatchObject({ all: 25, running: 13, ready: 12, succeeded: 0 });
    expect((await server.get(`${gamma}/count?labels=odd=1&workflows=two`)).body.status.all).toBe(
      await total('labels=odd=1&workflows=two'),
    );
    expect((await server.get(`${gamma}/count?fromDate=${at}`)).body.status.all).toBe(25 - before);
    await server.createTeam('empty');
    expect((await server.get('/api/v2/team/empty/workflowrun/count')).body.status.all).toBe(0);
    expect((await server.get('/api/v2/team/empty/workflowrun/query')).body).toMatchObject({
      content: [],
      totalElements: 0,
      totalPages: 0,
      empty: true,
      last: true,
    });
  });

  it.each([
    'limit=0',
    'limit=1001',
    'limit=x',
    'page=-1',
    'order=up',
    'statuses=great',
    'phase=moon',
    'fromDate=abc',
    'labels=novalue',
    'sort=size',
  ])('refuses the filter %s with 1001', async (query) =>
    expectError(await server.get(`${base}/query?${query}`), 400, 1001, 'QUERY_INVALID_FILTERS'),
  );

  it('answers a repeated Idempotency-Key again, and refuses another body under it', async () => {
    const headers = { 'idempotency-key': 'once' };
    const url = '/api/v2/team/alpha/workflow/one/submit';
    const [first, ...rest] = await Promise.all(
      [1, 2, 3, 4].map(() => server.post(url, { body: { labels: { k: '1' } }, headers })),
    );
    for (const each of rest) expect(each.body).toEqual(first?.body);
    expectError(await server.post(url, { body: { labels: { k: '2' } }, headers }), 422, 422, 'IDEMPOTENCY_KEY_REUSED');
    const cancel = () => server.delete(`${base}/${first?.body.id}/cancel`, { headers: { 'idempotency-key': 'c' } });
    expect((await cancel()).body).toEqual((await cancel()).body);
    const token = () =>
      server.post('/api/v2/token', {
        body: { type: 'team', principal: 'alpha', name: 't' },
        headers: { 'idempotency-key': 'tok' },
      });
    const made = await token();
    expect(made.body.token).toMatch(/^bft_/);
    expect((await token()).body).toEqual(made.body);
    const stored = await server.pool.query(`select string_agg(answer, ' ') as text from command_receipt`);
    expect(stored.rows[0].text).not.toContain(made.body.token);
  });

  it('lets nobody in without a token, and nobody do what the token is not for', async () => {
    const run = await submit(false);
    for (const token of [null, 'bfg_nonsense', '']) {
      expectError(await server.get(`${base}/${run.id}`, { token }), 401, 401, 'UNAUTHORIZED');
    }
    expect((await server.get(`${base}/count`, { token: null, headers: { 'x-access-token': adminToken } })).status).toBe(
      200,
    );
    const issue = async (permissions: string[], principal = 'alpha'): Promise<string> =>
      (await server.post('/api/v2/token', { body: { type: 'team', principal, permissions } })).body.token as string;
    const reader = await issue(['workflowrun/read']);
    expect((await server.get(`${base}/${run.id}`, { token: reader })).status).toBe(200);
    expectError(await server.put(`${base}/${run.id}/start`, { token: reader }), 403, 403, 'PERMISSION_DENIED');
    expectError(
      await server.post('/api/v2/token', { token: reader, body: { type: 'global' } }),
      403,
      403,
      'PERMISSION_DENIED',
    );
    const foreign = await issue(['**/**'], 'beta');
    expectError(await server.get(`${base}/${run.id}`, { token: foreign }), 400, 1301, 'WORKFLOWRUN_INVALID_REFERENCE');
    expectError(await server.get(`${base}/count`, { token: foreign }), 400, 1301, 'WORKFLOWRUN_INVALID_REFERENCE');
    const found = await server.get('/api/v2/token/query?limit=1000');
    expect(JSON.stringify(found.body)).not.toContain(reader);
    const id = found.body.content.at(-1).id as string;
    expect((await server.delete(`/api/v2/token/${id}`)).status).toBe(200);
    expectError(await server.get('/api/v2/team/beta', { token: foreign }), 401, 401, 'UNAUTHORIZED');
  });

  it('answers garbage with the contract’s error, whatever the route, and stays up', async () => {
    const deep = '['.repeat(5000) + ']'.repeat(5000);
    const bodies = [
      '{',
      'null',
      '[]',
      '"text"',
      '{"params":7}',
      '{"labels":{"a":1}}',
      '{"timeout":"soon"}',
      '{"params":[{"name":"a\\u0000"}]}',
      '{"labels":{"\\ud800":"x"}}',
      `{"params":[{"name":"d","value":${deep}}]}`,
      'x'.repeat(2_000_000),
    ];
    const routes = [
      ['PUT', `${base}/x/start`],
      ['PUT', `${base}/x/retry`],
      ['POST', '/api/v2/team/alpha/workflow/one/submit'],
      ['POST', '/api/v2/team/alpha/workflow'],
      ['PUT', '/api/v2/team/alpha/workflow'],
      ['POST', '/api/v2/team'],
      ['POST', '/api/v2/token'],
      ['POST', '/api/v1/agent/register'],
      ['PUT', '/api/v1/taskrun/x/end'],
    ] as const;
    for (const [method, url] of routes) {
      for (const body of bodies) {
        const answer = await server.request(method, url, { body });
        expect([url, body.slice(0, 20), answer.status >= 400 && answer.status < 500]).toEqual([
          url,
          body.slice(0, 20),
          true,
        ]);
        expect(Object.keys(answer.body as object)).toEqual(
          expect.arrayContaining(['timestamp', 'code', 'reason', 'message', 'status', 'cause']),
        );
      }
    }
    for (const url of [
      `${base}/%00`,
      `${base}/%ff`,
      `${base}/'; drop table event; --`,
      `${base}/query?workflows=')--`,
      '/api/v2/team/%2e%2e/workflowrun/count',
      '/api/nothing',
      `${base}/${'x'.repeat(600)}`,
    ]) {
      const answer = await server.get(url.replaceAll(' ', '%20'));
      expect(answer.status === 200 || (answer.status >= 400 && answer.status < 500)).toBe(true);
      if (answer.status !== 200) expect(answer.body).toHaveProperty('code');
    }
    expectError(await server.post(`${base}/count`), 405, 405, 'METHOD_NOT_ALLOWED');
    expectError(
      await server.post('/api/v2/team', { body: 'x', headers: { 'content-type': 'text/csv' } }),
      415,
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    );
    expect((await server.get('/health/ready')).status).toBe(200);
  });

  it('tells every problem of a definition in one answer', async () => {
    const answer = await server.saveWorkflow('alpha', {
      name: 'bad',
      tasks: [
        { name: 'start', type: 'start' },
        { name: 'a', type: 'script', dependencies: [{ taskRef: 'nobody' }] },
        { name: 'a', type: 'approval', dependencies: [{ taskRef: 'b' }] },
        { name: 'b', type: 'script', spec: { script: 'x' }, dependencies: [{ taskRef: 'a' }] },
        { name: 'end', type: 'end', dependencies: [{ taskRef: 'b', decisionCondition: '(' }] },
      ],
    });
    expectError(answer, 400, 1207, 'WORKFLOW_INVALID_DEFINITION');
    for (const part of ['nobody', 'given twice', 'circle', 'no path', 'needs spec.script', 'RE2']) {
      expect(answer.body.message).toContain(part);
    }
    const twice = simpleWorkflow('twice');
    twice.tasks.splice(1, 0, { name: 'a', type: 'script', spec: { script: 'x' }, dependencies: [] });
    expectError(await server.saveWorkflow('alpha', twice), 400, 1205, 'WORKFLOW_NON_UNIQUE_TASK_NAME');
    const many = Array.from({ length: 10_000 }, (_, index) => ({
      name: `t${index}`,
      type: 'script',
      dependencies: [{ taskRef: `t${index + 1}` }],
    }));
    expect((await server.saveWorkflow('alpha', { name: 'many', tasks: many })).status).toBe(400);
  });

  it('pins runs to the revision that they were submitted with', async () => {
    await server.saveWorkflow('alpha', simpleWorkflow('pinned'));
    const old = (await server.submit('alpha', 'pinned', {}, false)).body;
    const changed = simpleWorkflow('pinned');
    changed.tasks.splice(2, 0, { name: 'b', type: 'script', spec: { script: 'x' }, dependencies: [{ taskRef: 'a' }] });
    expect((await server.saveWorkflow('alpha', changed)).body.version).toBe(2);
    expect((await server.get(`${base}/${old.id}`)).body.tasks).toHaveLength(3);
    const fresh = (await server.submit('alpha', 'pinned', {}, false)).body;
    expect((await server.get(`${base}/${fresh.id}`)).body.tasks).toHaveLength(4);
    expect((await server.submit('alpha', 'pinned', { workflowVersion: 1 }, false)).body.workflowRevisionRef).toBe(
      old.workflowRevisionRef,
    );
    expectError(
      await server.submit('alpha', 'pinned', { workflowVersion: 9 }),
      409,
      1204,
      'WORKFLOW_REVISION_NOT_FOUND',
    );
    expect((await server.delete('/api/v2/team/alpha/workflow/pinned')).status).toBe(204);
    expectError(await server.submit('alpha', 'pinned'), 400, 1201, 'WORKFLOW_INVALID_REFERENCE');
    expect((await server.get(`${base}/${old.id}`)).status).toBe(200);
  });

  it('never shows the value of a password param, except to the agent', async () => {
    const definition = { ...simpleWorkflow('secret'), params: [{ name: 'key', type: 'password', required: true }] };
    definition.tasks[1] = {
      ...definition.tasks[1],
      params: [{ name: 'header', value: 'Bearer $(params.key)' }],
    } as never;
    await server.saveWorkflow('alpha', definition);
    expectError(await server.submit('alpha', 'secret'), 400, 1002, 'REQUEST_INVALID_PARAMS');
    const run = await server.submit('alpha', 'secret', { params: [{ name: 'key', value: 'hush-hush' }] });
    const mine = (await server.claim(agent)).find(
      ({ workflowRunRef }: { workflowRunRef: string }) => workflowRunRef === run.body.id,
    );
    expect(mine.params).toEqual([{ name: 'header', value: 'Bearer hush-hush' }]);
    const shown = await server.get(`${base}/${run.body.id}`);
    expect(run.text + shown.text).not.toContain('hush-hush');
  });

  it('lets the database itself refuse to change an event', async () => {
    for (const sql of [
      'update event set type = type',
      'delete from event',
      'truncate event',
      'truncate event_default',
      'delete from ledger_head',
    ]) {
      await expect(server.pool.query(sql)).rejects.toThrow('append-only');
    }
  });
});
