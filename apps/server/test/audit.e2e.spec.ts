import { until } from '#libs/testing';
import { type AddressInfo, connect } from 'node:net';
import { adminToken, simpleWorkflow, TestServer } from './harness';
import { expectLedgerWhole } from './ledger-checks';
import { script, task, workflow } from './workflows';

interface Entry {
  readonly position: number;
  readonly time: string;
  readonly outcome: string;
  readonly action: string;
  readonly actor: { readonly kind: string; readonly id: string; readonly name?: string };
  readonly team?: { readonly id: string; readonly name?: string };
  readonly object: { readonly kind: string; readonly id: string; readonly name?: string };
  readonly reason?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly events: readonly { readonly type: string }[];
  readonly [field: string]: unknown;
}

interface Item {
  readonly id: string;
  readonly fence: number;
}

describe('the audit trail', () => {
  let server: TestServer;
  let ada: string;
  let reader: string;
  const trail = async (path: string, token?: string): Promise<Entry[]> => {
    const { status, body } = await server.get(path, token === undefined ? {} : { token });
    expect([status, body.message]).toEqual([200, undefined]);
    return body.entries as Entry[];
  };
  const ofTeam = (query = '', token?: string) => trail(`/api/v2/team/blue/audit?${query}`, token);
  const tokenOf = async (body: object) => (await server.post('/api/v2/token', { body })).body.token as string;
  const submitted = async (team: string, token?: string) =>
    (await server.post(`/api/v2/team/${team}/workflow/w/submit`, { body: {}, ...(token !== undefined && { token }) }))
      .body.id as string;

  beforeAll(async () => {
    server = await TestServer.start();
    for (const team of ['blue', 'red']) {
      await server.createTeam(team);
      await server.saveWorkflow(team, simpleWorkflow('w'));
    }
    const members = [
      { email: 'ada@example.com', name: 'Ada Lovelace', role: 'editor' },
      { email: 'rob@example.com', role: 'reader' },
    ];
    await server.request('PATCH', '/api/v2/team/blue', { body: { members } });
    ada = await tokenOf({ type: 'user', principal: 'ada@example.com', name: 'ada-laptop', permissions: ['**/**'] });
    reader = await tokenOf({ type: 'user', principal: 'rob@example.com', name: 'rob', permissions: ['**/**'] });
  });
  afterAll(() => server.stop());

  it('tells in two requests who cancelled a run, when, from where and why, and what else they did that hour', async () => {
    const run = await submitted('blue', ada);
    const headers = { 'x-reason': 'Wrong customer', 'user-agent': 'ops-tool/7', 'x-request-id': 'cancel-1' };
    const began = Date.now();
    await server.delete(`/api/v2/team/blue/workflowrun/${run}/cancel`, { token: ada, headers });
    const [cancelled, ...others] = await ofTeam(`object=${run}&actions=CancelRun`);
    expect(others).toEqual([]);
    expect(cancelled).toMatchObject({
      outcome: 'success',
      action: 'CancelRun',
      actor: { kind: 'person', id: 'ada@example.com', name: 'Ada Lovelace' },
      token: { name: 'ada-laptop' },
      team: { name: 'blue' },
      object: { kind: 'workflowrun', id: run, name: 'w' },
      reason: 'Wrong customer',
      requestId: 'cancel-1',
      address: '127.0.0.1',
      userAgent: 'ops-tool/7',
      server: expect.stringMatching(/^spec\/\d+\.\d+/),
    });
    expect(cancelled?.events.at(-1)?.type).toBe('WorkflowRunCancelled');
    const at = Date.parse(cancelled?.time ?? '');
    expect(at).toBeGreaterThanOrEqual(began - 1);
    const hour = `fromDate=${at - 3_600_000}&toDate=${at + 1}`;
    const theirs = await ofTeam(`actors=${cancelled?.actor.id}&${hour}`);
    expect(theirs.map(({ action }) => action)).toEqual(['CancelRun', 'SubmitRun']);
  });

  it('has every change of a run, the work of agents and of the server itself among them', async () => {
    const id = await server.registerAgent();
    await server.saveWorkflow('blue', workflow('scripted', [script('a', ['start'])], ['a']));
    const run = (await server.submit('blue', 'scripted')).body.id as string;
    const [item] = await until(
      () => server.claim(id),
      (items: Item[]) => items.length > 0,
    );
    if (!item) throw new Error('There is nothing to claim');
    await server.report(item, 'start');
    await server.report(item, 'end');
    const entries = await ofTeam(`object=${run}&order=ASC`);
    expect(entries.map(({ action, actor }) => `${actor.kind} ${action}`)).toEqual([
      'token SubmitRun',
      'agent ClaimTask',
      'token StartTask',
      'token EndTask',
    ]);
    expect(entries.every(({ team }) => team?.name === 'blue')).toBe(true);
    expect(entries[1]?.actor.name).toBeDefined();
  });

  it('finds what a token did by the id and the time that an entry has', async () => {
    const run = await submitted('blue');
    const [entry] = await ofTeam(`object=${run}`);
    expect(entry?.actor.kind).toBe('token');
    const time = encodeURIComponent(entry?.time ?? '');
    const theirs = await ofTeam(`actors=${entry?.actor.id}&fromDate=${time}`);
    expect(theirs.map(({ position }) => position)).toContain(entry?.position);
    expect(await ofTeam(`actors=${entry?.actor.id}&toDate=${time}&object=${run}`)).toEqual([]);
  });

  it('tells where a webhook came from', async () => {
    const triggers = { webhook: { enabled: true } };
    const { body: saved } = await server.saveWorkflow('blue', simpleWorkflow('hooked', { triggers }));
    const answer = await server.post(`/api/v2/webhook?ref=${saved.id as string}`, {
      body: {},
      token: ada,
      headers: { 'user-agent': 'hook/1' },
    });
    expect(answer.status).toBe(200);
    const [entry] = await ofTeam('actions=SubmitRun&limit=1');
    expect(entry).toMatchObject({
      actor: { kind: 'person', id: 'ada@example.com' },
      token: { name: 'ada-laptop' },
      address: '127.0.0.1',
      userAgent: 'hook/1',
    });
  });

  it('names the run that made another', async () => {
    await server.saveWorkflow(
      'blue',
      workflow('parent', [task('child', 'runworkflow', { workflowRef: 'w' })], ['child']),
    );
    const parent = (await server.submit('blue', 'parent')).body.id as string;
    const [child] = await until(
      () => ofTeam(`actors=run:${parent}`),
      (entries) => entries.length > 0,
    );
    expect(child).toMatchObject({ action: 'SubmitRun', actor: { kind: 'run', id: parent }, causationId: parent });
    expect(child).toMatchObject({
      cause: { kind: 'workflowrun', id: parent, href: `/api/v2/audit?object=${parent}` },
    });
    expect((await trail(String((child as { cause?: { href: string } }).cause?.href))).length).toBeGreaterThan(0);
    // The child's end ends the task that waits for it.
    const id = child?.object.id ?? '';
    await server.delete(`/api/v2/team/blue/workflowrun/${id}/cancel`);
    const [settled] = await until(
      () => ofTeam(`object=${parent}&actions=SettleTask`),
      (entries) => entries.length > 0,
    );
    expect(settled).toMatchObject({ causationId: id, cause: { kind: 'workflowrun' } });
  });

  it('names the task whose time was over, the lock that was granted and the schedule that fired', async () => {
    const tasks = [task('nap', 'sleep', { duration: 1 }), task('lock', 'acquirelock', { key: 'k' })];
    await server.saveWorkflow('blue', workflow('caused', tasks, ['nap', 'lock']));
    const run = (await server.submit('blue', 'caused')).body as { id: string };
    const causeOf = async (action: string) =>
      (
        await until(
          () => ofTeam(`object=${run.id}&actions=${action}`),
          (entries) => entries.length > 0,
        )
      )[0];
    expect(await causeOf('GrantLock')).toMatchObject({ cause: { kind: 'lock' } });
    const woken = await causeOf('WakeTask');
    expect(woken).toMatchObject({ cause: { kind: 'taskrun', href: `/api/v2/audit?object=${run.id}` } });
    const { tasks: made } = (await server.get(`/api/v2/team/blue/workflowrun/${run.id}`)).body as {
      tasks: { id: string; name: string }[];
    };
    const nap = made.find(({ name }) => name === 'nap');
    expect(woken?.['causationId']).toBe(nap?.id);
  });

  it('names where the poll of a claim comes from', async () => {
    await server.saveWorkflow('blue', workflow('polled', [script('a')], ['a']));
    const run = await server.submit('blue', 'polled');
    const agent = await server.registerAgent();
    await until(
      async () =>
        (await server.get(`/api/v1/agent/${agent}/tasks?wait=0&limit=1000`, { headers: { 'user-agent': 'agent/9' } }))
          .status,
      (status) => status === 200,
    );
    const [claim] = await ofTeam(`object=${run.body.id}&actions=ClaimTask`);
    expect(claim).toMatchObject({ actor: { kind: 'agent', id: agent }, address: '127.0.0.1', userAgent: 'agent/9' });
    await server.delete(`/api/v2/team/blue/workflowrun/${run.body.id}/cancel`);
  });

  it('names people, tokens, agents and runs that act, and the workflow of a run', async () => {
    const agent = await server.registerAgent();
    const run = (await server.submit('blue', 'scripted')).body.id as string;
    await until(
      () => server.claim(agent),
      (items: Item[]) => items.length > 0,
    );
    const [claimed] = await ofTeam(`object=${run}&actions=ClaimTask`);
    expect(claimed).toMatchObject({ object: { id: run, name: 'scripted' }, actor: { kind: 'agent', id: agent } });
    expect(claimed?.actor.name).toEqual(expect.any(String));
    await server.delete(`/api/v2/team/blue/workflowrun/${run}/cancel`, { token: reader });
    const [refused] = await until(
      () => ofTeam('actors=rob@example.com'),
      (entries) => entries.length > 0,
    );
    // Without a name in the team, a person is called what their id is.
    expect(refused?.actor).toEqual({ kind: 'person', id: 'rob@example.com', name: 'rob@example.com' });
    await server.delete(`/api/v2/team/blue/workflowrun/${run}/cancel`);
    const parents = await trail('/api/v2/audit?limit=500');
    const children = parents.filter(({ actor }) => actor.kind === 'run');
    expect(children.map(({ actor }) => actor.name)).toEqual(children.map(() => 'parent'));
    expect(children.length).toBeGreaterThan(0);
  });

  it.each(['ASC', 'DESC'])('is read page by page, %s, and nothing is missed or seen twice', async (order) => {
    for (let n = 0; n < 5; n++) await submitted('blue', ada);
    const { entries: all } = (await server.get(`/api/v2/team/blue/audit?order=${order}&limit=500`)).body as {
      entries: Entry[];
    };
    const pages: Entry[] = [];
    let cursor = '';
    do {
      const { body } = await server.get(
        `/api/v2/team/blue/audit?order=${order}&limit=3${cursor && `&cursor=${cursor}`}`,
      );
      pages.push(...(body.entries as Entry[]));
      cursor = (body.next as string | undefined) ?? '';
    } while (cursor !== '');
    expect(pages).toEqual(all);
    const positions = all.map(({ position }) => position);
    expect(positions).toEqual([...positions].sort((a, b) => (order === 'ASC' ? a - b : b - a)));
  });

  it('records refused attempts, those of strangers outside of every team', async () => {
    const run = await submitted('blue');
    const path = `/api/v2/team/blue/workflowrun/${run}/cancel`;
    expect((await server.delete(path, { token: reader, headers: { 'x-reason': 'let me' } })).status).toBe(403);
    expect((await server.delete(path, { token: null, headers: { 'user-agent': 'stranger' } })).status).toBe(401);
    const [refused] = await until(
      () => ofTeam('outcome=refused&reason=let me'),
      (entries) => entries.length > 0,
    );
    expect(refused).toMatchObject({
      outcome: 'refused',
      actor: { kind: 'person', id: 'rob@example.com' },
      reason: 'let me',
      details: { method: 'DELETE', status: 403, refusal: 'PERMISSION_DENIED' },
    });
    expect(refused?.details?.['route']).toContain('/workflowrun/:workflowRunId/cancel');
    const [stranger] = await until(
      () => trail('/api/v2/audit?outcome=refused&actors=anonymous'),
      (entries) => entries.length > 0,
    );
    expect(stranger).toMatchObject({ actor: { kind: 'anonymous' }, userAgent: 'stranger', details: { status: 401 } });
    expect(stranger?.team).toBeUndefined();
    expect(await ofTeam('actors=anonymous')).toEqual([]);
  });

  it("has the refusals of a team's own token, whatever strangers do meanwhile", async () => {
    const weak = await tokenOf({ type: 'team', principal: 'blue', name: 'weak', permissions: ['workflowrun/read'] });
    for (let n = 0; n < 70; n++) await server.get('/api/v2/team/blue/workflowrun/count', { token: null });
    const refused = await server.request('PATCH', '/api/v2/team/blue', { token: weak, body: {} });
    expect(refused.status).toBe(403);
    const [entry] = await until(
      () => ofTeam('outcome=refused&order=DESC'),
      ([newest]) => newest?.['token'] !== undefined && JSON.stringify(newest['token']).includes('weak'),
    );
    expect(entry).toMatchObject({ actor: { kind: 'token', name: 'weak' }, details: { method: 'PATCH', status: 403 } });
  });

  it('records a report with a stale fence', async () => {
    const id = await server.registerAgent();
    const run = (await server.submit('blue', 'scripted')).body.id as string;
    const [item] = await until(
      () => server.claim(id),
      (items: Item[]) => items.length > 0,
    );
    if (!item) throw new Error('There is nothing to claim');
    const fence = item.fence + 1;
    expect((await server.report({ ...item, fence }, 'start')).status).toBe(409);
    const batch = { reports: [{ id: item.id, report: 'start', fence, body: null }] };
    expect((await server.put('/api/v1/taskrun/batch', { body: batch })).body).toMatchObject([{ status: 409 }]);
    const found = await until(
      () => ofTeam('outcome=refused&actions=RecordAttempt'),
      (entries) => entries.filter(({ details }) => details?.['refusal'] === 'TASKRUN_STALE_FENCE').length >= 2,
    );
    const routes = found.map(({ details }) => details?.['route']);
    expect(routes).toEqual(expect.arrayContaining(['/api/v1/taskrun/:taskRunId/start', '/api/v1/taskrun/batch']));
    const { text } = await server.get('/api/v2/team/blue/audit/export?format=ocsf&outcome=refused');
    const events = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events).toContainEqual(
      expect.objectContaining({
        status_code: 'TASKRUN_STALE_FENCE',
        dst_endpoint: { uid: 'spec', svc_name: 'Runledger' },
        http_request: expect.objectContaining({ http_method: 'PUT', url: { path: '/api/v1/taskrun/batch' } }),
      }),
    );
    await server.delete(`/api/v2/team/blue/workflowrun/${run}/cancel`);
  });

  it.each([
    ['actions=CancelRun', ({ action }: Entry) => action === 'CancelRun'],
    ['kinds=workflow,token', ({ object }: Entry) => ['workflow', 'token'].includes(object.kind)],
    ['reason=CUSTOMER', ({ reason }: Entry) => reason === 'Wrong customer'],
    ['outcome=success', ({ outcome }: Entry) => outcome === 'success'],
    ['actors=user:ada@example.com', ({ actor }: Entry) => actor.id === 'ada@example.com'],
    ['actors=ada@example.com&actions=CancelRun', ({ reason }: Entry) => reason === 'Wrong customer'],
  ])('finds by %s exactly what fits', async (query, fits) => {
    const all = await trail('/api/v2/audit?limit=500');
    const found = await trail(`/api/v2/audit?limit=500&${query}`);
    expect(found.length).toBeGreaterThan(0);
    expect(found).toEqual(all.filter(fits));
  });

  it('tells retries from first runs, and who approved from who rejected', async () => {
    const run = await submitted('blue', ada);
    await server.delete(`/api/v2/team/blue/workflowrun/${run}/cancel`, { token: ada });
    const retried = (await server.put(`/api/v2/team/blue/workflowrun/${run}/retry`, { token: ada })).body.id as string;
    const [retry, ...others] = await ofTeam('actions=retryrun');
    expect(others).toEqual([]);
    expect(retry).toMatchObject({ action: 'RetryRun', object: { id: retried }, causationId: run });
    await server.saveWorkflow('blue', workflow('asks', [task('ask', 'manual', { instructions: 'do' })], ['ask']));
    for (const [approved, action] of [
      [true, 'ApproveAction'],
      [false, 'RejectAction'],
    ] as const) {
      const asked = (await server.submit('blue', 'asks')).body.id as string;
      const content = await until(
        async () => (await server.get('/api/v2/team/blue/action/query?statuses=submitted')).body.content as Item[],
        (items) => items.length > 0,
      );
      const body = content.map(({ id }) => ({ id, approved }));
      expect((await server.put('/api/v2/team/blue/action', { body, token: ada })).status).toBe(200);
      expect((await ofTeam(`actions=${action}`)).map(({ object }) => object.id)).toEqual([asked]);
    }
  });

  it.each([
    ['limit=501', 'Parameter limit must be a whole number from 1 to 500.'],
    ['cursor=x', 'Parameter cursor must be a whole number'],
    ['fromDate=2026-13-01', 'Parameter fromDate must be a time with its offset, such as 2026-11-25T10:05:00Z, or'],
    ['object=run', 'Parameter object must be an id.'],
    ['outcome=maybe', 'Parameter outcome must be one of success, refused.'],
    ['kinds=planet', '"planet" is not one of'],
    ['actions=CancelEverything', 'Parameter actions: "CancelEverything" is not one of SubmitRun, RetryRun'],
    ['actors=robot:7', 'Parameter actors: "robot:7" must be an id, anonymous, or <kind>:<id>'],
    ['colour=red', 'colour'],
  ])('refuses %s', async (query, message) => {
    const { status, body } = await server.get(`/api/v2/audit?${query}`);
    expect([status, body.message]).toEqual([400, expect.stringContaining(message)]);
  });

  it('shows a team nothing of another, and a person only their teams', async () => {
    await submitted('red');
    const mine = await trail('/api/v2/audit?limit=500', ada);
    expect(new Set(mine.map(({ team }) => team?.name))).toEqual(new Set(['blue']));
    expect((await server.get('/api/v2/team/red/audit', { token: ada })).status).toBe(400);
    const all = await trail('/api/v2/audit?limit=500');
    expect(new Set(all.map(({ team }) => team?.name))).toEqual(new Set(['blue', 'red', undefined]));
  });

  it('is exported as lines, and the export is in the trail itself', async () => {
    const { entries } = (await server.get('/api/v2/team/blue/audit?order=ASC&limit=500&outcome=success')).body;
    const base = '/api/v2/team/blue/audit/export?outcome=success';
    const jsonl = await server.get(base, { headers: { 'x-reason': 'yearly audit' } });
    expect(jsonl.headers['content-type']).toContain('application/jsonl');
    const lines = jsonl.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Entry);
    expect(lines.slice(0, entries.length)).toEqual(entries);
    const csv = (await server.get(`${base}&format=csv`)).text.split('\r\n');
    expect(csv[0]).toMatch(/^position,time,outcome,action,actorKind,/);
    expect(csv.length).toBeGreaterThan(entries.length);
    const ocsf = (await server.get(`${base}&format=ocsf`)).text.trimEnd().split('\n');
    const first = JSON.parse(ocsf[0] ?? '') as Record<string, unknown>;
    expect(first).toMatchObject({ class_uid: 6003, category_uid: 6, status_id: 1, metadata: { version: '1.3.0' } });
    const [exported] = await ofTeam('actions=ExportTrail&reason=yearly');
    expect(exported).toMatchObject({ reason: 'yearly audit', details: { format: 'jsonl' }, object: { kind: 'trail' } });
    expect((await server.get(`${base}&format=xml`)).status).toBe(400);
    expect((await server.request('HEAD', base)).status).toBe(405);
  });

  it('verifies the chain through the server, and says where it is broken', async () => {
    const lines = async () => {
      const { status, text } = await server.get('/api/v2/audit/verify');
      expect(status).toBe(200);
      return text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    };
    const whole = await lines();
    expect(whole[0]).toEqual({ position: expect.any(Number), last: expect.any(Number) });
    expect(whole.at(-1)).toMatchObject({ intact: true, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const change = async (sql: string) => {
      const client = await server.pool.connect();
      await client.query('set session_replication_role = replica');
      await client.query(sql);
      client.release(true);
    };
    await change(`update event set data = data || ' ' where position = 7`);
    expect((await lines()).at(-1)).toMatchObject({ intact: false, position: 7 });
    await change(`update event set data = left(data, -1) where position = 7`);
    expect((await lines()).at(-1)).toMatchObject({ intact: true });
    const found = await trail('/api/v2/audit?actions=VerifyTrail&order=ASC');
    expect(found.map(({ details }) => details?.['intact'])).toEqual([true, false, true]);
    expect((await server.get('/api/v2/audit/verify', { token: ada })).status).toBe(403);
  });

  it('records a verification that its client cuts off; one whose client stalls ends by itself, and only so long nobody else may', async () => {
    const { app } = server.server;
    await app.listen(0, '127.0.0.1');
    const http = app.getHttpServer();
    const { port } = http.address() as AddressInfo;
    // More than the walk reads at once.
    while (Number((await trail('/api/v2/audit?limit=1'))[0]?.position) < 2100) {
      await Promise.all(Array.from({ length: 20 }, () => submitted('red')));
    }
    const verifications = async () =>
      (await trail('/api/v2/audit?actions=VerifyTrail&limit=500')).map(({ details }) => details ?? {});
    /** Begins one over a socket that nobody reads from, and holds it up where it begins. Events are not locked: the gate reads them too. */
    const held = async () => {
      const lock = await server.pool.connect();
      await lock.query('begin');
      await lock.query('lock table ledger_archive in access exclusive mode');
      const socket = connect(port, '127.0.0.1');
      socket.pause();
      socket.on('error', () => undefined);
      socket.write(
        `GET /api/v2/audit/verify HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer ${adminToken}\r\nConnection: close\r\n\r\n`,
      );
      const walks = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%positionsSha256%'`;
      // Not in the transaction that holds the lock: it would see the sessions as they were at its first look.
      await until(async () => (await server.pool.query(walks)).rows.length > 0);
      const { status, body } = await server.get('/api/v2/audit/verify');
      expect([status, body.message]).toEqual([503, expect.stringContaining('This server verifies the ledger already')]);
      const release = async () => {
        await lock.query('rollback');
        lock.release();
      };
      return { socket, release };
    };
    const before = (await verifications()).length;
    const cut = await held();
    cut.socket.destroy();
    const connections = () => new Promise<number>((resolve) => http.getConnections((_, count) => resolve(count)));
    await until(async () => (await connections()) === 0);
    await cut.release();
    const [interrupted] = await until(verifications, (all) => all.length > before);
    expect(interrupted).toMatchObject({ intact: true, interrupted: true, position: expect.any(Number) });

    const stalled = await held();
    await stalled.release();
    const [ended] = await until(verifications, (all) => all.length > before + 1);
    expect([ended?.['intact'], ended?.['interrupted']]).toEqual([true, undefined]);
    expect((await server.get('/api/v2/audit/verify')).status).toBe(200);
    stalled.socket.destroy();
  });

  it('has a reason for what the team wants one for', async () => {
    const settings = (requiredReasons: string[], token?: string) =>
      server.request('PATCH', '/api/v2/team/red', { body: { requiredReasons }, ...(token !== undefined && { token }) });
    expect((await settings(['cancelWorkflowRun'])).body.requiredReasons).toEqual(['cancelWorkflowRun']);
    const run = await submitted('red');
    const cancel = (headers: Record<string, string> = {}) =>
      server.delete(`/api/v2/team/red/workflowrun/${run}/cancel`, { headers });
    for (const headers of [{}, { 'x-reason': '  ' }] as Record<string, string>[]) {
      const { status, body } = await cancel(headers);
      expect([status, body.code]).toEqual([400, 400]);
      expect(body.message).toBe('Header X-Reason is missing: the team requires a reason for cancelWorkflowRun.');
    }
    expect((await server.get(`/api/v2/team/red/workflowrun/${run}`)).body.status).not.toBe('cancelled');
    expect((await cancel({ 'x-reason': 'Planned stop' })).status).toBe(200);
    expect((await settings(['flyWorkflow'])).body.message).toContain('cancelWorkflowRun');
    const editor = await tokenOf({ type: 'team', principal: 'red', role: 'editor' });
    expect((await settings([], editor)).status).toBe(403);
    expect((await settings([])).body.requiredReasons).toBeUndefined();
    expect((await server.delete(`/api/v2/team/red/workflowrun/${await submitted('red')}/cancel`)).status).toBe(200);
  });

  it('has a reason for what comes from outside and for tokens, where their team wants one', async () => {
    await server.createTeam('strict');
    const team = '/api/v2/team/strict';
    const listens = workflow('listens', [task('e', 'eventwait', { topic: 't' })], ['e']);
    const triggers = { webhook: { enabled: true }, event: { enabled: true }, manual: { enabled: true } };
    await server.saveWorkflow('strict', { ...listens, triggers });
    const ref = (await server.get(`${team}/workflow/listens`)).body.id as string;
    const hook = await tokenOf({ type: 'team', principal: 'strict', name: 'hook', role: 'editor' });
    const requiredReasons = [
      'acceptWebhook',
      'acceptEvent',
      'acceptCallback',
      'acceptCallbackWithBody',
      'createToken',
      'deleteToken',
    ];
    expect((await server.request('PATCH', team, { body: { requiredReasons } })).status).toBe(200);
    const run = (await server.submit('strict', 'listens')).body.id as string;
    const event = { specversion: '1.0', id: '1', source: '/s', type: 't', data: {} };
    const doomed = (
      await server.post('/api/v2/token', {
        body: { type: 'team', principal: 'strict', name: 'doomed', role: 'editor' },
        headers: { 'x-reason': 'a test' },
      })
    ).body.id as string;
    const body = { type: 'team', principal: 'strict', role: 'editor' };
    for (const [operation, method, path, sent] of [
      ['acceptWebhook', 'POST', `webhook?ref=${ref}`, {}],
      ['acceptEvent', 'POST', `event?ref=${ref}`, event],
      ['acceptEvent', 'POST', `event?ref=${run}&topic=u`, { ...event, id: '2' }],
      ['acceptEvent', 'POST', 'event', { ...event, id: '3' }],
      ['acceptCallback', 'GET', `callback?ref=${run}&topic=u`, undefined],
      ['acceptCallbackWithBody', 'POST', `callback?ref=${run}&topic=t`, {}],
      ['createToken', 'POST', 'token', body],
      ['deleteToken', 'DELETE', `token/${doomed}`, undefined],
    ] as const) {
      const token = operation.endsWith('Token') ? undefined : hook;
      const ask = (headers: Record<string, string>) =>
        server.request(method, `/api/v2/${path}`, { headers, body: sent, ...(token !== undefined && { token }) });
      const { status, body: refusal } = await ask({});
      const message = `Header X-Reason is missing: the team requires a reason for ${operation}.`;
      expect([path, status, refusal.message]).toEqual([path, 400, message]);
      expect([path, (await ask({ 'x-reason': `because of ${operation}` })).status]).toEqual([path, 200]);
    }
    const given = (await trail(`${team}/audit?reason=because of`)).map(({ reason }) => reason);
    expect(new Set(given)).toEqual(new Set(requiredReasons.map((each) => `because of ${each}`)));
    const ofOthers = await server.post('/api/v2/token', { body: { type: 'user', principal: 'ada@example.com' } });
    expect(ofOthers.status).toBe(200);
  });

  it.each([
    [[], '127.0.0.1'],
    [['127.0.0.0/8'], '203.0.113.9'],
    [['10.0.0.0/8'], '127.0.0.1'],
  ])('behind a proxy, with %j trusted, has the address %s', async (trustedProxies, address) => {
    const { database } = server;
    const behind = await TestServer.start({ database, trustedProxies });
    const { body } = await behind.post('/api/v2/team/blue/workflow/w/submit', {
      body: {},
      headers: { 'x-forwarded-for': '198.51.100.1, 203.0.113.9' },
    });
    const [entry] = await ofTeam(`object=${body.id as string}`);
    expect(entry?.['address']).toBe(address);
    await behind.stop();
  });

  it('says what changed in a team and a token, also by their own histories, without secrets', async () => {
    const parameters = [
      { name: 'pw', type: 'password', value: 'hidden-value' },
      { name: 'region', type: 'text', value: 'value-of-region' },
    ];
    const change = { displayName: 'The Reds', quotas: { maxConcurrentRuns: 7 }, parameters };
    expect((await server.request('PATCH', '/api/v2/team/red', { body: change })).status).toBe(200);
    const made = await server.post('/api/v2/token', {
      body: { type: 'team', principal: 'red', name: 'deploy', permissions: ['workflowrun/read'] },
    });
    const { id, token } = made.body as { id: string; token: string };
    expect((await server.delete(`/api/v2/token/${id}`)).status).toBe(200);
    const [updated] = await trail('/api/v2/team/red/audit?actions=UpdateTeam&limit=1');
    expect(updated?.details?.['changes']).toMatchObject({
      displayName: 'The Reds',
      quotas: { maxConcurrentRuns: 7 },
      parameters: [
        { name: 'pw', type: 'password' },
        { name: 'region', type: 'text' },
      ],
    });
    const [created] = await trail(`/api/v2/audit?object=${id}&actions=CreateToken`);
    expect(created?.details).toMatchObject({ name: 'deploy', permissions: ['workflowrun/read'], type: 'team' });
    expect(JSON.stringify([updated, created])).not.toMatch(/hidden-value|value-of-region|sealed|sha256/);

    const ofReds = (await server.get('/api/v2/team/red/events?types=TeamUpdated')).body.events as Entry[];
    const newest = ofReds.at(-1)?.['data'] as { changes: { parameters: unknown[] } };
    expect(newest.changes.parameters).toEqual([{ ...parameters[0], value: '******' }, parameters[1]]);
    const ofToken = await server.get(`/api/v2/token/${id}/events`);
    expect((ofToken.body.events as Entry[]).map(({ type }) => type)).toEqual(['TokenCreated', 'TokenRevoked']);
    expect(JSON.stringify([ofReds, ofToken.body])).not.toMatch(/hidden-value|sealed|sha256/);
    expect(JSON.stringify(ofToken.body)).not.toContain(token);
    const foreign = async (path: string) => (await server.get(path, { token: ada })).body.reason as string;
    expect(await foreign('/api/v2/team/red/events')).toBe('TEAM_INVALID_REF');
    expect(await foreign(`/api/v2/token/${id}/events`)).toBe('TOKEN_INVALID_REFERENCE');
  });

  it('takes no access token as a reason', async () => {
    const token = await tokenOf({ type: 'team', principal: 'blue', name: 'leaked', role: 'editor' });
    const { status, body } = await server.post('/api/v2/team/blue/workflow/w/submit', {
      body: {},
      headers: { 'x-reason': `because ${token}` },
    });
    expect([status, body.message]).toEqual([400, 'Header X-Reason must not contain an access token.']);
  });

  it('masks in a reason what is a secret of the run, the team, the workflow or the task that it is about', async () => {
    const [ofTeamItself, ofRun, ofFlow, before] = ['team-s3cret-1', 'run-s3cret-2', 'flow-s3cret-3', 'old-s3cret-4'];
    const headers = {
      'x-reason': `a ${ofTeamItself} b ${ofRun} c ${Buffer.from(ofFlow).toString('base64')} d ${before} e`,
    };
    await server.createTeam('green');
    const team = '/api/v2/team/green';
    const password = (name: string, value: string) => ({ name, type: 'password', value });
    const update = (value: string) =>
      server.request('PATCH', team, { body: { parameters: [password('t', value)] }, headers });
    await update(before);
    await update(ofTeamItself);
    const declared = (standard: string) => ({
      ...simpleWorkflow('keeps', {
        params: [
          { name: 'r', type: 'password' },
          { name: 'f', type: 'password', default: standard },
        ],
      }),
      changelog: { reason: headers['x-reason'] },
    });
    const saved = (standard: string) => server.put(`${team}/workflow`, { body: declared(standard), headers });
    expect((await saved(before)).status).toBe(200);
    expect((await saved(ofFlow)).status).toBe(200);
    const params = [{ name: 'r', value: ofRun }];
    const run = (await server.post(`${team}/workflow/keeps/submit`, { body: { params }, headers })).body.id as string;
    expect((await server.delete(`${team}/workflowrun/${run}/cancel`, { headers })).status).toBe(200);
    expect((await server.delete(`${team}/workflow/keeps`, { headers })).status).toBe(204);
    const weak = await tokenOf({ type: 'team', principal: 'green', role: 'reader' });
    expect((await server.delete(`${team}/parameters/t`, { headers, token: weak })).status).toBe(403);
    expect((await server.delete(`${team}/parameters/t`, { headers })).status).toBe(200);

    await until(async () => (await trail(`${team}/audit?actions=RecordAttempt`)).length > 0);
    const reasonOf = async (action: string) =>
      (await trail(`${team}/audit?actions=${action}`)).map(({ reason }) => reason);
    const masked = (...shown: readonly string[]) =>
      [ofTeamItself, ofRun, Buffer.from(ofFlow).toString('base64'), before].reduce(
        (text, each) => (shown.includes(each) ? text : text.replace(each, '******')),
        headers['x-reason'],
      );
    const flow = Buffer.from(ofFlow).toString('base64');
    expect(await reasonOf('UpdateTeam')).toEqual([masked(ofRun, flow), masked(ofTeamItself, ofRun, flow)]);
    expect(await reasonOf('CreateWorkflow')).toEqual([masked(ofRun, flow)]);
    expect(await reasonOf('ReviseWorkflow')).toEqual([masked(ofRun)]);
    for (const action of ['SubmitRun', 'CancelRun']) expect(await reasonOf(action)).toEqual([masked(before)]);
    expect(await reasonOf('DeleteWorkflow')).toEqual([masked(ofRun, before)]);
    expect(await reasonOf('RecordAttempt')).toEqual([masked(ofRun, flow, before)]);
    expect(await reasonOf('RemoveTeamParameter')).toEqual([masked(ofRun, flow, before)]);
    const { rows } = await server.pool.query<{ data: string; metadata: string }>(
      `select string_agg(data, ' ') as data, string_agg(metadata, ' ') filter (where stream_id = $1) as metadata from event`,
      [run],
    );
    expect(rows[0]?.data).not.toContain(before);
    expect(rows[0]?.metadata).not.toMatch(/team-s3cret|run-s3cret/);
  });

  it('has an index that is what the ledger says', async () => {
    await trail('/api/v2/audit?limit=1');
    await expectLedgerWhole(server.pool);
  });

  it('shows nothing secret: no token, and no value of a param', async () => {
    const token = await tokenOf({ type: 'team', principal: 'blue', name: 'ci', role: 'editor' });
    const parameters = [{ name: 'pw', type: 'password', value: 's3cret-of-blue' }];
    await server.request('PATCH', '/api/v2/team/blue', { body: { parameters } });
    const all = JSON.stringify(await trail('/api/v2/audit?limit=500'));
    expect(all).toContain('CreateToken');
    expect(all).not.toContain(token);
    expect(all).not.toContain('s3cret-of-blue');
  });
});
