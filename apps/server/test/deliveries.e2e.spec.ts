import { gzipSync } from 'node:zlib';
import { receiptHours, ReceiptSweeper } from '#libs/ledger';
import { type Answer, TestServer } from './harness';
import { Runs, task, workflow } from './workflows';

const echo = (name: string, triggers: unknown, value: unknown = '$(params.payload)') =>
  workflow(name, [task('got', 'setwfproperty', { output: 'got', value })], ['got'], { triggers });

describe('what other systems send', () => {
  let server: TestServer;
  let runs: Runs;
  beforeAll(async () => {
    server = await TestServer.start();
    await server.createTeam('alpha');
    runs = new Runs(server, 'alpha');
  });
  afterAll(() => server.stop());
  const save = async (definition: unknown): Promise<string> =>
    (await server.saveWorkflow('alpha', definition)).body.id as string;
  const countOf = async (name: string): Promise<number> =>
    (await server.get(`${runs.base}/workflowrun/count?workflows=${name}`)).body.status.all as number;

  it('a form with a payload is the payload; any other its fields; gzip is inflated, within bounds', async () => {
    const id = await save(echo('formed', { webhook: { enabled: true } }));
    const send = async (body: string | Buffer, headers: Record<string, string>): Promise<Answer> => {
      const response = await server.server.app.inject({
        method: 'POST',
        url: `/api/v2/webhook?ref=${id}`,
        headers: { authorization: 'Bearer bfg_00000000-0000-4000-8000-000000000000', ...headers },
        payload: body,
      });
      return {
        status: response.statusCode,
        headers: response.headers,
        body: JSON.parse(response.body),
        text: response.body,
      };
    };
    const got = async (answer: Answer): Promise<unknown> => {
      expect(answer.text).toContain('"id"');
      return (await runs.ended(answer.body.id as string)).results[0].value as unknown;
    };
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const json = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const payload = { ref: 'refs/heads/main', repository: { name: 'dé + &=' } };
    const encoded = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    expect(await got(await send(encoded, form))).toEqual(payload);
    expect(await got(await send('command=%2Fdeploy&text=a+b&x=1&x=2', form))).toEqual({
      command: '/deploy',
      text: 'a b',
      x: ['1', '2'],
    });
    expect(await got(await send(gzipSync(JSON.stringify(payload)), json))).toEqual(payload);
    expect(await got(await send(gzipSync(encoded), { ...form, 'content-encoding': 'gzip' }))).toEqual(payload);
    expect((await send(gzipSync(`"${'x'.repeat(2_000_000)}"`), json)).status).toBe(413);
    expect((await send('no gzip', json)).body.message).toContain('gzip');
    expect((await send('{}', { ...json, 'content-encoding': 'br' })).status).toBe(415);
    for (const charset of ['iso-8859-1', '"utf-16"', 'bogus']) {
      const refused = await send('{}', { 'content-type': `application/json; charset=${charset}` });
      expect([refused.status, refused.body.message]).toEqual([415, expect.stringContaining('send UTF-8') as string]);
    }
    expect((await send('{}', { 'content-type': 'application/json; charset="UTF-8"' })).status).toBe(200);
    expect((await send('a&'.repeat(30_000), form)).body.message).toContain('10000 fields');
    expect((await send('payload={"a":7615917337495251231}', form)).body.message).toContain('7615917337495251231');
    expect((await send('{"p_id":7615917337495251231}', { ...json, 'content-encoding': 'identity' })).status).toBe(400);
    expect((await send('{"big":1e400}', { ...form, 'content-type': 'application/json' })).body.message).toContain(
      '1e400',
    );
    const plain = await server.request('PUT', `${runs.base}/workflow`, {
      body: gzipSync('{}').toString('latin1'),
      headers: { 'content-encoding': 'gzip' },
    });
    expect(plain.status).toBe(415);
  });

  it('a ping makes no run; the name of the event can be asked for; a delivery counts once', async () => {
    const conditions = [
      { field: 'event', operation: 'in', values: ['push', 'release'] },
      { field: 'repository.name', operation: 'equals', value: 'demo' },
    ];
    const id = await save(echo('pinged', { github: { enabled: true, conditions } }, '$(params.event)'));
    const send = (event: string, delivery: string, body: unknown = { repository: { name: 'demo' } }) =>
      server.post(`/api/v2/webhook?ref=${id}`, {
        body,
        headers: { 'x-github-event': event, 'x-github-delivery': delivery },
      });
    expect(await send('ping', 'd0')).toMatchObject({ status: 200, body: { message: 'pong' } });
    expect(await countOf('pinged')).toBe(0);
    expect((await send('issues', 'd1')).body.code).toBe(1305);
    const first = await send('push', 'd2');
    expect(await runs.ended(first.body.id as string)).toMatchObject({ results: [{ value: 'push' }] });
    expect((await send('push', 'd2')).body.id).toBe(first.body.id);
    expect((await send('release', 'd3')).body.id).not.toBe(first.body.id);
    expect(await countOf('pinged')).toBe(2);
  });

  it('an Idempotency-Key counts once on webhooks and callbacks', async () => {
    const id = await save(echo('keyed', { webhook: { enabled: true } }));
    const hook = (body: unknown) =>
      server.post(`/api/v2/webhook?ref=${id}`, { body, headers: { 'idempotency-key': 'k1' } });
    const first = await hook({ n: 1 });
    expect((await hook({ n: 1 })).body).toEqual(first.body);
    expect((await hook({ n: 2 })).status).toBe(422);
    expect(await countOf('keyed')).toBe(1);

    const waits = [
      task('a', 'eventwait', { topic: 't' }),
      task('b', 'eventwait', { topic: 't' }, ['a']),
      task('c', 'eventwait', { topic: 't' }, ['b']),
    ];
    const run = await runs.start(workflow('waits', waits, ['c']));
    const call = (n: number, key: string) =>
      server.post(`/api/v2/callback?ref=${run}&topic=t`, { body: { n }, headers: { 'idempotency-key': key } });
    for (const [n, key] of [
      [1, 'one'],
      [1, 'one'],
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
      [1, 'one'],
    ] as const) {
      expect((await call(n, key)).status).toBe(200);
    }
    const ended = await runs.ended(run);
    expect(
      ['a', 'b', 'c'].map(
        (name) => ended.tasks.find((each: { name: string }) => each.name === name).results[0].value as unknown,
      ),
    ).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it('an Idempotency-Key is kept for events, which count once by themselves besides', async () => {
    const ref = await save(echo('evented', { event: { enabled: true } }));
    const send = (id: string, key: string) =>
      server.post(`/api/v2/event?ref=${ref}`, {
        body: { specversion: '1.0', id, source: '/spec', type: 't', data: { id } },
        headers: { 'content-type': 'application/cloudevents+json', 'idempotency-key': key },
      });
    const first = await send('one', 'k');
    expect(first.status).toBe(200);
    expect((await send('one', 'k')).body).toEqual(first.body);
    expect((await send('two', 'k')).body).toMatchObject({ reason: 'IDEMPOTENCY_KEY_REUSED' });
    expect((await send('one', 'another')).body.id).toBe(first.body.id);
    expect(await countOf('evented')).toBe(1);
  });

  it('events that come before their waits are a queue for each topic, bounded, and each counts once', async () => {
    const tasks = [
      task('gate', 'manual', { instructions: 'open' }),
      task('a', 'eventwait', { topic: 't' }, ['gate']),
      task('b', 'eventwait', { topic: 't' }, ['a']),
      task('c', 'eventwait', { topic: 't' }, ['b']),
    ];
    const run = await runs.start(workflow('queued', tasks, ['c']));
    const event = (id: string, n: number) =>
      server.post(`/api/v2/event?ref=${run}&topic=t`, {
        body: { specversion: '1.0', id, source: '/ci', type: 'x', data: n },
        headers: { 'content-type': 'application/cloudevents+json' },
      });
    for (const [id, n] of [
      ['1', 1],
      ['1', 1],
      ['2', 2],
    ] as const)
      expect((await event(id, n)).status).toBe(200);
    // The same event in binary mode.
    const binary = await server.post(`/api/v2/event?ref=${run}&topic=t`, {
      body: 2,
      headers: { 'ce-specversion': '1.0', 'ce-id': '%32', 'ce-source': '%2Fci', 'ce-type': 'x' },
    });
    expect(binary.status).toBe(200);
    const [action] = (await server.get(`${runs.base}/action/query?workflows=queued`)).body.content;
    await server.put(`${runs.base}/action`, { body: [{ id: action.id, approved: true }] });
    const waiting = await runs.get(run);
    const of = (name: string) => waiting.tasks.find((each: { name: string }) => each.name === name);
    expect([of('a').results[0].value, of('b').results[0].value, of('c').status]).toEqual([1, 2, 'waiting']);
    await event('3', 3);
    expect((await runs.ended(run)).status).toBe('succeeded');
  });

  it('one more event than a run keeps is refused, and may be sent again', async () => {
    const run = await runs.start(
      workflow(
        'full',
        [task('gate', 'manual', { instructions: 'open' }), task('a', 'eventwait', { topic: 't0' }, ['gate'])],
        ['a'],
      ),
    );
    const send = (topic: string) => server.post(`/api/v2/callback?ref=${run}&topic=${topic}`, { body: {} });
    for (let topic = 0; topic < 100; topic++) expect((await send(`t${topic}`)).status).toBe(200);
    const refused = await send('t100');
    expect(refused.body).toMatchObject({ code: 1020, message: expect.stringContaining('100 topics') });
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '60' } });
    expect((await send('t99')).status).toBe(200);
  });

  it('several actions in one request are decided all or none', async () => {
    const gate = (name: string) => workflow(name, [task('gate', 'manual', { instructions: 'do' })], ['gate']);
    const ids = [await runs.start(gate('one')), await runs.start(gate('two')), await runs.start(gate('three'))];
    const actions = await Promise.all(
      ['one', 'two', 'three'].map(
        async (name) => (await server.get(`${runs.base}/action/query?workflows=${name}`)).body.content[0].id as string,
      ),
    );
    const decide = (which: readonly (readonly [string | undefined, boolean])[], key?: string) =>
      server.put(`${runs.base}/action`, {
        body: which.map(([id, approved]) => ({ id, approved })),
        ...(key !== undefined && { headers: { 'idempotency-key': key } }),
      });
    expect((await decide([[actions[2], true]])).status).toBe(200);
    // The third is already decided, so the first two stay open.
    const refused = await decide([
      [actions[0], true],
      [actions[1], true],
      [actions[2], false],
    ]);
    expect(refused.body).toMatchObject({ reason: 'ACTION_INVALID_STATUS' });
    for (const id of ids.slice(0, 2)) expect(await runs.get(id)).toMatchObject({ awaitingApproval: true });
    const all = [
      [actions[0], true],
      [actions[1], false],
    ] as const;
    const done = await decide(all, 'both');
    expect(done.body.map(({ status }: { status: string }) => status)).toEqual(['approved', 'rejected']);
    expect((await decide(all, 'both')).body).toEqual(done.body);
    expect((await runs.ended(ids[0] ?? '')).status).toBe('succeeded');
    expect((await runs.ended(ids[1] ?? '')).status).toBe('failed');
    const { rows } = await server.pool.query(
      `select count(distinct recorded_at)::int as commits, count(*)::int as events from event
        where type = 'ActionDecided' and stream_id = any($1)`,
      [ids.slice(0, 2)],
    );
    expect(rows[0]).toEqual({ commits: 1, events: 2 });
  });

  it('what is refused for its params or a quota is in the history of the workflow', async () => {
    const params = [{ name: 'needed', type: 'text', required: true }];
    const id = await save({ ...echo('strict', { webhook: { enabled: true } }), params });
    const send = () => server.post(`/api/v2/webhook?ref=${id}`, { body: {} });
    const refused = await send();
    expect(refused.body).toMatchObject({ reason: 'REQUEST_INVALID_PARAMS' });
    await send();
    const seen = (await server.get(`${runs.base}/workflow/strict/refusals`)).body;
    expect(seen).toEqual([
      {
        date: expect.any(String),
        trigger: 'webhook',
        reason: 'REQUEST_INVALID_PARAMS',
        message: refused.body.message,
      },
    ]);
    await server.saveWorkflow('alpha', echo('strict', { webhook: { enabled: true } }));
    expect((await server.get(`${runs.base}/workflow/strict/refusals`)).body).toEqual(seen);
  });

  it('receipts go after their time', async () => {
    const { rowCount } = await server.pool.query(
      `update command_receipt set created_at = now() - make_interval(hours => $1, mins => 1) where key = 'k1'`,
      [receiptHours],
    );
    expect(rowCount).toBe(1);
    const keys = async (): Promise<string[]> =>
      (await server.pool.query<{ key: string }>('select key from command_receipt')).rows.map(({ key }) => key);
    const before = await keys();
    expect(await new ReceiptSweeper(server.pool, () => undefined).sweep()).toBe(1);
    expect((await keys()).sort()).toEqual(before.filter((key) => key !== 'k1').sort());
  });

  it('triggers are filtered by their names, and others are refused', async () => {
    const find = (names: string) => server.get(`${runs.base}/workflowrun/query?triggers=${names}`);
    expect((await find('scheduler')).body.totalElements).toBe(0);
    expect((await find('webhook,GitHub')).body.totalElements).toBeGreaterThan(0);
    expect(await find('cron')).toMatchObject({ status: 400, body: { code: 1001 } });
  });
});
