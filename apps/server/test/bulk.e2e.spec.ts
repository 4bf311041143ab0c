import { advisoryLocks } from '#libs/database';
import { newId } from '#libs/kernel';
import { until } from '#libs/testing';
import { simpleWorkflow, TestServer } from './harness';
import { passTime } from './pass-time';

const bulk = '/api/v2/team/alpha/bulk';

describe('bulk jobs', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start();
    for (const team of ['alpha', 'beta']) {
      await server.createTeam(team);
      for (const name of ['one', 'two']) await server.saveWorkflow(team, simpleWorkflow(name));
    }
  });
  afterAll(() => server.stop());

  const submitted = async (count: number, labels: Record<string, string>, team = 'alpha', workflow = 'one') => {
    const ids: string[] = [];
    for (let run = 0; run < count; run++) {
      ids.push((await server.submit(team, workflow, { labels }, false)).body.id as string);
    }
    return ids;
  };
  const make = (body: unknown, options: Parameters<TestServer['post']>[1] = {}) =>
    server.post(bulk, { body, ...options });
  const ended = (id: string) =>
    until(
      () => server.get(`${bulk}/${id}`),
      ({ body }) => body.status !== 'running',
    );
  const runsOf = async (id: string, query = 'limit=1000') =>
    (await server.get(`${bulk}/${id}/runs?${query}`)).body.content as {
      workflowRunRef: string;
      outcome: string;
      reason?: string;
      message?: string;
      retryRef?: string;
    }[];
  const statusOf = async (id: string) =>
    (await server.get(`/api/v2/team/alpha/workflowrun/${id}`)).body.status as string;
  const trailOf = async (id: string) =>
    (await server.get(`/api/v2/team/alpha/audit?object=${id}&limit=50`)).body.entries as {
      action: string;
      actor: { kind: string; id: string };
      token?: { id: string };
      reason?: string;
      causationId?: string;
      cause?: { kind: string };
    }[];
  const person = async (id: string, role: string) => {
    const path = '/api/v2/team/alpha';
    await server.request('PATCH', path, { body: { members: [{ id, role, name: id.toUpperCase() }] } });
    const { body } = await server.post('/api/v2/token', { body: { type: 'user', principal: id } });
    return body as { id: string; token: string };
  };

  /** No timer fires meanwhile: jobs are made, and nobody works on them. */
  const whileHeld = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const client = await server.pool.connect();
    try {
      await client.query('select pg_advisory_lock($1)', [advisoryLocks.timers]);
      return await work();
    } finally {
      await client.query('select pg_advisory_unlock($1)', [advisoryLocks.timers]);
      client.release();
    }
  };

  it('cancel what fits a filter, and say of each run what came of it', async () => {
    const open = await submitted(45, { set: 'a' });
    const gone = open.slice(0, 3);
    for (const id of gone) await server.delete(`/api/v2/team/alpha/workflowrun/${id}/cancel`);
    await submitted(2, { set: 'other' });
    const { status, body } = await make({ action: 'cancel', filters: { labels: { set: 'a' } }, reason: 'a bad day' });
    expect([status, body]).toEqual([
      200,
      {
        id: expect.any(String),
        action: 'cancel',
        status: 'running',
        filters: { labels: { set: 'a' } },
        position: expect.any(Number),
        creationDate: expect.any(String),
        by: { id: expect.stringMatching(/^token:/) },
        reason: 'a bad day',
        runs: 45,
        outcomes: { done: 0, unchanged: 0, refused: 0, pending: 45, left: 0 },
      },
    ]);
    const { body: end } = await ended(body.id as string);
    expect(end).toMatchObject({
      status: 'completed',
      endDate: expect.any(String),
      outcomes: { done: 42, unchanged: 3, refused: 0, pending: 0, left: 0 },
    });
    const runs = await runsOf(body.id as string);
    expect(runs.map(({ workflowRunRef }) => workflowRunRef)).toEqual(open);
    expect(runs.map(({ outcome }) => outcome)).toEqual([...Array(3).fill('unchanged'), ...Array(42).fill('done')]);
    expect(await runsOf(body.id as string, 'outcome=unchanged')).toHaveLength(3);
    const page = (await server.get(`${bulk}/${body.id}/runs?limit=10&page=4`)).body;
    expect([page.totalElements, page.content.length]).toEqual([45, 5]);
    expect(await statusOf(open[44] ?? '')).toBe('cancelled');
    const [entry] = (await trailOf(open[44] ?? '')).filter(({ action }) => action === 'CancelRun');
    expect(entry).toMatchObject({
      reason: 'a bad day',
      causationId: body.id,
      cause: { kind: 'bulk' },
      actor: { id: (body.by.id as string).slice('token:'.length) },
    });
    expect((await trailOf(body.id as string)).map(({ action }) => action)).toContain('CreateBulk');
  });

  it('act on the runs of the moment in which they were made, and on none that come later', async () => {
    const before = await submitted(30, { set: 'frozen' });
    const made = make({ action: 'cancel', filters: { labels: { set: 'frozen' } } });
    const { body } = await made;
    const later = await submitted(5, { set: 'frozen' });
    await ended(body.id as string);
    expect((await runsOf(body.id as string)).map(({ workflowRunRef }) => workflowRunRef)).toEqual(before);
    expect(new Set(await Promise.all(later.map(statusOf)))).toEqual(new Set(['ready']));
    const { rows } = await server.pool.query<{ last: string }>(
      `select max(position) as last from event where stream_id = any($1) and type = 'WorkflowRunSubmitted'`,
      [before],
    );
    expect(body.position).toBeGreaterThanOrEqual(Number(rows[0]?.last));
  });

  it('are previewed: exact counts, why runs would be refused, and a sample; nothing is done', async () => {
    const ids = await submitted(12, { set: 'preview' });
    for (const id of ids.slice(0, 2)) await server.delete(`/api/v2/team/alpha/workflowrun/${id}/cancel`);
    const count = async () => (await server.get(`${bulk}/query`)).body.totalElements as number;
    const before = await count();
    const filters = { labels: { set: 'preview' } };
    const cancel = (await make({ action: 'cancel', filters, dryRun: true })).body;
    expect(cancel).toMatchObject({ dryRun: true, runs: 12, outcomes: { done: 10, unchanged: 2, refused: 0 } });
    expect(cancel.sample).toHaveLength(10);
    expect(cancel.sample[0]).toMatchObject({ id: ids[0], workflowName: 'one', outcome: 'unchanged' });
    const retry = (await make({ action: 'retry', from: 'failed', filters, dryRun: true })).body;
    expect(retry).toMatchObject({
      runs: 12,
      outcomes: { done: 2, unchanged: 0, refused: 10 },
      refusals: [
        {
          reason: 'WORKFLOWRUN_INVALID_PHASE',
          message: expect.stringContaining('Current: pending, Needed: completed or finalized'),
          runs: 10,
        },
      ],
    });
    expect(retry.sample[2]).toMatchObject({ outcome: 'refused', message: expect.stringContaining('Needed') });
    const none = (await make({ action: 'cancel', filters: { triggers: ['webhook'] }, dryRun: true })).body;
    expect(none).toMatchObject({ runs: 0, sample: [], refusals: [] });
    expect([await count(), await statusOf(ids[5] ?? '')]).toEqual([before, 'ready']);
  });

  it('retry what may be retried, once each, and count the refused with their reason', async () => {
    const ids = await submitted(4, { set: 'retry' });
    for (const id of ids.slice(0, 3)) await server.delete(`/api/v2/team/alpha/workflowrun/${id}/cancel`);
    const unknown = newId();
    const [foreign = ''] = await submitted(1, {}, 'beta');
    const runs = [...ids, ids[0], unknown, foreign];
    const { body } = await make({ action: 'retry', from: 'failed', runs });
    expect(body).toMatchObject({ runs: 6, from: 'failed' });
    expect((await ended(body.id as string)).body).toMatchObject({ outcomes: { done: 3, refused: 3 } });
    const outcomes = await runsOf(body.id as string);
    expect(outcomes.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['done', undefined],
      ['done', undefined],
      ['done', undefined],
      ['refused', 'WORKFLOWRUN_INVALID_PHASE'],
      ['refused', 'WORKFLOWRUN_INVALID_REFERENCE'],
      ['refused', 'WORKFLOWRUN_INVALID_REFERENCE'],
    ]);
    expect((await runsOf(body.id as string, 'outcome=refused,unchanged')).length).toBe(3);
    const made = outcomes[0]?.retryRef ?? '';
    const { body: retry } = await server.get(`/api/v2/team/alpha/workflowrun/${made}`);
    expect(retry.annotations['boomerang.io/retry-of']).toBe(ids[0]);
    const [entry] = await trailOf(made);
    expect(entry).toMatchObject({ causationId: body.id, cause: { kind: 'bulk' } });
    const { rows } = await server.pool.query<{ runs: string }>(
      `select count(*) as runs from event where type = 'WorkflowRunSubmitted' and metadata::jsonb ->> 'causationId' = $1`,
      [body.id],
    );
    expect(Number(rows[0]?.runs)).toBe(3);
  });

  it.each<[string, unknown, number, RegExp]>([
    ['no body', undefined, 400, /body/],
    ['no action', { runs: [newId()] }, 400, /action: /],
    ['another action', { action: 'delete', runs: [newId()] }, 400, /action: .*cancel/],
    ['nothing chosen', { action: 'cancel' }, 400, /filters: must have at least one filter.*all: true/],
    ['an empty filter', { action: 'cancel', filters: {} }, 400, /filters: must have at least one filter/],
    ['all: false', { action: 'cancel', filters: {}, all: false }, 400, /filters: must have at least one filter/],
    ['all beside a filter', { action: 'cancel', filters: { statuses: ['ready'] }, all: true }, 400, /all: cannot/],
    [
      'runs beside filters',
      { action: 'cancel', runs: [newId()], filters: { statuses: ['ready'] } },
      400,
      /runs: cannot/,
    ],
    ['runs beside all', { action: 'cancel', runs: [newId()], all: true }, 400, /runs: cannot/],
    ['no runs', { action: 'cancel', runs: [] }, 400, /runs: /],
    ['no id', { action: 'cancel', runs: ['x'] }, 400, /runs\.0: must be the id of a run/],
    ['too many ids', { action: 'cancel', runs: Array.from({ length: 5001 }, () => newId()) }, 400, /runs: .*5000/],
    ['from of a cancel', { action: 'cancel', from: 'failed', runs: [newId()] }, 400, /from: only a retry/],
    ['an empty from', { action: 'retry', from: '', runs: [newId()] }, 400, /from: /],
    ['a long from', { action: 'retry', from: 'x'.repeat(257), runs: [newId()] }, 400, /from: .*256/],
    ['an empty reason', { action: 'cancel', runs: [newId()], reason: ' ' }, 400, /reason: /],
    ['a long reason', { action: 'cancel', runs: [newId()], reason: 'x'.repeat(1001) }, 400, /reason: .*1000/],
    ['a reason of two lines', { action: 'cancel', runs: [newId()], reason: 'a\nb' }, 400, /reason: .*control/],
    [
      'a token as the reason',
      { action: 'cancel', runs: [newId()], reason: 'bfg_00000000-0000-4000-8000-000000000000' },
      400,
      /reason: .*access token/,
    ],
    ['dryRun as text', { action: 'cancel', runs: [newId()], dryRun: 'yes' }, 400, /dryRun: /],
    ['all as text', { action: 'cancel', all: 'yes' }, 400, /all: /],
    ['an unknown field', { action: 'cancel', run: [newId()] }, 1001, /run.*[Dd]id you mean.*runs/],
    [
      'an unknown filter',
      { action: 'cancel', filters: { status: ['ready'] } },
      1001,
      /status.*[Dd]id you mean.*statuses/,
    ],
    ['an unknown status', { action: 'cancel', filters: { statuses: ['open'] } }, 400, /filters\.statuses\.0: /],
    ['an unknown phase', { action: 'cancel', filters: { phase: ['open'] } }, 400, /filters\.phase\.0: /],
    ['an unknown trigger', { action: 'cancel', filters: { triggers: ['x'] } }, 400, /filters\.triggers\.0: /],
    ['an empty list', { action: 'cancel', filters: { statuses: [] } }, 400, /filters\.statuses: /],
    ['no labels', { action: 'cancel', filters: { labels: {} } }, 400, /filters\.labels: must have at least one/],
    ['a label that is no text', { action: 'cancel', filters: { labels: { a: 1 } } }, 400, /filters\.labels\.a: /],
    ['workflows as text', { action: 'cancel', filters: { workflows: 'one' } }, 400, /filters\.workflows: /],
    ['an empty run id', { action: 'cancel', filters: { workflowruns: [''] } }, 400, /filters\.workflowruns\.0: /],
    ['a date as a day', { action: 'cancel', filters: { fromDate: '2026-01-01' } }, 400, /filters\.fromDate: /],
    ['a late date', { action: 'cancel', filters: { toDate: 1e15 } }, 400, /filters\.toDate: /],
    [
      'a filter that no run fits',
      { action: 'cancel', filters: { triggers: ['webhook'] } },
      400,
      /filters: no run fits/,
    ],
    [
      'a workflow that is not there beside one that is',
      { action: 'cancel', filters: { workflows: ['one', 'nothing'] } },
      1001,
      /filters\.workflows: there is no workflow (one|nothing) that you can access/,
    ],
  ])('are refused with %s, by the name of the field', async (_, body, code, message) => {
    const answer = await make(body);
    expect([answer.status, answer.body.code, answer.body.message]).toEqual([400, code, expect.stringMatching(message)]);
  });

  it('answer for a malformed, an unknown and a foreign id alike', async () => {
    const [run = ''] = await submitted(1, {}, 'beta');
    const { body } = await server.post('/api/v2/team/beta/bulk', { body: { action: 'cancel', runs: [run] } });
    for (const id of ['x', newId(), body.id as string]) {
      const answers = [
        await server.get(`${bulk}/${id}`),
        await server.get(`${bulk}/${id}/runs`),
        await server.put(`${bulk}/${id}/cancel`),
      ];
      for (const { status, body: refusal } of answers) expect([status, refusal.code]).toEqual([400, 2101]);
    }
    for (const query of ['query?statuses=x', `${body.id}/runs?outcome=x`, 'query?limit=0', 'query?stati=running']) {
      expect((await server.get(`/api/v2/team/beta/bulk/${query}`)).body.code).toBe(1001);
    }
  });

  it('are not made of runs of which none is there', async () => {
    const [foreign = ''] = await submitted(1, {}, 'beta');
    const { status, body } = await make({ action: 'cancel', runs: [newId(), foreign] });
    expect([status, body.message]).toEqual([400, expect.stringContaining('runs: none of these')]);
  });

  it('go on where the server fails at one of their runs, and say so', async () => {
    const ids = await submitted(3, { set: 'failing' });
    await server.pool.query(`
      create function public.fail() returns trigger language plpgsql as $$ begin raise exception 'broken by a spec'; end $$;
      create trigger fail before update on run_status for each row when (new.id = '${ids[1]}') execute function public.fail()`);
    try {
      const { body } = await make({ action: 'cancel', runs: ids });
      expect((await ended(body.id as string)).body).toMatchObject({
        status: 'completed',
        outcomes: { done: 2, refused: 1 },
      });
      const [refused] = await runsOf(body.id as string, 'outcome=refused');
      expect(refused).toMatchObject({ workflowRunRef: ids[1], reason: 'INTERNAL_ERROR' });
      expect(refused?.message).not.toContain('broken');
    } finally {
      await server.pool.query('drop trigger fail on run_status; drop function public.fail()');
    }
  });

  it('are made once under an idempotency key', async () => {
    const runs = await submitted(1, { set: 'key' });
    const headers = { 'idempotency-key': 'bulk-once' };
    const answers = [
      await make({ action: 'cancel', runs }, { headers }),
      await make({ action: 'cancel', runs }, { headers }),
    ];
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });

  it('stop at their cancelling: what they had not come to is left', async () => {
    const ids = await submitted(60, { set: 'abort' });
    const [id, cancelled] = await whileHeld(async () => {
      const { body } = await make({ action: 'cancel', runs: ids });
      return [
        body.id as string,
        await server.put(`${bulk}/${body.id}/cancel`, { headers: { 'x-reason': 'a mistake' } }),
      ];
    });
    expect(cancelled.body).toMatchObject({ status: 'cancelled', outcomes: { done: 0, pending: 0, left: 60 } });
    // Another job goes through all its steps, and this one has made none.
    const other = await submitted(45, { set: 'other' });
    await ended((await make({ action: 'cancel', runs: other })).body.id as string);
    expect((await server.put(`${bulk}/${id}/cancel`)).body).toEqual(cancelled.body);
    expect(await runsOf(id, 'outcome=left&limit=100')).toHaveLength(60);
    expect(await runsOf(id, 'outcome=pending')).toHaveLength(0);
    expect(new Set(await Promise.all(ids.map(statusOf)))).toEqual(new Set(['ready']));
    const actions = (await trailOf(id)).filter(({ action }) => action === 'CancelBulk');
    expect(actions).toMatchObject([{ reason: 'a mistake' }]);
  });

  it('act as the person who made them, and stop when that person may no longer', async () => {
    const ed = await person('ed', 'editor');
    const ids = await submitted(3, { set: 'person' });
    const first = (await make({ action: 'cancel', runs: ids.slice(0, 1) }, { token: ed.token })).body;
    expect(first.by).toEqual({ id: 'user:ed', name: 'ED' });
    await ended(first.id as string);
    const [entry] = (await trailOf(ids[0] ?? '')).filter(({ action }) => action === 'CancelRun');
    expect(entry).toMatchObject({ actor: { kind: 'person', id: 'ed' }, token: { id: ed.id }, causationId: first.id });
    const id = await whileHeld(async () => {
      const { body } = await make({ action: 'cancel', runs: ids.slice(1) }, { token: ed.token });
      await person('ed', 'reader');
      return body.id as string;
    });
    expect((await ended(id)).body).toMatchObject({ status: 'stopped', outcomes: { done: 0, left: 2 } });
    expect(await statusOf(ids[2] ?? '')).toBe('ready');
  });

  it('stop when the token that made them has ended, and say so', async () => {
    const { body: token } = await server.post('/api/v2/token', {
      body: { type: 'team', principal: 'alpha', role: 'editor' },
    });
    const ids = await submitted(2, { set: 'token' });
    const id = await whileHeld(async () => {
      const { body } = await make({ action: 'cancel', runs: ids }, { token: token.token as string });
      await server.delete(`/api/v2/token/${token.id}`);
      return body.id as string;
    });
    expect((await ended(id)).body).toMatchObject({
      status: 'stopped',
      statusMessage: 'The token that made the job has ended, or may no longer do this in the team.',
      outcomes: { left: 2 },
    });
    expect((await trailOf(id)).map(({ action }) => action)).toContain('StopBulk');
  });

  it('reach no further than their token: a reader makes none, a workflow’s token only of its runs', async () => {
    const reader = await person('rita', 'reader');
    const [own = ''] = await submitted(1, { set: 'reach' });
    const [other = ''] = await submitted(1, { set: 'reach' }, 'alpha', 'two');
    expect((await make({ action: 'cancel', runs: [own] }, { token: reader.token })).status).toBe(403);
    expect((await server.get(`${bulk}/query`, { token: reader.token })).status).toBe(200);
    const workflow = (await server.get('/api/v2/team/alpha/workflow/one')).body.id as string;
    const { body: token } = await server.post('/api/v2/token', { body: { type: 'workflow', principal: workflow } });
    const asWorkflow = { token: token.token as string };
    const filters = { labels: { set: 'reach' } };
    expect((await make({ action: 'cancel', filters, dryRun: true }, asWorkflow)).body.runs).toBe(1);
    const { body } = await make({ action: 'cancel', runs: [own, other] }, asWorkflow);
    await ended(body.id as string);
    expect((await runsOf(body.id as string)).map(({ outcome }) => outcome)).toEqual(['done', 'refused']);
    expect(await statusOf(other)).toBe('ready');
    const listed = (await server.get(`${bulk}/query`, asWorkflow)).body;
    expect(listed.content.map(({ id }: { id: string }) => id)).toEqual([body.id]);
    const { body: wide } = await make({ action: 'cancel', runs: [other] });
    expect((await server.get(`${bulk}/${wide.id}`, asWorkflow)).body.code).toBe(2101);
  });

  it('need a reason where the team requires one of the single action, and keep no secret in it', async () => {
    const team = '/api/v2/team/beta';
    await server.request('PATCH', team, { body: { requiredReasons: ['cancelWorkflowRun'] } });
    const runs = await submitted(1, {}, 'beta');
    const body = { action: 'cancel', runs };
    const refused = await server.post(`${team}/bulk`, { body });
    expect([refused.status, refused.body.message]).toEqual([400, expect.stringContaining('X-Reason')]);
    expect((await server.post(`${team}/bulk`, { body: { ...body, dryRun: true } })).status).toBe(200);
    const made = await server.post(`${team}/bulk`, { body, headers: { 'x-reason': 'by header' } });
    expect(made.body.reason).toBe('by header');
    expect((await server.post(`${team}/bulk`, { body: { action: 'retry', runs } })).status).toBe(200);
  });

  it('are listed, newest first, and by status', async () => {
    const { body } = await server.get(`${bulk}/query?limit=3`);
    const dates = body.content.map(({ creationDate }: { creationDate: string }) => creationDate) as string[];
    expect(dates).toEqual([...dates].sort().reverse());
    const stopped = (await server.get(`${bulk}/query?statuses=stopped`)).body.content as { status: string }[];
    expect(new Set(stopped.map(({ status }) => status))).toEqual(new Set(['stopped']));
  });

  it('are at work five at a time in a team, at most', async () => {
    const runs = await submitted(1, { set: 'many' });
    const [foreign = ''] = await submitted(1, {}, 'beta');
    const [made, refused, elsewhere] = await whileHeld(async () => {
      const answers = await Promise.all(Array.from({ length: 7 }, () => make({ action: 'cancel', runs })));
      const body = { action: 'retry', runs: [foreign] };
      const other = await server.post('/api/v2/team/beta/bulk', { body });
      return [...[200, 429].map((status) => answers.filter((each) => each.status === status)), [other]];
    });
    expect([made, refused, elsewhere].map((each) => each?.length)).toEqual([5, 2, 1]);
    expect(refused?.[0]?.body).toMatchObject({
      code: 1020,
      message: 'The team has 5 bulk jobs at work: at most 5 at once. Wait for the end of one, or cancel one.',
    });
    expect(elsewhere?.[0]?.status).toBe(200);
    const ends = await Promise.all((made ?? []).map(({ body }) => ended(body.id as string)));
    expect(ends.map(({ body }) => body.outcomes.done).sort()).toEqual([0, 0, 0, 0, 1]);
    expect((await make({ action: 'cancel', runs })).status).toBe(200);
  });

  it('are refused for more runs than one job takes, which the answer names', async () => {
    // The counters of a team with that many.
    await server.pool.query(
      `select run_count_apply(array[id], array[id], array[current_date::text], array['ready'], array['pending'], array['github'], array[10001::bigint])
         from team where name = 'alpha'`,
    );
    try {
      const body = { action: 'cancel', filters: { triggers: ['github'] } };
      for (const dryRun of [true, false]) {
        const answer = await make({ ...body, dryRun });
        expect([answer.body.code, answer.body.message]).toEqual([
          1001,
          expect.stringMatching(/^filters: 10001 runs fit, and one bulk job takes at most 10000/),
        ]);
      }
    } finally {
      for (const table of ['run_count', 'run_day_count'])
        await server.pool.query(`delete from ${table} where trigger = 'github'`);
    }
  });

  it('are forgotten 30 days after their end, and their events stay', async () => {
    const runs = await submitted(1, { set: 'old' });
    const { body } = await make({ action: 'cancel', runs });
    await ended(body.id as string);
    await passTime(server.pool, body.id as string, 'bulk-forget');
    await until(
      () => server.get(`${bulk}/${body.id}`),
      ({ status }) => status === 400,
    );
    const { rows } = await server.pool.query<{ type: string }>(
      'select type from event where stream_id = $1 order by stream_version',
      [body.id],
    );
    expect(rows.map(({ type }) => type)).toEqual([
      'BulkCreated',
      'BulkRunsChosen',
      'BulkProgressed',
      'BulkEnded',
      'BulkForgotten',
    ]);
  });
});
