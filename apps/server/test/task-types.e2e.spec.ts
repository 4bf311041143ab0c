import { setTimeout as sleep } from 'node:timers/promises';
import { expectLedgerWhole } from './ledger-checks';
import { type Answer, TestServer } from './harness';
import { resultsOf, Runs, script, task, taskOf, until, workflow } from './workflows';

let server: TestServer;
let runs: Runs;

beforeAll(async () => {
  server = await TestServer.start();
  await server.createTeam('alpha');
  runs = new Runs(server, 'alpha');
});
afterAll(async () => {
  try {
    await expectLedgerWhole(server.pool);
  } finally {
    await server.stop();
  }
});

/** The run of a workflow with only this task. */
const only = (name: string, type: string, params: Record<string, unknown> = {}, more: Record<string, unknown> = {}) =>
  runs.start(workflow(name, [task('it', type, params, ['start'], more)], ['it']));

const cancel = (id: string) => server.delete(`${runs.base}/workflowrun/${id}/cancel`);
const openAction = async (id: string): Promise<Answer['body']> => {
  const waiting = await runs.waiting(id, 'it');
  return (await server.get(`${runs.base}/action/${resultsOf(waiting)['actionRef'] as string}`)).body;
};
const decide = (id: string, approved: boolean, comments?: string, token?: string) =>
  server.put(`${runs.base}/action`, { body: [{ id, approved, comments }], ...(token !== undefined && { token }) });

/** Moves a time limit of minutes to now, as if the time had passed. */
async function passTime(runId: string, kind: string): Promise<void> {
  await until(
    async () =>
      (await server.pool.query('update timer set fire_at = now() where stream_id = $1 and kind = $2', [runId, kind]))
        .rowCount,
    (count) => count === 1,
  );
}

describe('a missing or wrong param makes the task invalid, at once', () => {
  it.each([
    ['sleep', {}, 'duration'],
    ['sleep', { duration: 'long' }, 'duration'],
    ['decision', {}, 'value'],
    ['setwfproperty', { value: 1 }, 'output'],
    ['setwfstatus', { status: 'great' }, 'status'],
    ['approval', { numberOfApprovers: 'many' }, 'numberOfApprovers'],
    ['approval', { approverGroupId: 'nobody' }, 'approverGroupId'],
    ['manual', {}, 'instructions'],
    ['eventwait', {}, 'topic'],
    ['acquirelock', {}, 'key'],
    ['acquirelock', { key: 'k', timeout: -1 }, 'timeout'],
    ['releaselock', {}, 'key'],
    ['runworkflow', {}, 'workflowRef'],
    ['runworkflow', { workflowRef: 'no-such' }, 'Workflow'],
    ['runworkflow', { workflowRef: 'x', wait: 'perhaps' }, 'wait'],
    ['runscheduledworkflow', { futureIn: 1, futurePeriod: 'days' }, 'workflowRef'],
    ['runscheduledworkflow', { workflowRef: 'x', futureIn: 'soon', futurePeriod: 'days' }, 'futureIn'],
    ['runscheduledworkflow', { workflowRef: 'x', futureIn: 1, futurePeriod: 'aeons' }, 'futurePeriod'],
    ['runscheduledworkflow', { workflowRef: 'x', futureIn: 1, futurePeriod: 'days', time: '25:00' }, 'time'],
    [
      'runscheduledworkflow',
      { workflowRef: 'x', futureIn: 1, futurePeriod: 'days', timezone: 'Moon/Base' },
      'timezone',
    ],
    ['runscheduledworkflow', { workflowRef: 'no-such', futureIn: 1, futurePeriod: 'days' }, 'Workflow'],
  ])('%s %j', async (type, params, word) => {
    const run = await runs.ended(await only(`wrong-${type}`, type, params));
    expect(taskOf(run, 'it')).toMatchObject({ status: 'invalid', phase: 'completed' });
    expect(taskOf(run, 'it').statusMessage).toContain(word);
    // After a decision that did not succeed, edges without a condition act as `always`.
    expect(run.status).toBe(type === 'decision' ? 'succeeded' : 'failed');
    if (run.status === 'failed') expect(run.statusMessage).toContain('Task it ended invalid.');
  });
});

describe('a task that waits', () => {
  const waiting: [string, Record<string, unknown>][] = [
    ['sleep', { duration: 3_600_000 }],
    ['approval', {}],
    ['manual', { instructions: 'Turn the key.' }],
    ['eventwait', { topic: 'never' }],
    ['acquirelock', { key: 'held' }],
    ['runworkflow', { workflowRef: 'endless', wait: true }],
  ];
  beforeAll(async () => {
    await server.saveWorkflow('alpha', workflow('endless', [task('it', 'sleep', { duration: 3_600_000 })], ['it']));
    const holder = await runs.start(
      workflow(
        'holder',
        [task('lock', 'acquirelock', { key: 'held' }), task('it', 'sleep', { duration: 3_600_000 }, ['lock'])],
        ['it'],
      ),
    );
    await runs.waiting(holder, 'it');
  });

  it.each(waiting)('%s: ends with a cancel, and leaves nothing behind', async (type, params) => {
    const id = await only(`cancelled-${type}`, type, params);
    const { status } = await runs.waiting(id, 'it');
    expect(status).toBe('waiting');
    expect((await runs.get(id)).status).toBe('running');
    const { body } = await cancel(id);
    expect(body).toMatchObject({ status: 'cancelled', phase: 'completed', awaitingApproval: false });
    expect(await runs.task(id, 'it')).toMatchObject({ status: 'cancelled', phase: 'completed' });
    await until(
      async () => (await server.pool.query('select kind from timer where stream_id = $1', [id])).rows,
      (rows) => rows.length === 0,
    );
    const actions = (await server.get(`${runs.base}/action/query?statuses=submitted`)).body.content as {
      workflowRunRef: string;
    }[];
    expect(actions.some(({ workflowRunRef }) => workflowRunRef === id)).toBe(false);
  });

  it.each(waiting)('%s: ends with the run’s time limit', async (type, params) => {
    const id = await runs.start(workflow(`late-${type}`, [task('it', type, params)], ['it'], { timeout: 1 }));
    await runs.waiting(id, 'it');
    await passTime(id, 'run-timeout');
    const run = await runs.ended(id);
    expect(run).toMatchObject({ status: 'timedout', annotations: { 'boomerang.io/timeout-cause': 'WorkflowRun' } });
    expect(taskOf(run, 'it').status).toBe('cancelled');
  });

  it.each(waiting)('%s: ends with its own time limit, and the run with it', async (type, params) => {
    const id = await only(`slow-${type}`, type, params, { timeout: 1 });
    await runs.waiting(id, 'it');
    await passTime(id, 'task-timeout');
    const run = await runs.ended(id);
    expect(run).toMatchObject({ status: 'timedout', annotations: { 'boomerang.io/timeout-cause': 'TaskRun' } });
    expect(taskOf(run, 'it').status).toBe('timedout');
  });
});

describe('a task of an agent', () => {
  const claimed = async (
    name: string,
    more: Record<string, unknown> = {},
  ): Promise<{ id: string; agent: string; item: Answer['body'] }> => {
    const agent = await server.registerAgent();
    const id = await runs.start(workflow(name, [script('it', ['start'], more)], ['it']));
    const [item] = await until(
      () => server.claim(agent, 'tasks', 10, 1),
      (items: Answer['body']) => items.length > 0,
    );
    return { id, agent, item };
  };

  it('that is running: a cancel and a time limit end it, and its agent hears of it', async () => {
    for (const how of ['cancel', 'task-timeout']) {
      const { id, agent, item } = await claimed('running', { timeout: 1 });
      await server.report(item, 'start');
      if (how === 'cancel') await cancel(id);
      else await passTime(id, how);
      const run = await runs.ended(id);
      const status = how === 'cancel' ? 'cancelled' : 'timedout';
      expect([run.status, taskOf(run, 'it').status]).toEqual([status, status]);
      const stops = await until(
        () => server.claim(agent, 'tasks', 0, 1),
        (items: Answer['body']) => items.length > 0,
      );
      expect(stops[0]).toMatchObject({ id: item.id, status, phase: 'completed' });
      expect((await server.report(item, 'end')).status).toBe(409);
      expect((await server.report(stops[0], 'cancel')).status).toBe(200);
    }
  });

  it('that is claimed and not begun: a cancel ends it', async () => {
    const { id, item } = await claimed('held');
    await cancel(id);
    expect(await runs.task(id, 'it')).toMatchObject({ status: 'cancelled', phase: 'completed' });
    expect((await server.report(item, 'start')).status).toBe(409);
  });

  it('that nobody has claimed: a cancel skips it', async () => {
    const id = await runs.start(workflow('alone', [task('it', 'generic')], ['it']));
    await cancel(id);
    expect(await runs.task(id, 'it')).toMatchObject({ status: 'skipped', phase: 'completed' });
  });

  it('says what it likes: an end that is no end is refused', async () => {
    const { id, item } = await claimed('odd');
    expect((await server.report(item, 'end', { status: 'skipped' })).body.code).toBe(1505);
    await server.report(item, 'end', { status: 'invalid', statusMessage: 'No such image.' });
    expect((await runs.ended(id)).statusMessage).toBe('Task it ended invalid. No such image.');
  });
});

describe('sleep', () => {
  it('wakes when its time has come', async () => {
    const before = Date.now();
    const run = await runs.ended(await only('nap', 'sleep', { duration: '300' }));
    expect(run.status).toBe('succeeded');
    expect(Date.now() - before).toBeGreaterThanOrEqual(300);
    expect(taskOf(run, 'it').duration).toBeGreaterThanOrEqual(300);
  });
});

describe('approval and manual', () => {
  it('is approved: who, when and why are in the action, the results and the ledger', async () => {
    const id = await only('approve', 'approval', { instructions: 'Ship it?' });
    const action = await openAction(id);
    expect(action).toMatchObject({
      type: 'approval',
      status: 'submitted',
      workflowRunRef: id,
      taskName: 'it',
      workflowName: 'approve',
      teamName: 'alpha',
      approvalsRequired: 1,
      numberOfApprovals: 0,
      actioners: [],
    });
    expect((await runs.get(id)).awaitingApproval).toBe(true);
    const answer = await decide(action.id as string, true, 'Looks good "to me"');
    expect(answer.status).toBe(200);
    expect(answer.body[0]).toMatchObject({
      status: 'approved',
      actioners: [{ approved: true, comments: 'Looks good "to me"' }],
    });
    const run = await runs.ended(id);
    expect(run).toMatchObject({ status: 'succeeded', awaitingApproval: false });
    expect(resultsOf(taskOf(run, 'it'))).toMatchObject({
      approvalStatus: 'approved',
      approvedBy: 'administrator',
      comments: 'Looks good "to me"',
      actionRef: action.id,
    });
    const { rows } = await server.pool.query(
      `select data::jsonb, metadata::jsonb from event where stream_id = $1 and type = 'ActionDecided'`,
      [id],
    );
    expect(rows).toHaveLength(1);
    expect(rows[0].data.actioner).toMatchObject({ name: 'administrator', approved: true });
    expect(rows[0].metadata.actor).toMatch(/^token:/);
  });

  it('is rejected: the task fails, and the paths for that are taken', async () => {
    const id = await runs.start(
      workflow(
        'reject',
        [
          task('it', 'approval'),
          task('x', 'setwfproperty', { output: 'x', value: 1 }, ['it:success']),
          task('y', 'setwfproperty', { output: 'y', value: 1 }, ['it:failure']),
        ],
        ['x:always', 'y:always', 'it:always'],
      ),
    );
    const action = await openAction(id);
    expect((await decide(action.id as string, false, 'No')).body[0].status).toBe('rejected');
    const run = await runs.ended(id);
    expect(run.status).toBe('succeeded');
    expect(run.results).toEqual([{ name: 'y', description: null, value: 1 }]);
    expect(taskOf(run, 'it')).toMatchObject({ status: 'failed', statusMessage: 'Rejected by administrator. No' });
    // A decision is final: repeating it changes nothing, another one is refused.
    expect((await decide(action.id as string, false)).status).toBe(200);
    expect((await decide(action.id as string, true)).body).toMatchObject({
      code: 1602,
      reason: 'ACTION_INVALID_STATUS',
    });
  });

  it('takes as many approvers as it asks for, of its group alone, and each counts once', async () => {
    await server.request('PATCH', '/api/v2/team/alpha', {
      body: {
        members: ['ann', 'bob', 'cid'].map((id) => ({
          id,
          name: id.toUpperCase(),
          email: `${id}@example.org`,
          role: 'editor',
        })),
        approverGroups: [{ name: 'leads', approvers: ['ann', 'bob@example.org'] }],
      },
    });
    const tokenOf = async (principal: string): Promise<string> =>
      (await server.post('/api/v2/token', { body: { type: 'user', principal, permissions: ['**/**'] } })).body
        .token as string;
    const [ann, bob, cid, dan] = await Promise.all(['ann', 'bob', 'cid', 'dan'].map(tokenOf));
    const id = await only('two-approvers', 'approval', { approverGroupId: 'leads', numberOfApprovals: '2' });
    const action = await openAction(id);
    expect(action).toMatchObject({ approvalsRequired: 2, numberOfApprovers: 2, approverGroupRef: 'leads' });
    expect((await decide(action.id as string, true, undefined, cid)).body).toMatchObject({ code: 403 });
    expect((await decide(action.id as string, true, undefined, dan)).body).toMatchObject({ code: 1601 });
    expect((await decide(action.id as string, true, 'one', ann)).body[0]).toMatchObject({
      status: 'submitted',
      numberOfApprovals: 1,
    });
    expect((await decide(action.id as string, true, 'again', ann)).body[0]).toMatchObject({
      status: 'submitted',
      numberOfApprovals: 1,
    });
    expect((await decide(action.id as string, true, 'two', bob)).body[0]).toMatchObject({
      status: 'approved',
      numberOfApprovals: 2,
    });
    const run = await runs.ended(id);
    expect(resultsOf(taskOf(run, 'it'))).toMatchObject({ approvedBy: 'ANN, BOB', comments: 'one\ntwo' });
  });

  it('manual work is done by one person', async () => {
    const id = await only('by-hand', 'manual', { instructions: 'Turn the key.' });
    const action = await openAction(id);
    expect(action).toMatchObject({ type: 'manual', instructions: 'Turn the key.' });
    await decide(action.id as string, true);
    expect((await runs.ended(id)).status).toBe('succeeded');
  });

  it('is found by query and summary, and by nobody else', async () => {
    const id = await only('to-find', 'approval');
    const action = await openAction(id);
    const found = await server.get(
      `${runs.base}/action/query?statuses=submitted&types=approval&workflows=to-find&order=DESC&limit=5`,
    );
    expect(found.body).toMatchObject({ totalElements: 1, content: [{ id: action.id }] });
    expect((await server.get(`${runs.base}/action/summary?workflows=to-find`)).body).toEqual({
      approvalsRate: 0,
      manual: 0,
      approvals: 1,
    });
    await server.createTeam('beta');
    for (const foreign of [action.id, 'x', '00000000-0000-7000-8000-000000000000']) {
      expect((await server.get(`/api/v2/team/beta/action/${foreign as string}`)).body).toMatchObject({
        code: 1601,
        status: '400 BAD_REQUEST',
      });
    }
    expect(
      (await server.put('/api/v2/team/beta/action', { body: [{ id: action.id, approved: true }] })).body.code,
    ).toBe(1601);
    expect((await server.get(`${runs.base}/action/query?types=great`)).body.code).toBe(1001);
    expect((await server.put(`${runs.base}/action`, { body: [{ id: action.id }] })).body.code).toBe(400);
    await cancel(id);
    expect((await server.get(`${runs.base}/action/${action.id as string}`)).body.status).toBe('cancelled');
  });
});

describe('eventwait', () => {
  const callback = (id: string, query: string, body?: unknown) =>
    server.request(
      body === undefined ? 'GET' : 'POST',
      `/api/v2/callback?ref=${id}&${query}`,
      body === undefined ? {} : { body },
    );

  it('ends with a callback and its payload, whatever that is', async () => {
    const payload = { text: 'it\'s "quoted"\n\\ ü😀 $(date)', list: [1, { deep: null }] };
    const id = await only('event', 'eventwait', { topic: 'built' });
    await runs.waiting(id, 'it');
    expect((await callback(id, 'topic=other', {})).status).toBe(200);
    expect((await runs.task(id, 'it')).status).toBe('waiting');
    expect((await callback(id, 'topic=built', payload)).status).toBe(200);
    const run = await runs.ended(id);
    expect(run.status).toBe('succeeded');
    expect(resultsOf(taskOf(run, 'it'))['data']).toEqual(payload);
    expect((await callback(id, 'topic=built')).body).toMatchObject({ code: 1304 });
  });

  it('counts an event that came before it waited', async () => {
    const id = await runs.start(
      workflow(
        'early',
        [task('nap', 'sleep', { duration: 200 }), task('it', 'eventwait', { topic: 'early bird' }, ['nap'])],
        ['it'],
      ),
    );
    await callback(id, 'topic=early%20bird&status=Failed', 42);
    const run = await runs.ended(id);
    expect(taskOf(run, 'it')).toMatchObject({ status: 'failed' });
    expect(resultsOf(taskOf(run, 'it'))['data']).toBe(42);
  });

  it('takes a CloudEvent for a run, structured and binary', async () => {
    const one = await only('cloud', 'eventwait', { topic: 'org.example.built' });
    await runs.waiting(one, 'it');
    const event = { specversion: '1.0', id: 'e1', source: '/ci', type: 'org.example.built', data: { ok: true } };
    const headers = { 'content-type': 'application/cloudevents+json' };
    expect((await server.post(`/api/v2/event?ref=${one}`, { body: event, headers })).status).toBe(200);
    expect(resultsOf(taskOf(await runs.ended(one), 'it'))['data']).toEqual({ ok: true });
    const two = await only('cloud', 'eventwait', { topic: 'org.example.built' });
    const binary = { 'ce-specversion': '1.0', 'ce-id': 'e2', 'ce-source': '/ci', 'ce-type': 'org.example.built' };
    expect((await server.post(`/api/v2/event?ref=${two}`, { body: { n: 1 }, headers: binary })).status).toBe(200);
    expect(resultsOf(taskOf(await runs.ended(two), 'it'))['data']).toEqual({ n: 1 });
  });

  it('refuses what is not meant for it', async () => {
    const id = await only('guarded', 'eventwait', { topic: 't' });
    expect((await server.get(`/api/v2/callback?ref=${id}&topic=t`, { token: null })).status).toBe(401);
    expect((await callback(id, '')).body.code).toBe(1001);
    expect((await callback(id, 'topic=t&status=great')).body.code).toBe(1001);
    expect((await callback('nothing', 'topic=t')).body.code).toBe(1301);
    await server.createTeam('gamma');
    const foreign = (await server.post('/api/v2/token', { body: { type: 'team', principal: 'gamma' } })).body
      .token as string;
    expect((await server.get(`/api/v2/callback?ref=${id}&topic=t`, { token: foreign })).body.code).toBe(1301);
    expect(
      (await server.get(`/api/v2/callback?ref=${id}&topic=t&access_token=${foreign}`, { token: null })).body.code,
    ).toBe(1301);
    const reader = (await server.post('/api/v2/token', { body: { type: 'team', principal: 'alpha', role: 'reader' } }))
      .body.token as string;
    expect((await server.get(`/api/v2/callback?ref=${id}&topic=t`, { token: reader })).body.code).toBe(403);
    const own = (await server.post('/api/v2/token', { body: { type: 'team', principal: 'alpha' } })).body
      .token as string;
    expect((await server.get(`/api/v2/callback?ref=${id}&topic=t&access_token=${own}`, { token: null })).status).toBe(
      200,
    );
    expect((await runs.ended(id)).status).toBe('succeeded');
    const noEvent = await server.post('/api/v2/event?ref=x', { body: { some: 'json' } });
    expect(noEvent.body).toMatchObject({ code: 400 });
  });
});

describe('locks', () => {
  const critical = (name: string, duration: number, key = 'deploy', timeout?: number) =>
    workflow(
      name,
      [
        task('lock', 'acquirelock', { key, ...(timeout !== undefined && { timeout }) }),
        task('work', 'sleep', { duration }, ['lock:success']),
        task('unlock', 'releaselock', { key }, ['work:success']),
        task('after', 'sleep', { duration: 50 }, ['unlock:success']),
      ],
      ['after'],
    );

  it('are held by one run at a time; the others queue', async () => {
    const ids = await Promise.all(
      Array.from({ length: 6 }, (_, index) => runs.start(critical(`critical-${index}`, 60))),
    );
    const ended = await Promise.all(ids.map((id) => runs.ended(id, 20)));
    expect(ended.map(({ status }) => status as string)).toEqual(ids.map(() => 'succeeded'));
    const spans = ended
      .map((run) => {
        const { startTime, duration } = taskOf(run, 'work');
        return { from: Date.parse(startTime as string), to: Date.parse(startTime as string) + (duration as number) };
      })
      .sort((a, b) => a.from - b.from);
    for (const [index, { to }] of spans.entries()) {
      const next = spans[index + 1];
      if (next) expect(next.from).toBeGreaterThanOrEqual(to);
    }
  });

  it('fail whoever waits too long, and go on to the next; a run that ends lets go', async () => {
    const holder = await runs.start(critical('holder-2', 3_600_000, 'k2'));
    await runs.waiting(holder, 'work');
    const impatient = await runs.start(critical('impatient', 10, 'k2', 150));
    const patient = await runs.start(critical('patient', 10, 'k2'));
    const failed = await runs.ended(impatient);
    expect(taskOf(failed, 'lock')).toMatchObject({
      status: 'failed',
      statusMessage: 'The lock k2 was not free in time.',
    });
    expect(failed.status).toBe('failed');
    expect((await runs.task(patient, 'lock')).status).toBe('waiting');
    await cancel(holder);
    expect((await runs.ended(patient)).status).toBe('succeeded');
    const { rows } = await server.pool.query(`select state from team_lock where key = 'k2'`);
    await until(
      async () => (await server.pool.query(`select state from team_lock where key = 'k2'`)).rows,
      ([row]) => row?.state.holder === null,
    );
    expect(rows[0].state.queue).toEqual([]);
  });

  it('are the team’s own', async () => {
    await server.createTeam('delta');
    const other = new Runs(server, 'delta');
    const holder = await runs.start(critical('holder-3', 3_600_000, 'k3'));
    await runs.waiting(holder, 'work');
    expect((await other.ended(await other.start(critical('free', 10, 'k3')))).status).toBe('succeeded');
    await cancel(holder);
  });
});

describe('runworkflow', () => {
  beforeAll(async () => {
    await server.saveWorkflow(
      'alpha',
      workflow(
        'child',
        [task('set', 'setwfproperty', { output: 'got', value: '$(params.colour)' }), script('work', ['set'])],
        ['work'],
        {
          params: [{ name: 'colour', type: 'text', required: true }],
        },
      ),
    );
  });
  const work = async (agent: string, runId: string, status: string): Promise<void> => {
    const [item] = await until(
      () => server.claim(agent, 'tasks', 10, 1),
      (items: Answer['body']) => items.length > 0,
    );
    expect(item.workflowRunRef).toBe(runId);
    await server.report(item, 'start');
    await server.report(item, 'end', { status });
  };

  it('does not wait by default: the child goes its own way', async () => {
    const id = await only('spawn', 'runworkflow', { workflowRef: 'child', colour: 'it\'s "red"' });
    const run = await runs.ended(id);
    expect(run.status).toBe('succeeded');
    const childId = resultsOf(taskOf(run, 'it'))['workflowRunRef'] as string;
    const child = await runs.get(childId);
    expect(child).toMatchObject({
      trigger: 'task',
      status: 'running',
      params: [{ name: 'colour', value: 'it\'s "red"' }],
    });
    await cancel(childId);
  });

  it.each([
    ['succeeded', 'succeeded'],
    ['failed', 'failed'],
  ])('waits, and ends as the child ends: %s', async (outcome, status) => {
    const agent = await server.registerAgent();
    const id = await only(`wait-${outcome}`, 'runworkflow', { workflowRef: 'child', colour: 'blue', wait: true });
    const childId = resultsOf(await runs.waiting(id, 'it'))['workflowRunRef'] as string;
    await work(agent, childId, outcome);
    const run = await runs.ended(id);
    expect(taskOf(run, 'it').status).toBe(status);
    expect(resultsOf(taskOf(run, 'it'))).toMatchObject({ workflowRunRef: childId, got: 'blue' });
    expect(run.status).toBe(status);
  });

  it('a child that the params do not fit makes the task invalid', async () => {
    const run = await runs.ended(await only('misfit', 'runworkflow', { workflowRef: 'child', wait: true }));
    expect(taskOf(run, 'it')).toMatchObject({ status: 'invalid' });
    expect(taskOf(run, 'it').statusMessage).toContain('colour is required');
  });

  it('a cancel reaches what is waited for, all the way down, and no further', async () => {
    await server.saveWorkflow('alpha', workflow('bottom', [task('it', 'sleep', { duration: 3_600_000 })], ['it']));
    await server.saveWorkflow(
      'alpha',
      workflow('middle', [task('it', 'runworkflow', { workflowRef: 'bottom', wait: true })], ['it']),
    );
    const id = await runs.start(
      workflow(
        'top',
        [
          task('it', 'runworkflow', { workflowRef: 'middle', wait: true }),
          task('free', 'runworkflow', { workflowRef: 'bottom' }),
          task('nap', 'sleep', { duration: 3_600_000 }, ['free']),
        ],
        ['it', 'nap'],
      ),
    );
    const middle = resultsOf(await runs.waiting(id, 'it'))['workflowRunRef'] as string;
    const bottom = resultsOf(
      await until(
        () => runs.get(middle),
        (run) => run.tasks !== undefined && taskOf(run, 'it').status === 'waiting',
      ).then((run) => taskOf(run, 'it')),
    )['workflowRunRef'] as string;
    await until(
      () => runs.get(bottom),
      (run) => run.status === 'running',
    );
    const free = resultsOf(
      await until(
        () => runs.task(id, 'free'),
        (each) => each.status === 'succeeded',
      ),
    )['workflowRunRef'] as string;
    await cancel(id);
    expect((await runs.get(middle)).status).toBe('cancelled');
    expect((await runs.get(bottom)).status).toBe('cancelled');
    expect((await runs.get(free)).status).toBe('running');
    await cancel(free);
  });

  it('a workflow that runs itself comes to an end', async () => {
    const id = await runs.start(
      workflow('ouroboros', [task('it', 'runworkflow', { workflowRef: 'ouroboros', wait: true })], ['it']),
    );
    const run = await runs.ended(id, 20);
    expect(run.status).toBe('failed');
    const count = (await server.get(`${runs.base}/workflowrun/count?workflows=ouroboros`)).body.status.all as number;
    expect(count).toBe(11);
  });
});

describe('runscheduledworkflow', () => {
  it('makes a schedule that fires once', async () => {
    await server.saveWorkflow(
      'alpha',
      workflow('later', [task('set', 'setwfproperty', { output: 'got', value: '$(params.x)' })], ['set']),
    );
    const id = await only('plans', 'runscheduledworkflow', {
      workflowRef: 'later',
      futureIn: 0,
      futurePeriod: 'minutes',
      x: 'y',
    });
    const run = await runs.ended(id);
    const scheduleRef = resultsOf(taskOf(run, 'it'))['scheduleRef'] as string;
    const schedule = await until(
      async () => (await server.get(`${runs.base}/schedule/${scheduleRef}`)).body,
      ({ status }) => status === 'completed',
    );
    const made = await runs.ended(schedule.workflowRunRef as string);
    expect(made).toMatchObject({ status: 'succeeded', trigger: 'schedule', results: [{ name: 'got', value: 'y' }] });
  });

  it('at a time of day in a time zone', async () => {
    await server.saveWorkflow(
      'alpha',
      workflow('later', [task('set', 'setwfproperty', { output: 'a', value: 1 })], ['set']),
    );
    const params = { workflowRef: 'later', futureIn: 2, futurePeriod: 'days', time: '09:30', timezone: 'Asia/Kolkata' };
    const run = await runs.ended(await only('plans-day', 'runscheduledworkflow', params));
    const { body } = await server.get(`${runs.base}/schedule/${resultsOf(taskOf(run, 'it'))['scheduleRef'] as string}`);
    const date = new Date(body.nextScheduleDate as string);
    expect(date.toISOString()).toMatch(/T04:00:00.000Z$/);
    expect(date.getTime() - Date.now()).toBeGreaterThan(86_400_000);
    expect(date.getTime() - Date.now()).toBeLessThan(3 * 86_400_000);
  });
});

describe('retries of a task', () => {
  it('tries again after a pause that grows, and keeps the number of tries', async () => {
    const agent = await server.registerAgent();
    const id = await runs.start(
      workflow('flaky', [script('it', ['start'], { retries: 2, backoff: { delay: 100, factor: 2 } })], ['it']),
    );
    const fences: number[] = [];
    const seen: number[] = [];
    for (const status of ['failed', 'failed', 'succeeded']) {
      const [item] = await until(
        () => server.claim(agent, 'tasks', 10, 1),
        (items: Answer['body']) => items.length > 0,
      );
      fences.push(item.fence as number);
      seen.push(Date.now());
      await server.report(item, 'start');
      expect((await server.report(item, 'end', { status, statusMessage: 'no luck' })).status).toBe(200);
      // The answer was lost, so the agent sends it again.
      expect((await server.report(item, 'end', { status, statusMessage: 'no luck' })).status).toBe(200);
    }
    expect((await runs.ended(id)).status).toBe('succeeded');
    expect(new Set(fences).size).toBe(3);
    expect((seen[2] as number) - (seen[1] as number)).toBeGreaterThanOrEqual(190);
    const { rows } = await server.pool.query(
      `select count(*)::int as n from event where stream_id = $1 and type = 'TaskRunRetried'`,
      [id],
    );
    expect(rows[0].n).toBe(2);
  });

  it('gives up after the last one; a cancel in the pause ends it', async () => {
    const agent = await server.registerAgent();
    const definition = workflow('hopeless', [script('it', ['start'], { retries: 1, backoff: 60_000 })], ['it']);
    const id = await runs.start(definition);
    const [item] = await until(
      () => server.claim(agent, 'tasks', 10, 1),
      (items: Answer['body']) => items.length > 0,
    );
    await server.report(item, 'start');
    await server.report(item, 'end', { status: 'failed' });
    expect(await runs.task(id, 'it')).toMatchObject({ status: 'waiting', phase: 'pending' });
    await cancel(id);
    expect(await runs.task(id, 'it')).toMatchObject({ status: 'cancelled', phase: 'completed' });
    await sleep(50);
    expect((await server.claim(agent)).length).toBe(0);
  });
});
