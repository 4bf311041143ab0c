import { LiveRuns } from '#libs/runs';
import { until } from '#libs/testing';
import { addressOf, EventReader } from './event-reader';
import { adminToken, TestServer } from './harness';
import { Runs, script, task, workflow } from './workflows';

const secret = 'live-s3cret-of-the-submit';

describe('live', () => {
  let one: TestServer;
  let two: TestServer;
  let url: string;
  let other: string;
  let runs: Runs;
  const open = new Set<EventReader>();

  beforeAll(async () => {
    one = await TestServer.start();
    two = await TestServer.start({ database: one.database });
    [url, other] = await Promise.all([addressOf(one), addressOf(two)]);
    await one.createTeam('alpha');
    await one.createTeam('beta');
    runs = new Runs(one, 'alpha');
    await one.saveWorkflow('alpha', workflow('ask', [task('ask', 'approval')], ['ask']));
    await one.saveWorkflow('alpha', workflow('work', [script('a')], ['a']));
    await one.saveWorkflow('beta', workflow('ask', [task('ask', 'approval')], ['ask']));
  });
  afterEach(() => {
    for (const reader of open) reader.close();
    open.clear();
  });
  afterAll(async () => {
    await two.stop();
    await one.stop();
  });

  const base = '/api/v2/team/alpha';
  const follow = async (path: string, options: Parameters<typeof EventReader.open>[2] = {}, token = adminToken) => {
    const reader = await EventReader.open(path.startsWith('http') ? path : `${url}${path}`, token, options);
    open.add(reader);
    return reader;
  };
  const submit = async (name = 'ask', server = one, body: unknown = {}): Promise<string> =>
    (await server.submit('alpha', name, body)).body.id as string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- events of every shape
  const eventsOf = async (id: string): Promise<any[]> =>
    (await one.get(`${base}/workflowrun/${id}/events?limit=1000`)).body.events as unknown[];
  /** The position of the last event of a new run, which stands still. */
  const lastOfNew = async (): Promise<number> => {
    const id = await submit();
    await runs.waiting(id, 'ask');
    return (await eventsOf(id)).at(-1).position as number;
  };
  const upTo = (last: number, ids: readonly number[]) => ids.filter((id) => id <= last);
  const cancel = (id: string) => one.delete(`${base}/workflowrun/${id}/cancel`);
  const newToken = async (body: Readonly<Record<string, unknown>>): Promise<{ id: string; token: string }> =>
    (await one.post('/api/v2/token', { body })).body as { id: string; token: string };
  /** Until the reader has as many events. */
  const has = (reader: EventReader, count: number) =>
    until(
      () => Promise.resolve(reader.events.length),
      (length) => length >= count,
    );

  it('streams one run, each event as its history shows it, from the beginning and on', async () => {
    const definition = workflow('secretive', [task('ask', 'approval')], ['ask'], {
      params: [{ name: 'key', type: 'password' }],
    });
    const id = await runs.start(definition, { params: [{ name: 'key', value: secret }] });
    const reader = await follow(`${base}/workflowrun/${id}/events?lastEventId=0`);
    expect(reader.answer.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    const late = await follow(`${base}/workflowrun/${id}/events`);
    const ready = await late.next('ready');
    expect(ready).toEqual({ id: ready.data.position, event: 'ready', data: { position: expect.any(Number) } });
    await one.delete(`${base}/workflowrun/${id}/cancel`, { headers: { 'x-reason': `no ${secret}` } });
    const events = await eventsOf(id);
    await has(reader, events.length);
    expect(reader.events.map(({ data }) => data as unknown)).toEqual(events);
    expect(reader.events.map(({ event, id: at }) => [event, at])).toEqual(events.map((e) => [e.type, e.position]));
    expect(events[0]).toMatchObject({ workflowRunRef: id });
    expect(reader.text).toContain('retry: ');
    expect(reader.text).not.toContain(secret);
    const later = events.filter(({ position }) => position > ready.data.position);
    await has(late, later.length);
    expect(late.ids).toEqual(later.map(({ position }) => position as number));
  });

  it('streams the runs of a team, of this server and another, and no others', async () => {
    const reader = await follow(`${base}/workflowrun/events`);
    const far = await follow(`${other}${base}/workflowrun/events`);
    await Promise.all([reader.next('ready'), far.next('ready')]);
    const ids = [await submit('ask', one), await submit('ask', two)];
    await one.submit('beta', 'ask');
    ids.push(await submit('ask', two));
    const events = (await Promise.all(ids.map(eventsOf))).flat();
    for (const each of [reader, far]) {
      await has(each, events.length);
      expect(each.ids).toEqual(events.map(({ position }) => position as number).sort((a, b) => a - b));
      expect(each.events.map(({ data }) => data as unknown)).toEqual(
        expect.arrayContaining(events.map((event) => ({ ...event }) as unknown)),
      );
    }
  });

  it('goes on after any position while events are committed: nothing missed, nothing twice', async () => {
    const whole = await follow(`${base}/workflowrun/events`);
    const { id: start } = await whole.next('ready');
    let isOver = false;
    const writing = (async () => {
      for (let count = 0; !isOver && count < 400; count++) {
        const id = await submit('ask', count % 2 === 0 ? one : two);
        if (count % 3 === 0) await cancel(id);
      }
    })();
    const readers: EventReader[] = [];
    for (let round = 1; round <= 30; round++) {
      await has(whole, round * 5);
      const ids = [start ?? 0, ...whole.ids];
      const from = ids[Math.floor((ids.length - 1) * ((round * 7) % 10) * 0.1)] ?? 0;
      const header = { headers: { 'last-event-id': String(from) } };
      const place = round % 2 === 0 ? url : other;
      readers.push(
        await (round % 3 === 0
          ? follow(`${place}${base}/workflowrun/events?lastEventId=${from}`)
          : follow(`${place}${base}/workflowrun/events?lastEventId=0`, header)),
      );
    }
    isOver = true;
    await writing;
    const end = await lastOfNew();
    for (const reader of [whole, ...readers]) await until(() => reader.ids.includes(end));
    for (const reader of readers) {
      const { id: from = 0 } = await reader.next('ready');
      expect([from, upTo(end, reader.ids)]).toEqual([from, upTo(end, whole.ids).filter((id) => id > from)]);
    }
    const { body } = await one.get(`${base}/workflowrun/events?after=${start}&limit=1000`);
    const paged = body.events as { position: number }[];
    const pagedIds = upTo(
      end,
      paged.map(({ position }) => position),
    );
    expect(pagedIds).toEqual(upTo(end, whole.ids).slice(0, pagedIds.length));
    expect(pagedIds.length).toBeGreaterThan(100);
    const next = await one.get(`${base}/workflowrun/events?after=${start}&limit=3`);
    expect(next.body.next).toBe((whole.ids[3] ?? 0) - 1);
  });

  it('filters as the query does; by status, runs come and go', async () => {
    const all = '/workflowrun/events?';
    const readers = {
      workflows: await follow(`${base}${all}workflows=work`),
      labels: await follow(`${base}${all}labels=tier%3Dgold`),
      statuses: await follow(`${base}${all}statuses=cancelled`),
      phase: await follow(`${base}${all}phase=running`),
      triggers: await follow(`${base}${all}triggers=schedule`),
      types: await follow(`${base}${all}types=WorkflowRunSubmitted`),
      actors: await follow(`${base}${all}actors=nobody`),
    };
    for (const reader of Object.values(readers)) await reader.next('ready');
    const asked = await submit('ask', one, { labels: { tier: 'gold' } });
    const worked = await submit('work');
    await cancel(asked);
    await cancel(worked);
    const [ofAsked, ofWorked] = [await eventsOf(asked), await eventsOf(worked)];
    const idsOf = (events: { position: number }[]) => events.map(({ position }) => position);
    await has(readers.workflows, ofWorked.length);
    await has(readers.labels, ofAsked.length);
    expect(readers.workflows.ids).toEqual(idsOf(ofWorked));
    expect(readers.labels.ids).toEqual(idsOf(ofAsked));
    const both = [...ofAsked, ...ofWorked];
    const typed = (...types: string[]) =>
      idsOf(both.filter(({ type }) => types.includes(type as string))).sort((a, b) => a - b);
    await has(readers.statuses, 2);
    expect(readers.statuses.ids).toEqual(typed('WorkflowRunCancelled'));
    await has(readers.types, 2);
    expect(readers.types.ids).toEqual(typed('WorkflowRunSubmitted'));
    const names = new Set(readers.phase.events.map(({ event }) => event));
    expect(names).toContain('WorkflowRunStarted');
    expect(names).toContain('WorkflowRunCancelled');
    expect(names).not.toContain('WorkflowRunSubmitted');
    expect([readers.triggers.events, readers.actors.events]).toEqual([[], []]);
    const again = await follow(`${base}${all}phase=running&lastEventId=${readers.phase.messages[1]?.id}`);
    await has(again, readers.phase.events.length);
    expect(again.ids).toEqual(readers.phase.ids);
  });

  it('streams what people are asked, and what agents are given', async () => {
    const actions = await follow(`${base}/action/events`);
    const agents = await follow('/api/v2/agents/events');
    const ofTeam = await follow(`${base}/agents/events`);
    for (const reader of [actions, agents, ofTeam]) await reader.next('ready');
    const id = await submit('ask');
    const waiting = await runs.waiting(id, 'ask');
    const { content } = (await one.get(`${base}/action/query?statuses=submitted&limit=1000`)).body as {
      content: { id: string; taskRunRef: string }[];
    };
    const action = content.find(({ taskRunRef }) => taskRunRef === waiting.id);
    expect((await one.put(`${base}/action`, { body: [{ id: action?.id, approved: true }] })).status).toBe(200);
    await has(actions, 3);
    expect(actions.events.map(({ event }) => event)).toEqual(['TaskRunWaiting', 'ActionDecided', 'TaskRunEnded']);
    const worked = await submit('work');
    const agent = await one.registerAgent();
    const item = await until(
      async () => (await one.claim(agent, 'tasks', 1)) as { id: string; fence: number }[],
      (items) => items.length === 1,
    );
    expect(item).toHaveLength(1);
    for (const reader of [agents, ofTeam]) {
      await until(() =>
        reader.events.some(({ event, data }) => event === 'TaskRunClaimed' && data.workflowRunRef === worked),
      );
    }
  });

  it('ends with its token, and with what the token may access', async () => {
    const { id, token } = await newToken({ type: 'team', principal: 'alpha', role: 'reader' });
    const reader = await follow(`${base}/workflowrun/events`, {}, token);
    const far = await follow(`${other}${base}/workflowrun/events`, {}, token);
    await Promise.all([reader.next('ready'), far.next('ready')]);
    await one.request('PATCH', base, {
      body: {
        members: [
          { id: 'lea', role: 'reader' },
          { id: 'o', role: 'owner' },
        ],
      },
    });
    const lea = await newToken({ type: 'user', principal: 'lea' });
    const member = await follow(`${base}/workflowrun/events`, {}, lea.token);
    await member.next('ready');
    await one.delete(`/api/v2/token/${id}`);
    for (const each of [reader, far]) {
      expect(await each.next('end')).toEqual({ event: 'end', data: { message: 'The token has ended.' } });
      await each.whole();
    }
    expect((await one.delete(`${base}/members`, { body: [{ id: 'lea' }] })).status).toBe(200);
    await member.next('end');
    await member.whole();
    const seen = [reader, far, member].map(({ events }) => events.length);
    await submit();
    expect([reader, far, member].map(({ events }) => events.length)).toEqual(seen);
  });

  it('sends a slow reader away without harm: it goes on where it was', async () => {
    const slow = await follow(`${base}/workflowrun/events`, { isSlow: true });
    const quick = await follow(`${base}/workflowrun/events`);
    await quick.next('ready');
    const params = [{ name: 'big', value: 'x'.repeat(200_000) }];
    await one.saveWorkflow(
      'alpha',
      workflow('big', [task('ask', 'approval')], ['ask'], { params: [{ name: 'big', type: 'text' }] }),
    );
    let count = 0;
    await until(async () => {
      await submit('big', one, { params });
      count++;
      return count >= 16;
    });
    slow.resume();
    const { data } = await slow.next('shed');
    expect(data.message).toContain('1048576 bytes');
    await slow.whole();
    const last = await lastOfNew();
    await until(() => quick.ids.includes(last));
    const from = slow.ids.at(-1) ?? 0;
    expect(from).toBeLessThan(last);
    const again = await follow(`${base}/workflowrun/events?lastEventId=${from}`);
    await until(() => again.ids.includes(last));
    expect(upTo(last, [...slow.ids, ...again.ids])).toEqual(upTo(last, quick.ids));
  });

  it('refuses positions that are none, to come, or no longer kept', async () => {
    const accept = { accept: 'text/event-stream' };
    const ask = (query: string, header?: string) =>
      one.get(`${base}/workflowrun/events${query}`, {
        headers: { ...accept, ...(header !== undefined && { 'last-event-id': header }) },
      });
    for (const header of ['x', '-1', '1.5', '99999999999999999']) {
      const answer = await ask('', header);
      expect([header, answer.status, answer.body.message]).toEqual([
        header,
        400,
        expect.stringContaining('Last-Event-ID must be a position'),
      ]);
    }
    expect((await ask('?lastEventId=x')).body).toMatchObject({
      code: 1001,
      message: expect.stringContaining('lastEventId'),
    });
    expect((await ask('?lastEventId=123456789')).body).toMatchObject({
      code: 1001,
      message: expect.stringContaining('must be at most'),
    });
    const id = '00000000-0000-7000-8000-00000000abcd';
    await one.pool.query(
      `insert into ledger_archive (id, team_id, version, state, positions)
       select $1, id, 1, '{}', '{[2,4)}' from team where name = 'alpha'`,
      [id],
    );
    try {
      expect((await ask('?lastEventId=1')).body).toMatchObject({ code: 1003, status: '410 GONE' });
      expect((await one.get(`${base}/workflowrun/events?after=1`)).status).toBe(410);
    } finally {
      await one.pool.query('delete from ledger_archive where id = $1', [id]);
    }
  });

  it('is closed to other teams, like the other routes', async () => {
    const { token } = await newToken({ type: 'team', principal: 'beta', role: 'owner' });
    const headers = { accept: 'text/event-stream' };
    const id = await submit();
    for (const path of [`${base}/workflowrun/events`, `${base}/workflowrun/${id}/events`, `${base}/action/events`]) {
      expect([path, (await one.get(path, { token, headers })).status]).toEqual([path, 400]);
    }
    const foreign = await one.get(`/api/v2/team/beta/workflowrun/${id}/events`, { token, headers });
    expect(foreign.body).toMatchObject({ code: 1301 });
    const mine = await follow('/api/v2/agents/events', {}, token);
    await mine.next('ready');
    await submit('work');
    await one.saveWorkflow('beta', workflow('work', [script('a')], ['a']));
    const own = (await one.submit('beta', 'work')).body.id as string;
    await until(() => mine.events.length > 0);
    expect(new Set(mine.events.map(({ data }) => data.workflowRunRef as string))).toEqual(new Set([own]));
    const { token: few } = await newToken({ type: 'team', principal: 'alpha', permissions: ['workflow/read'] });
    expect((await one.get(`${base}/workflowrun/events`, { token: few, headers })).status).toBe(403);
  });

  it('shows a token of one workflow nothing of another', async () => {
    const { body } = await one.get(`${base}/workflow/work`);
    const { token } = await newToken({ type: 'workflow', principal: body.id, permissions: ['**/**'] });
    const reader = await follow(`${base}/workflowrun/events`, {}, token);
    await reader.next('ready');
    await submit('ask');
    const worked = await submit('work');
    await has(reader, 1);
    expect(new Set(reader.events.map(({ data }) => data.workflowRunRef as string))).toEqual(new Set([worked]));
  });

  it('lets a request wait for the end of a run', async () => {
    const id = await submit();
    const path = `${base}/workflowrun/${id}`;
    const waiting = [one, two].map((server) => server.get(`${path}?wait=60`));
    await runs.waiting(id, 'ask');
    expect((await one.get(`${path}?wait=1`)).body.status).toBe('running');
    await cancel(id);
    for (const { body } of await Promise.all(waiting)) expect(body).toMatchObject({ status: 'cancelled', id });
    expect((await one.get(`${path}?wait=60&withTasks=false`)).body.status).toBe('cancelled');
    expect((await one.get(`${path}?wait=61`)).body.message).toContain('from 0 to 60');
    expect((await one.get(`${path}?wait=5&version=1`)).status).toBe(400);
    const { id: tokenId, token } = await newToken({ type: 'team', principal: 'alpha', role: 'reader' });
    const second = await submit();
    const held = one.get(`${base}/workflowrun/${second}?wait=60`, { token });
    await one.delete(`/api/v2/token/${tokenId}`);
    expect((await held).status).toBe(401);
  });

  it('ends at once when its server stops', async () => {
    const third = await TestServer.start({ database: one.database });
    const place = await addressOf(third);
    const id = await submit();
    const readers = [
      await follow(`${place}${base}/workflowrun/events`),
      await follow(`${place}${base}/workflowrun/${id}/events`),
    ];
    for (const reader of readers) await reader.next('ready');
    const waits = fetch(`${place}${base}/workflowrun/${id}?wait=60`, {
      headers: { authorization: `Bearer ${adminToken}` },
    });
    await until(() => third.server.app.get(LiveRuns).listeners === 3);
    await third.stop();
    for (const reader of readers) {
      expect((await reader.next('end')).data).toEqual({ message: 'The server is shutting down.' });
      await reader.whole();
    }
    expect([200, 503]).toContain((await waits).status);
  });
});
