import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '#libs/testing';
import { expectLedgerWhole } from './ledger-checks';
import { type Answer, TestServer } from './harness';
import { passTime } from './pass-time';
import { Runs, task, workflow } from './workflows';

const set = (name: string, value: unknown) => task(name, 'setwfproperty', { output: name, value });
const triggered = (name: string, triggers: unknown, value: unknown = '$(params.payload)') =>
  workflow(name, [set('got', value)], ['got'], { triggers });

describe('schedules', () => {
  let server: TestServer;
  let runs: Runs;
  const tampered: string[] = [];
  beforeAll(async () => {
    server = await TestServer.start();
    await server.createTeam('alpha');
    runs = new Runs(server, 'alpha');
    await server.saveWorkflow('alpha', triggered('nightly', { schedule: { enabled: true } }, '$(params.x)'));
  });
  afterAll(async () => {
    try {
      await expectLedgerWhole(server.pool, tampered);
    } finally {
      await server.stop({ tampered });
    }
  });
  const save = (body: unknown, method = 'POST'): Promise<Answer> =>
    server.request(method, `${runs.base}/schedule`, { body });
  const get = async (id: string): Promise<Answer['body']> => (await server.get(`${runs.base}/schedule/${id}`)).body;

  it('runs once at its date, with its params and labels', async () => {
    const { body, status } = await save({
      workflowRef: 'nightly',
      name: 'once',
      type: 'runOnce',
      dateSchedule: new Date(Date.now() + 3_600_000).toISOString(),
      labels: { from: 'schedule' },
      params: [{ name: 'x', value: 'it\'s "so"' }],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ type: 'runOnce', status: 'active', timezone: 'UTC', name: 'once' });
    await passTime(server.pool, body.id as string, 'schedule');
    const done = await until(
      () => get(body.id as string),
      ({ status: now }) => now === 'completed',
    );
    const run = await runs.ended(done.workflowRunRef as string);
    expect(run).toMatchObject({
      status: 'succeeded',
      trigger: 'schedule',
      labels: { from: 'schedule' },
      results: [{ value: 'it\'s "so"' }],
      initiatedByRef: `schedule:${body.id as string}`,
    });
  });

  it('runs every second, and stops when it is told to', async () => {
    const { body } = await save({
      workflowRef: 'nightly',
      name: 'often',
      type: 'advancedCron',
      cronSchedule: '* * * * * *',
    });
    const count = async (): Promise<number> =>
      (await server.get(`${runs.base}/workflowrun/query?triggers=schedule&limit=100`)).body.content.filter(
        (run: Answer['body']) => run.initiatedByRef === `schedule:${body.id as string}`,
      ).length as number;
    await until(count, (runsMade) => runsMade >= 3);
    await save({ id: body.id, status: 'inactive' }, 'PUT');
    // What was under way when it was told may still come.
    await sleep(1100);
    const stopped = await count();
    await sleep(1500);
    expect(await count()).toBe(stopped);
    expect(await get(body.id as string)).toMatchObject({ status: 'inactive', cronSchedule: '* * * * * *' });
    expect((await server.delete(`${runs.base}/schedule/${body.id as string}`)).status).toBe(200);
    expect(await get(body.id as string)).toMatchObject({ code: 1901 });
  });

  it('knows time zones, and its calendar', async () => {
    const { body } = await save({
      workflowRef: 'nightly',
      type: 'cron',
      cronSchedule: '30 9 * * *',
      timezone: 'Asia/Kolkata',
    });
    expect(body.nextScheduleDate).toMatch(/T04:00:00.000\+00:00$/);
    const from = Date.now();
    const query = `schedules=${body.id as string}&fromDate=${from}&toDate=${from + 3 * 86_400_000}`;
    const calendars = (await server.get(`${runs.base}/schedule/calendars?${query}`)).body;
    expect(calendars).toMatchObject([{ scheduleId: body.id }]);
    expect(calendars[0].dates).toHaveLength(3);
    await server.delete(`${runs.base}/schedule/${body.id as string}`);
  });

  it('tells what is wrong', async () => {
    const cases: [unknown, string][] = [
      [{}, 'workflowRef'],
      [{ workflowRef: 'nightly', type: 'runOnce' }, 'dateSchedule'],
      [{ workflowRef: 'nightly', type: 'runOnce', dateSchedule: 'tomorrow' }, 'dateSchedule'],
      [{ workflowRef: 'nightly', type: 'runOnce', dateSchedule: '2020-01-01T00:00:00Z' }, 'future'],
      [{ workflowRef: 'nightly', type: 'cron' }, 'cronSchedule'],
      [{ workflowRef: 'nightly', type: 'cron', cronSchedule: '61 * * * *' }, 'cronSchedule'],
      [{ workflowRef: 'nightly', type: 'cron', cronSchedule: '0 0 31 2 *' }, 'never'],
      [{ workflowRef: 'nightly', type: 'cron', cronSchedule: '0 0 * * *', timezone: 'Moon/Base' }, 'timezone'],
    ];
    for (const [body, word] of cases) {
      const answer = await save(body);
      expect(answer.body).toMatchObject({
        code: 1902,
        reason: 'SCHEDULE_INVALID_DEFINITION',
        status: '400 BAD_REQUEST',
      });
      expect(answer.body.message).toContain(word);
    }
    expect((await save({ workflowRef: 'no-such', type: 'cron', cronSchedule: '* * * * *' })).body.code).toBe(1201);
    const params = [
      { name: 'n', type: 'number', required: true },
      { name: 'pw', type: 'password' },
    ];
    await server.saveWorkflow(
      'alpha',
      workflow('typed', [task('s', 'sleep', { duration: 1 })], ['s'], {
        params,
        triggers: { schedule: { enabled: true } },
      }),
    );
    const typed = { workflowRef: 'typed', type: 'cron', cronSchedule: '0 0 1 1 *' };
    for (const value of [undefined, '', 'abc', '$(team.params.n)']) {
      const { body } = await save({ ...typed, ...(value !== undefined && { params: [{ name: 'n', value }] }) });
      expect([body.code, body.message]).toEqual([1002, expect.stringContaining('Param n') as string]);
    }
    const saved = await save({
      ...typed,
      params: [
        { name: 'n', value: '7' },
        { name: 'pw', value: 'secret' },
      ],
    });
    expect(saved.status).toBe(200);
    const renamed = await save({ id: saved.body.id as string, workflowRef: 'typed', name: 'renamed' }, 'PUT');
    expect(renamed.body).toMatchObject({ name: 'renamed', status: 'active' });
    await server.delete(`/api/v2/team/alpha/schedule/${saved.body.id as string}`);
    expect((await save({ id: 'x', workflowRef: 'nightly' }, 'PUT')).body.code).toBe(1901);
    expect(
      (await server.get(`${runs.base}/schedule/validate-cron?cron=${encodeURIComponent('*/5 * * * *')}`)).body,
    ).toMatchObject({ valid: true, next: Array.from({ length: 5 }, () => expect.stringContaining(':00.000')) });
    expect((await server.get(`${runs.base}/schedule/validate-cron?cron=never`)).body).toMatchObject({ valid: false });
    expect((await server.get(`${runs.base}/schedule/validate-cron`)).body.code).toBe(1001);
    await server.createTeam('beta');
    const mine = (await save({ workflowRef: 'nightly', type: 'cron', cronSchedule: '0 0 1 1 *' })).body.id as string;
    expect((await server.get(`/api/v2/team/beta/schedule/${mine}`)).body.code).toBe(1901);
    expect((await server.get(`/api/v2/team/beta/schedule/query`)).body.totalElements).toBe(0);
    expect(
      (await server.get(`${runs.base}/schedule/query?types=cron&statuses=active&workflows=nightly`)).body.content.map(
        ({ id }: Answer['body']) => id as string,
      ),
    ).toContain(mine);
    await server.delete(`${runs.base}/schedule/${mine}`);
  });

  it('says so where the trigger is off, and goes on when it is on again', async () => {
    await server.saveWorkflow('alpha', triggered('off', {}, 1));
    const { body } = await save({ workflowRef: 'off', type: 'cron', cronSchedule: '* * * * * *' });
    expect(body.status).toBe('trigger_disabled');
    const refused = await until(
      () => get(body.id as string),
      ({ statusMessage }) => statusMessage !== undefined,
    );
    expect(refused).toMatchObject({ status: 'trigger_disabled' });
    expect(refused.statusMessage).toContain('trigger is not enabled');
    expect(refused.nextScheduleDate).toBeUndefined();
    await server.saveWorkflow('alpha', triggered('off', { schedule: { enabled: true } }, 1));
    await until(
      () => get(body.id as string),
      ({ status, workflowRunRef }) => status === 'active' && workflowRunRef !== undefined,
    );
    await server.delete(`${runs.base}/schedule/${body.id as string}`);
  });

  it('follows its workflow at once: off, inactive, deleted', async () => {
    const definition = (more: object) => ({ ...triggered('followed', { schedule: { enabled: true } }, 1), ...more });
    await server.saveWorkflow('alpha', definition({ triggers: {} }));
    const { body: made } = await save({ workflowRef: 'followed', type: 'cron', cronSchedule: '0 0 1 1 *' });
    const id = made.id as string;
    const afterNext = Date.UTC(new Date().getUTCFullYear() + 1, 0, 2);
    const edges = `fromDate=${Math.floor(Date.now() / 1000)}&toDate=${afterNext / 1000}`;
    const see = async () => {
      const { status, statusMessage, nextScheduleDate, workflowRef } = await get(id);
      const [calendar] = (await server.get(`${runs.base}/schedule/calendars?schedules=${id}&${edges}`)).body;
      const listed = async (statuses: string) =>
        (await server.get(`${runs.base}/schedule/query?workflows=${workflowRef}&statuses=${statuses}`)).body
          .totalElements as number;
      return {
        status,
        message: statusMessage as string | undefined,
        hasNext: nextScheduleDate !== undefined,
        dates: calendar?.dates.length as number,
        listed: await Promise.all([listed('active'), listed('trigger_disabled')]),
        workflowRef,
      };
    };
    const off = { status: 'trigger_disabled', hasNext: false, dates: 0, listed: [0, 1], workflowRef: 'followed' };
    const on = { status: 'active', hasNext: true, dates: 1, listed: [1, 0], message: undefined };
    expect(made).toMatchObject({ status: 'trigger_disabled', workflowRef: 'followed' });
    expect(await see()).toMatchObject({ ...off, message: expect.stringContaining('trigger is not enabled') });
    await server.saveWorkflow('alpha', definition({}));
    expect(await see()).toMatchObject(on);
    await server.saveWorkflow('alpha', definition({ status: 'inactive' }));
    expect(await see()).toMatchObject({ ...off, message: expect.stringContaining('not active') });
    // A definition is complete: one without a status is active.
    await server.saveWorkflow('alpha', definition({}));
    expect(await see()).toMatchObject(on);
    await server.request('PATCH', '/api/v2/team/alpha', { body: { status: 'inactive' } });
    expect(await see()).toMatchObject({ ...off, message: expect.stringContaining('team is not active') });
    await server.request('PATCH', '/api/v2/team/alpha', { body: { status: 'active' } });
    expect(await see()).toMatchObject(on);
    await server.delete(`${runs.base}/workflow/followed`);
    expect(await see()).toMatchObject({ status: 'error', message: expect.stringContaining('deleted'), dates: 0 });
  });

  it('made by a task are checked for their params, as any other', async () => {
    await server.saveWorkflow('alpha', {
      ...workflow('typed', [set('got', '$(params.n)')], ['got']),
      params: [{ name: 'n', type: 'number', required: true }],
    });
    const params = { workflowRef: 'typed', futureIn: 1, futurePeriod: 'hours', n: '$(params.z)' };
    const later = workflow('later', [task('it', 'runscheduledworkflow', params)], ['it'], { params: [{ name: 'z' }] });
    await server.saveWorkflow('alpha', later);
    const { body } = await server.submit('alpha', 'later', { params: [{ name: 'z', value: 'no number' }] });
    const run = await runs.ended(body.id as string);
    expect(run.tasks.find(({ name }: { name: string }) => name === 'it')).toMatchObject({
      status: 'invalid',
      statusMessage: 'The schedule could not be made. Param n must be a number.',
    });
  });

  it('makes up for an outage with one run, and counts what it left out', async () => {
    const { body } = await save({
      workflowRef: 'nightly',
      type: 'cron',
      cronSchedule: '0 * * * *',
      params: [{ name: 'x', value: 1 }],
    });
    const id = body.id as string;
    // As if no server had run for ten hours: the state says that it was due then.
    const now = Date.now();
    const then = Math.floor(now / 3_600_000 - 10) * 3_600_000;
    await server.pool.query(
      `update schedule set state = jsonb_set(state, '{nextDate}', to_jsonb($2::bigint)) where id = $1`,
      [id, then],
    );
    await server.pool.query(
      `update timer set due_at = to_timestamp($2 / 1000.0), fire_at = now() where stream_id = $1`,
      [id, then],
    );
    server.server.processor.forget(id);
    const made = await until(
      () => get(id),
      ({ workflowRunRef }) => workflowRunRef !== undefined,
    );
    expect(made.missed).toBeGreaterThanOrEqual(9);
    expect(Date.parse(made.nextScheduleDate as string)).toBeGreaterThan(now);
    await server.delete(`${runs.base}/schedule/${id}`);
    await server.pool.query(`delete from schedule where id = $1`, [id]);
    tampered.push(id);
  });
});

describe('webhooks and events', () => {
  let server: TestServer;
  let runs: Runs;
  let team: string;
  beforeAll(async () => {
    server = await TestServer.start();
    await server.createTeam('alpha');
    runs = new Runs(server, 'alpha');
    team = (await server.post('/api/v2/token', { body: { type: 'team', principal: 'alpha' } })).body.token as string;
  });
  afterAll(() => server.stop());
  const save = async (definition: unknown): Promise<string> =>
    (await server.saveWorkflow('alpha', definition)).body.id as string;

  it('a webhook makes a run with its payload; by id, by name, by the workflow’s own token', async () => {
    const id = await save(triggered('hook', { webhook: { enabled: true } }));
    const own = (await server.post('/api/v2/token', { body: { type: 'workflow', principal: id } })).body
      .token as string;
    const payload = { a: ['x', { b: 'it\'s "q"\n' }] };
    for (const [query, token] of [
      [`?ref=${id}`, undefined],
      ['?ref=hook', team],
      ['', own],
      [`?ref=${id}&access_token=${team}`, null],
    ] as const) {
      const answer = await server.post(`/api/v2/webhook${query}`, {
        body: payload,
        ...(token !== undefined && { token }),
      });
      expect(answer.status).toBe(200);
      const run = await runs.ended(answer.body.id as string);
      expect(run).toMatchObject({
        status: 'succeeded',
        trigger: 'webhook',
        results: [{ name: 'got', value: payload }],
      });
    }
    expect((await server.post(`/api/v2/webhook?ref=${id}`, { body: {}, token: null })).status).toBe(401);
    expect((await server.post('/api/v2/webhook', { body: {} })).body.code).toBe(1001);
    expect((await server.post('/api/v2/webhook?ref=nothing', { body: {}, token: team })).body.code).toBe(1201);
    await server.createTeam('beta');
    const foreign = (await server.post('/api/v2/token', { body: { type: 'team', principal: 'beta' } })).body
      .token as string;
    expect((await server.post(`/api/v2/webhook?ref=${id}`, { body: {}, token: foreign })).body.code).toBe(1201);
  });

  it('a trigger that is off, and conditions that do not hold, make no run', async () => {
    const off = await save(triggered('closed', {}));
    expect((await server.post(`/api/v2/webhook?ref=${off}`, { body: {} })).body).toMatchObject({
      code: 1305,
      reason: 'WORKFLOWRUN_TRIGGER_DISABLED',
    });
    for (const trigger of ['task', 'engine', 'webhook']) {
      expect((await server.submit('alpha', 'closed', { trigger })).body.code).toBe(1305);
    }
    const conditions = [
      { field: '$.action', operation: 'equals', value: 'opened' },
      { field: '$.branch', operation: 'matches', value: 'release/[0-9.]+' },
      { field: '$.labels[*]', operation: 'in', values: ['go', 'ship'] },
    ];
    const id = await save(triggered('picky', { webhook: { enabled: true, conditions } }));
    const good = { action: 'opened', branch: 'release/1.2', labels: ['x', 'ship'] };
    expect((await server.post(`/api/v2/webhook?ref=${id}`, { body: good })).status).toBe(200);
    for (const bad of [{ ...good, action: 'closed' }, { ...good, branch: 'main' }, { ...good, labels: [] }, {}, []]) {
      expect((await server.post(`/api/v2/webhook?ref=${id}`, { body: bad })).body.code).toBe(1305);
    }
    expect((await server.get(`${runs.base}/workflowrun/count?workflows=picky`)).body.status.all).toBe(1);
  });

  it('a GitHub event has a trigger of its own', async () => {
    const id = await save(
      triggered(
        'github',
        { github: { enabled: true, conditions: [{ field: '$.ref', operation: 'equals', value: 'main' }] } },
        '$(params.event)',
      ),
    );
    const headers = { 'x-github-event': 'push' };
    const { body } = await server.post(`/api/v2/webhook?ref=${id}`, { body: { ref: 'main' }, headers });
    expect(await runs.ended(body.id as string)).toMatchObject({ trigger: 'github', results: [{ value: 'push' }] });
    expect((await server.post(`/api/v2/webhook?ref=${id}`, { body: { ref: 'dev' }, headers })).body.code).toBe(1305);
  });

  it('a CloudEvent reaches every workflow of the team that wants it, and counts once', async () => {
    const condition = (type: string) => ({
      event: { enabled: true, conditions: [{ field: '$.type', operation: 'equals', value: type }] },
    });
    await save(triggered('on-built', condition('built'), '$(params.event)'));
    await save(triggered('on-built-too', condition('built'), '$(params.event.data.n)'));
    await save(triggered('on-tested', condition('tested'), 1));
    const event = { specversion: '1.0', id: '1', source: '/ci', type: 'built', data: { n: 7 } };
    const headers = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
    const first = await server.post('/api/v2/event', { body: event, headers, token: team });
    expect(first.status).toBe(200);
    expect(first.body.runs).toHaveLength(2);
    const values = await Promise.all(
      (first.body.runs as string[]).map(async (id) => (await runs.ended(id)).results[0].value as unknown),
    );
    expect(values).toContainEqual(7);
    expect(values).toContainEqual(expect.objectContaining(event));
    const again = await server.post('/api/v2/event', { body: event, headers, token: team });
    expect(new Set(again.body.runs as string[])).toEqual(new Set(first.body.runs as string[]));
    expect((await server.get(`${runs.base}/workflowrun/count`)).body.status.all).toBeGreaterThan(0);
    for (const missing of ['id', 'source', 'type']) {
      const { [missing as 'id']: _left, ...rest } = event;
      expect((await server.post('/api/v2/event', { body: rest, headers, token: team })).body).toMatchObject({
        code: 400,
        reason: 'BAD_REQUEST',
      });
    }
    expect((await server.post('/api/v2/event', { body: event, headers })).body.code).toBe(1001);
  });

  it('a CloudEvent for all workflows of a team is refused where all of it would be too much', async () => {
    for (let n = 0; n < 12; n++) await save(triggered(`wide-${n}`, { event: { enabled: true } }, 1));
    const event = { specversion: '1.0', id: 'wide', source: '/ci', type: 'wide', data: 'x'.repeat(900_000) };
    const headers = { 'content-type': 'application/cloudevents+json' };
    const refused = await server.post('/api/v2/event', { body: event, headers, token: team });
    expect([refused.status, refused.body.code]).toEqual([400, 1001]);
    expect(refused.body.message).toContain('Parameter ref is required');
    expect(refused.body.message).toContain('more than 8388608 bytes');
    const { status, body } = await server.post('/api/v2/event', {
      body: { ...event, data: 'x' },
      headers,
      token: team,
    });
    expect([status, (body.runs as string[]).length]).toEqual([200, 12]);
  });
});
