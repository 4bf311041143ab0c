import { simpleWorkflow, TestServer } from './harness';
import { task, workflow } from './workflows';

/** The examples of the contract that show how to call its routes, unchanged. */
const contractLines = `
> DELETE /api/v2/team/{team}/workflowrun/{workflowRunId}/cancel
> GET /api/v2/team/{team}/workflowrun/count?labels=,workflows=63d3656ca845957db7d25ef0,63a3e732b0496509a7f1d763,fromDate=1677589200000,toDate=1680267600000
> PUT /api/v2/team/{team}/workflowrun/{workflowRunId}/finalize
> GET /api/v2/team/{team}/workflowrun/{workflowRunId}?withTasks=true
> GET /api/v2/team/{team}/workflowrun/query?labels=,statuses=succeeded,skipped,phase=completed,finalized,workflowruns=,workflows=,triggers=,limit=10,page=0,order=ASC,fromDate=1677589200000,toDate=1680267600000
> PUT /api/v2/team/{team}/workflowrun/{workflowRunId}/retry
> PUT /api/v2/team/{team}/workflowrun/{workflowRunId}/start
`;

describe('what is asked is understood, or refused', () => {
  let server: TestServer;
  const team = '/api/v2/team/strict';
  const base = `${team}/workflowrun`;
  const run = (body: unknown) => server.submit('strict', 'w', body);

  beforeAll(async () => {
    server = await TestServer.start();
    await server.createTeam('strict');
    await server.saveWorkflow('strict', simpleWorkflow('w'));
  });
  afterAll(() => server.stop());

  describe('the contract’s own examples', () => {
    const examples = contractLines.matchAll(/^> (\w+) (\S+)$/gm);
    it.each([...examples].map(([, method, url]) => [method ?? '', url ?? ''] as const))(
      '%s %s',
      async (method, url) => {
        const { body: made } = await server.submit('strict', 'w', {}, false);
        const filled = url.replace('{team}', 'strict').replace('{workflowRunId}', made.id as string);
        const { status, body } = await server.request(method, filled);
        const expected = url.endsWith('/finalize') || url.endsWith('/retry') ? [1304] : [undefined];
        expect([status === 200 ? undefined : body.code]).toEqual(expected);
      },
    );

    it('of schedules: no schedule is archived, so that status matches none', async () => {
      await server.saveWorkflow('strict', { ...simpleWorkflow('dated'), triggers: { schedule: { enabled: true } } });
      const schedule = { workflowRef: 'dated', name: 'd', type: 'cron', cronSchedule: '0 0 1 1 *' };
      const { body: made } = await server.post(`${team}/schedule`, { body: schedule });
      const idsOf = async (filter: string) => {
        const { body } = await server.get(`${team}/schedule/query?workflows=dated&${filter}`);
        return (body.content as { id: string }[]).map(({ id }) => id);
      };
      expect(await idsOf('statuses=active,archived')).toEqual([made.id]);
      expect(await idsOf('statuses=archived')).toEqual([]);
      expect(await idsOf('types=cron,advancedCron')).toEqual([made.id]);
    });

    it('of actions: the newest comes first', async () => {
      await server.saveWorkflow('strict', workflow('asks', [task('ok', 'approval')], ['ok']));
      const first = (await server.submit('strict', 'asks')).body.id as string;
      const second = (await server.submit('strict', 'asks')).body.id as string;
      const runsOf = async (order: string) => {
        const { body } = await server.get(`${team}/action/query?workflows=asks${order}`);
        return (body.content as { workflowRunRef: string }[]).map(({ workflowRunRef }) => workflowRunRef);
      };
      expect(await runsOf('')).toEqual([second, first]);
      expect(await runsOf('&order=ASC')).toEqual([first, second]);
    });

    it('mean what they say', async () => {
      const [count, query] = await Promise.all([
        server.get(`${base}/count?labels=,workflows=w,fromDate=0,toDate=${Date.now() + 1000}`),
        server.get(`${base}/query?statuses=ready,running,phase=pending,running,limit=3,page=0,order=DESC`),
      ]);
      expect(count.body.status.all).toBeGreaterThan(0);
      expect(query.body.size).toBe(3);
      expect((await server.get(`${base}/count?labels=,workflows=w,fromDate=0,toDate=1`)).body.status.all).toBe(0);
      expect((await server.get(`${base}/query?statuses=ready,limit=x`)).body.message).toContain('limit');
    });
  });

  describe('unknown parameters', () => {
    it.each([
      ['GET', `${base}/query?status=failed`, 'Parameter "status" is unknown: did you mean statuses?'],
      ['GET', `${base}/count?lables=a%3Db`, 'Parameter "lables" is unknown: did you mean labels?'],
      ['GET', `${base}/count?statuses=failed`, 'Parameter "statuses" is unknown. This route has '],
      ['POST', `${team}/workflow/w/submit?Start=true`, 'Parameter "Start" is unknown: did you mean start?'],
      ['GET', '/api/v2/team/roles?x', 'Parameter "x" is unknown. This route has no query parameters.'],
      ['GET', `${team}/workflow/w/export?format=xml`, 'Parameter format must be one of json, yaml.'],
      ['GET', `${base}/count?__proto__=x`, 'Parameter "__proto__" is unknown.'],
    ])('%s %s', async (method, url, message) => {
      const { status, body } = await server.request(method, url, method === 'POST' ? { body: {} } : {});
      expect([status, body.code, body.reason]).toEqual([400, 1001, 'QUERY_INVALID_FILTERS']);
      expect(body.message).toContain(message);
    });

    it('are not told to who may not come in', async () => {
      expect((await server.get(`${base}/count?x=1`, { token: null })).status).toBe(401);
    });

    it('and NUL in a name or a value, at any depth of a label, and too many of them', async () => {
      for (const query of ['%00=1', 'workflows=%00', 'labels=a%3D%2500', 'labels=a%253D%252500']) {
        expect([query, (await server.get(`${base}/count?${query}`)).status]).toEqual([query, 400]);
      }
      const many = await server.get(`${base}/count?${'fromDate=&'.repeat(1001)}`);
      expect([many.body.code, many.body.message]).toEqual([1001, expect.stringContaining('at most 1000 parameters')]);
    });
  });

  describe('unknown fields', () => {
    it.each([
      ['POST', `${team}/workflow/w/submit`, { lables: {} }, 'lables: this field is unknown. Did you mean labels?'],
      [
        'POST',
        `${team}/workflow/w/submit`,
        { params: [{ nam: 'x' }] },
        'params.0.nam: this field is unknown. Did you mean name?',
      ],
      ['POST', `${team}/workflow/w/submit`, { params: [{ nam: 'x' }] }, 'params.0.name:'],
      [
        'PUT',
        `${team}/workflow`,
        { ...simpleWorkflow('w'), timeoutt: 1 },
        'timeoutt: this field is unknown. Did you mean timeout?',
      ],
      [
        'PUT',
        `${team}/workflow`,
        { name: 'w', tasks: [{ name: 'a', type: 'script', spec: { scrpt: 'true' } }] },
        'tasks.0.spec.scrpt: this field is unknown. Did you mean script?',
      ],
      [
        'PUT',
        `${team}/workflow`,
        { name: 'w', tasks: [{ name: 'a', type: 'script', workspaces: [{ name: 's', mountpath: '/x' }] }] },
        'tasks.0.workspaces.0.mountpath: this field is unknown. Did you mean mountPath?',
      ],
      [
        'POST',
        `${team}/task`,
        { name: 'x', type: 'script', specs: {} },
        'specs: this field is unknown. Did you mean spec?',
      ],
      ['POST', '/api/v2/token', { type: 'team', principal: 'strict', permission: [] }, 'Did you mean permissions?'],
      ['PATCH', team, { displayname: 'X' }, 'Did you mean displayName?'],
      [
        'PUT',
        `${team}/action`,
        [{ id: 'x', approved: true, comment: 'no' }],
        '0.comment: this field is unknown. Did you mean comments?',
      ],
    ])('%s %s %j', async (method, url, body, message) => {
      const answer = await server.request(method, url, { body });
      expect([answer.status, answer.body.code, answer.body.reason]).toEqual([400, 1001, 'QUERY_INVALID_FILTERS']);
      expect(answer.body.message).toContain(message);
    });

    it('are named together with every other problem of the body', async () => {
      const body = { lables: {}, timeout: 'long', params: [{ nam: 'x' }] };
      const answer = await server.post(`${team}/workflow/w/submit`, { body });
      expect([answer.status, answer.body.code]).toEqual([400, 1001]);
      for (const field of ['lables', 'params.0.nam', 'params.0.name', 'timeout']) {
        expect(answer.body.message).toContain(`${field}:`);
      }
    });

    it('that are listed as ignored do no harm, and are not kept', async () => {
      const { body: drawn } = await server.get(`${team}/workflow/w/compose`);
      drawn.nodes[1] = { ...drawn.nodes[1], width: 100, selected: true, positionAbsolute: { x: 1, y: 1 } };
      const saved = await server.put(`${team}/workflow/w/compose`, { body: { ...drawn, id: 'x' } });
      expect(saved.status).toBe(200);
      expect(JSON.stringify(saved.body)).not.toContain('positionAbsolute');
    });

    it('approvers are persons in any form; one who cannot be told is refused', async () => {
      const approvers = [{ name: 'Bob' }, { id: 'carl' }, { email: 'Dora@Example.com', role: 'reader' }, 'emil'];
      const patch = (body: unknown) => server.request('PATCH', team, { body });
      const members = [{ id: 'b', name: 'Bob' }];
      const { body } = await patch({ members, approverGroups: [{ name: 'mixed', approvers }] });
      const group = body.approverGroups.find(({ name }: { name: string }) => name === 'mixed');
      expect(group.approvers.map(({ id }: { id: string }) => id)).toEqual(['b', 'carl', 'dora@example.com', 'emil']);
      const refused = await patch({ approverGroups: [{ name: 'mixed', approvers: [{ name: 'Nobody' }] }] });
      expect([refused.status, refused.body.message]).toEqual([400, expect.stringContaining('approverGroups')]);
    });

    it('what an answer gives may be sent back', async () => {
      const { body: saved } = await server.get(`${team}/workflow/w`);
      expect((await server.put(`${team}/workflow`, { body: saved })).status).toBe(200);
      const approverGroups = [{ name: 'releasers', approvers: ['ada', 'GRACE@example.com'] }];
      const members = [{ id: 'ada', name: 'Ada', role: 'editor' }];
      await server.request('PATCH', team, { body: { members, approverGroups } });
      const { body: own } = await server.get(team);
      expect((await server.request('PATCH', team, { body: { ...own, quotas: undefined } })).status).toBe(200);
      expect((await server.get(team)).body.approverGroups).toEqual(own.approverGroups);
      await server.saveWorkflow('strict', { ...simpleWorkflow('timed'), triggers: { schedule: { enabled: true } } });
      const schedule = { workflowRef: 'timed', name: 's', type: 'cron', cronSchedule: '0 0 1 1 *' };
      const { body: made } = await server.post(`${team}/schedule`, { body: schedule });
      expect((await server.put(`${team}/schedule`, { body: made })).status).toBe(200);
    });
  });

  describe('a body on a route that takes none', () => {
    const routes = [
      ['POST', `${team}/workflow/w/duplicate`],
      ['DELETE', `${base}/{run}/cancel`],
      ['PUT', `${base}/{run}/finalize`],
      ['DELETE', `${team}/quotas`],
      ['GET', `${base}/query`],
      ['HEAD', `${base}/query`],
      ['GET', '/health/live'],
      ['GET', '/api/openapi.json'],
    ] as const;
    let run = '';
    beforeAll(async () => {
      run = (await server.submit('strict', 'w')).body.id as string;
      await server.delete(`${base}/${run}/cancel`);
    });

    it.each(routes)('%s %s takes nothing, and what says nothing', async (method, route) => {
      const url = route.replace('{run}', run);
      for (const body of [undefined, '', ' ', '{}', 'null']) {
        expect([body, (await server.request(method, url, { body })).status]).toEqual([body, 200]);
      }
      const typed = await server.request(method, url, { headers: { 'content-type': 'text/html' } });
      expect(typed.status).toBe(200);
    });

    it.each(routes)('%s %s refuses all else, and names the first field', async (method, route) => {
      const url = route.replace('{run}', run);
      const named = await server.request(method, url, { body: { statuses: ['failed'], x: 1 } });
      const message = 'statuses: this field is unknown. This route accepts no body.';
      if (method !== 'HEAD') expect(named.body).toMatchObject({ code: 1001, message });
      expect(named.status).toBe(400);
      for (const body of ['[]', '1', 'a=b', `{"${'x'.repeat(70_000)}":1}`]) {
        const answer = await server.request(method, url, { body });
        if (method !== 'HEAD')
          expect(answer.body).toMatchObject({ code: 1001, message: 'This route accepts no body.' });
        expect(answer.status).toBe(400);
      }
    });

    it('is not looked at for who may not come in', async () => {
      expect((await server.get(`${base}/query`, { body: { x: 1 }, token: null })).status).toBe(401);
    });
  });

  describe('labels', () => {
    const texts = ['50%', '50%25', '%2C', 'a,b', 'a,b=c d%', 'a%2Cb', 'a=b', 'a%3Db', '+ +', '%', '%zz', 'ü/ß', ','];
    const keys = ['plain', 'with%sign', 'with%2Ccomma', 'with,comma', 'domain.io/x y'];
    const once = encodeURIComponent;
    const twice = (text: string) => once(once(text));

    it('are found by their own text, and by no other', async () => {
      const made = new Map<string, string>();
      for (const key of keys) {
        for (const text of texts) {
          made.set(`${key}=${text}`, (await run({ labels: { [key]: text } })).body.id as string);
        }
      }
      for (const [label, id] of made) {
        const key = label.slice(0, label.indexOf('='));
        for (const query of [once(label), `${once(label)},${once(label)}`, twice(label)]) {
          // If a key contains encoded text, a label that was encoded twice means the same: its `=` still shows the
          // depth.
          const { body } = await server.get(`${base}/query?limit=100&labels=${query}`);
          expect([label, key, query, body.content.map((each: { id: string }) => each.id)]).toEqual([
            label,
            key,
            query,
            [id],
          ]);
        }
      }
    });

    it('are found in a list that was encoded as a whole, as often as anybody likes', async () => {
      const { body: both } = await run({ labels: { m1: 'a,b', m2: 'b=c' } });
      await run({ labels: { m1: 'a,b' } });
      let list = `${once('m1=a,b')},${once('m2=b=c')}`;
      for (let depth = 0; depth < 4; depth++) {
        const { body } = await server.get(`${base}/query?labels=${list}`);
        expect([depth, body.content.map((each: { id: string }) => each.id)]).toEqual([depth, [both.id]]);
        list = once(list);
      }
    });

    it('whose key holds "=" are refused when they are stored', async () => {
      const { status, body } = await run({ labels: { 'a=b': 'c' } });
      expect([status, body.message]).toEqual([
        400,
        expect.stringContaining('the name of a label must not contain "="'),
      ]);
    });
  });
});
