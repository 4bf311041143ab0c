import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, TestServer } from './harness';
import { Runs, script, task, workflow } from './workflows';

/** Attempts to access more than the token allows, each as somebody tried it. */
describe('whoever tries to reach further', () => {
  let server: TestServer;
  let runs: Runs;

  beforeAll(async () => {
    server = await TestServer.start();
    await server.createTeam('alpha');
    runs = new Runs(server, 'alpha');
  });
  afterAll(() => server.stop());

  const make = async (body: Readonly<Record<string, unknown>>, token?: string): Promise<string> => {
    const answer = await server.post('/api/v2/token', { body, ...(token !== undefined && { token }) });
    if (answer.status !== 200) throw new Error(answer.text);
    return answer.body.token as string;
  };
  const user = (principal: string, more: object = { permissions: ['**/**'] }) =>
    make({ type: 'user', principal, ...more });
  const patch = (body: unknown, token?: string) =>
    server.request('PATCH', '/api/v2/team/alpha', { body, ...(token !== undefined && { token }) });
  const members = async (): Promise<Record<string, string>> => {
    const { body } = await server.get('/api/v2/team/alpha');
    return Object.fromEntries(body.members.map(({ id, role }: { id: string; role: string }) => [id, role]));
  };

  describe('in a team', () => {
    beforeAll(() =>
      patch({
        members: [
          { id: 'olga', role: 'owner' },
          { id: 'ed', role: 'editor' },
          { id: 'rita', role: 'reader' },
        ],
      }),
    );

    it('an editor makes nobody an owner, takes no owner away, and sets no approvers', async () => {
      const ed = await user('ed');
      for (const body of [
        { members: [{ id: 'ed', role: 'owner' }] },
        { members: [{ id: 'mallory', role: 'reader' }] },
        { approverGroups: [{ name: 'mine', approvers: ['ed'] }] },
      ]) {
        expect((await patch(body, ed)).body).toMatchObject({
          code: 403,
          message: expect.stringContaining('team/manage') as string,
        });
      }
      const remove = await server.delete('/api/v2/team/alpha/members', { body: [{ id: 'olga' }], token: ed });
      expect(remove.body.code).toBe(403);
      const group = await server.delete('/api/v2/team/alpha/approvers', { body: ['mine'], token: ed });
      expect(group.body.code).toBe(403);
      expect((await patch({ displayName: 'Alpha!', labels: { a: 'b' } }, ed)).status).toBe(200);
      expect(await members()).toEqual({ olga: 'owner', ed: 'editor', rita: 'reader' });
    });

    it('an owner gives no role beyond what the token holds', async () => {
      const little = await user('olga', { permissions: ['team/write', 'team/manage', '**/read'] });
      expect((await patch({ members: [{ id: 'new', role: 'owner' }] }, little)).body.code).toBe(403);
      expect((await patch({ members: [{ id: 'new', role: 'editor' }] }, little)).body.code).toBe(403);
      expect((await patch({ members: [{ id: 'new', role: 'reader' }] }, little)).status).toBe(200);
      await server.delete('/api/v2/team/alpha/members', { body: [{ id: 'new' }] });
    });

    it('keeps its last owner, whoever asks', async () => {
      const olga = await user('olga');
      expect((await patch({ members: [{ id: 'olga', role: 'editor' }] }, olga)).body.code).toBe(1103);
      expect((await server.delete('/api/v2/team/alpha/leave', { token: olga })).body.code).toBe(1103);
      expect((await server.delete('/api/v2/team/alpha/members', { body: [{ id: 'olga' }] })).body.code).toBe(1103);
      expect((await members())['olga']).toBe('owner');
    });

    it('an e-mail address is one person in any case of letters', async () => {
      await patch({ members: [{ email: 'Max@Example.org', role: 'editor' }] });
      const max = await user('mAX@example.ORG');
      expect((await server.get('/api/v2/team/alpha', { token: max })).status).toBe(200);
      expect((await members())['max@example.org']).toBe('editor');
      await server.delete('/api/v2/team/alpha/members', { body: [{ email: 'MAX@example.org' }] });
      expect((await server.get('/api/v2/team/alpha', { token: max })).body.code).toBe(1101);
    });

    it('keeps its last owner, by whichever name the owner is called', async () => {
      await server.createTeam('owned');
      const own = (members: unknown) => server.request('PATCH', '/api/v2/team/owned', { body: { members } });
      await own([{ id: 'o', email: 'o@x.org', role: 'owner' }]);
      expect((await own([{ email: 'O@X.org', role: 'reader' }])).body.code).toBe(1103);
      const remove = (body: unknown) => server.delete('/api/v2/team/owned/members', { body });
      expect((await remove([{ email: 'O@x.org' }])).body.code).toBe(1103);
      expect((await own([{ email: 'o@x.org', name: 'Olga' }])).body.members).toEqual([
        { id: 'o', email: 'o@x.org', name: 'Olga', role: 'owner' },
      ]);
    });

    it('the token of a workflow changes nothing of its team', async () => {
      const saved = await server.saveWorkflow('alpha', workflow('own', [script('a')], ['a']));
      const token = await make({ type: 'workflow', principal: saved.body.id, permissions: ['**/**'] });
      expect((await patch({ members: [{ id: 'x', role: 'owner' }] }, token)).body.code).toBe(403);
      expect((await patch({ parameters: [{ name: 'p', value: 'x' }] }, token)).body.code).toBe(403);
      expect((await server.get('/api/v2/team/alpha', { token })).body.code).toBe(403);
      expect((await server.get('/api/v2/team/query', { token })).body.code).toBe(403);
      expect((await server.get('/api/v2/token/query', { token })).body.code).toBe(403);
      expect(
        (await server.put(`${runs.base}/workflow`, { token, body: workflow('own', [script('b')], ['b']) })).body.code,
      ).toBe(403);
      expect((await server.post(`${runs.base}/workflow/own/submit`, { token, body: {} })).status).toBe(200);
    });

    it('an editor makes no tokens; an owner makes those of the team, with no more than the owner has', async () => {
      const [ed, olga] = await Promise.all([user('ed'), user('olga')]);
      const post = (body: unknown, token: string) => server.post('/api/v2/token', { body, token });
      expect((await post({ type: 'team', principal: 'alpha' }, ed)).body.code).toBe(403);
      expect((await post({ type: 'global' }, olga)).body.code).toBe(403);
      expect((await post({ type: 'user', principal: 'rita' }, olga)).body.code).toBe(403);
      expect((await post({ type: 'session', principal: 'olga' }, olga)).body.code).toBe(403);
      const made = await post({ type: 'team', principal: 'alpha', role: 'owner' }, olga);
      expect(made.status).toBe(200);
      expect((await server.delete(`/api/v2/token/${made.body.id}`, { token: ed })).body.code).toBe(1801);
      expect((await server.delete(`/api/v2/token/${made.body.id}`, { token: olga })).status).toBe(200);
      const weak = await user('olga', { permissions: ['token/write', '**/read'] });
      expect((await post({ type: 'team', principal: 'alpha', role: 'editor' }, weak)).body.code).toBe(403);
      expect((await post({ type: 'team', principal: 'alpha', role: 'reader' }, weak)).status).toBe(200);
      const own = await post({ type: 'user', principal: 'olga' }, weak);
      expect(own.status).toBe(200);
      expect((await patch({ members: [{ id: 'x', role: 'reader' }] }, own.body.token as string)).body.code).toBe(403);
    });

    it('a role that is taken away counts no more', async () => {
      const rita = await user('rita');
      expect((await server.get(`${runs.base}/workflowrun/count`, { token: rita })).status).toBe(200);
      await patch({ members: [{ id: 'rita', role: 'editor' }] });
      expect((await server.put(`${runs.base}/action`, { token: rita, body: [] })).body.code).toBe(400);
      await patch({ members: [{ id: 'rita', role: 'reader' }] });
      expect((await server.put(`${runs.base}/action`, { token: rita, body: [] })).body.code).toBe(403);
    });
  });

  describe('as an agent', () => {
    const secret = 's3cret-of-alpha';
    const definition = workflow(
      'secretive',
      [script('a', ['start'], { type: 'generic', params: [{ name: 'p', value: '$(params.pw)' }] })],
      ['a'],
      { params: [{ name: 'pw', type: 'password', default: secret }] },
    );
    const register = (token: string) =>
      server.post('/api/v1/agent/register', { body: { host: 'x', taskTypes: ['generic'] }, token });
    const claim = async (token: string): Promise<Answer['body'][]> => {
      const agent = await register(token);
      if (agent.status !== 200) return [];
      const answer = await server.get(`/api/v1/agent/${agent.text}/tasks?wait=0&limit=1000`, { token });
      return (answer.body as Answer['body'][] | undefined) ?? [];
    };
    const report = (item: Answer['body'], token: string, fence: number | null = item.fence as number) =>
      server.put(`/api/v1/taskrun/${item.id}/end`, {
        token,
        body: { status: 'succeeded', results: [{ name: 'r', value: 'forged' }] },
        headers: fence === null ? {} : { 'runledger-fence': String(fence) },
      });

    it('gets the tasks of its own teams alone', async () => {
      await server.createTeam('beta');
      await patch({
        members: [
          { id: 'olga', role: 'owner' },
          { id: 'ed', role: 'editor' },
          { id: 'rita', role: 'reader' },
        ],
      });
      await runs.start(definition);
      const saved = await server.get(`${runs.base}/workflow/secretive`);
      const outside = [
        await user('nobody@example.org'),
        await user('rita'),
        await make({ type: 'session', principal: 'nobody' }),
        await make({ type: 'team', principal: 'beta', role: 'owner' }),
        await make({ type: 'team', principal: 'alpha', role: 'reader' }),
        await make({ type: 'workflow', principal: saved.body.id, permissions: ['**/**'] }),
      ];
      for (const token of outside) expect(await claim(token)).toEqual([]);
      const [mine] = await claim(await user('ed'));
      expect(mine.params).toEqual([{ name: 'p', value: secret }]);
    });

    it('reports on what its own token has claimed, and on nothing else', async () => {
      const [one, two] = [
        await make({ type: 'team', principal: 'alpha' }),
        await make({ type: 'team', principal: 'alpha' }),
      ];
      const id = await runs.start(definition);
      const item = (await claim(one)).find((each) => each.workflowRunRef === id);
      expect(item.fence).toBeGreaterThan(2 ** 32);
      const before = await runs.get(id);
      expect((await report(item, two)).body.code).toBe(1506);
      expect((await report(item, two, null)).body.code).toBe(1506);
      for (const guess of [1, 2 ** 32, Number(item.fence) + 1, Number(item.fence) - 1]) {
        expect((await report(item, one, guess)).body.code).toBe(1506);
      }
      const log = (token: string, fence: number) =>
        server.post(`/api/v1/taskrun/${item.id}/log`, {
          token,
          body: 'forged',
          headers: {
            'content-type': 'text/plain',
            'runledger-log-offset': '0',
            'runledger-fence': String(fence),
          },
        });
      expect((await log(two, item.fence as number)).body.code).toBe(1506);
      expect((await log(one, 0)).body.code).toBe(1506);
      expect((await log(await user('rita'), item.fence as number)).body.code).toBe(403);
      const after = await runs.get(id);
      expect({ ...after, duration: 0, tasks: 0 }).toEqual({ ...before, duration: 0, tasks: 0 });
      expect((await report(item, one)).status).toBe(200);
      expect((await runs.ended(id)).status).toBe('succeeded');
    });

    it('writes no log of a task that nobody has claimed', async () => {
      const id = await runs.start(definition);
      const { id: taskId } = await runs.task(id, 'a');
      const answer = await server.post(`/api/v1/taskrun/${taskId}/log`, {
        body: 'forged',
        headers: { 'content-type': 'text/plain', 'runledger-log-offset': '0', 'runledger-fence': '0' },
      });
      expect(answer.body.code).toBe(1506);
      expect((await server.get(`/api/v2/taskrun/${taskId}/log`)).text).toBe('');
    });

    it('sees the state behind a conflict only where it may read it', async () => {
      const id = await runs.start(definition);
      const { id: taskId } = await runs.task(id, 'a');
      const end = (token: string) => server.put(`/api/v1/taskrun/${taskId}/end`, { token, body: {} });
      const acts = await make({ type: 'team', principal: 'alpha', permissions: ['taskrun/action'] });
      const reads = await make({ type: 'team', principal: 'alpha', permissions: ['taskrun/action', 'taskrun/read'] });
      const { body } = await end(acts);
      expect(body).not.toHaveProperty('current');
      expect(body.message).not.toMatch(/ready|pending/);
      expect((await end(reads)).body.current).toMatchObject({ id: taskId, status: 'ready' });
      const start = (token: string) => server.put(`/api/v1/workflowrun/${id}/start`, { token, body: {} });
      expect((await start(acts)).body).not.toHaveProperty('current');
      expect((await start(await user('ed'))).body.current).toMatchObject({ id });
      await server.delete(`${runs.base}/workflowrun/${id}/cancel`);
    });

    it('waits no longer than its token lasts', async () => {
      const ends: [string, (id: string) => Promise<unknown>][] = [
        ['revoked', (id) => server.delete(`/api/v2/token/${id}`)],
        ['expired', () => Promise.resolve()],
      ];
      for (const [, end] of ends) {
        const expirationDate = new Date(Date.now() + 2500).toISOString();
        const made = await server.post('/api/v2/token', { body: { type: 'team', principal: 'alpha', expirationDate } });
        const token = made.body.token as string;
        const agent = (
          await server.post('/api/v1/agent/register', { body: { host: 'x', taskTypes: ['custom'] }, token })
        ).text;
        const poll = server.get(`/api/v1/agent/${agent}/tasks?wait=60`, { token });
        await sleep(100);
        await end(made.body.id as string);
        expect((await poll).body.code).toBe(401);
      }
    });

    it('hears no more of a team that its person has left', async () => {
      await patch({ members: [{ id: 'leo', role: 'editor' }] });
      const token = await user('leo');
      const agent = (await server.post('/api/v1/agent/register', { body: { host: 'x', taskTypes: ['custom'] }, token }))
        .text;
      const poll = server.get(`/api/v1/agent/${agent}/tasks?wait=60`, { token });
      await sleep(100);
      await server.delete('/api/v2/team/alpha/members', { body: [{ id: 'leo' }] });
      expect((await poll).status).toBe(204);
    });
  });

  describe('as approver', () => {
    const approval = async (params: Readonly<Record<string, unknown>>): Promise<{ run: string; action: string }> => {
      const run = await runs.start(workflow('ask', [task('it', 'approval', params)], ['it']));
      await runs.waiting(run, 'it');
      const { body } = await server.get(`${runs.base}/action/query?order=DESC&limit=1`);
      return { run, action: body.content[0].id as string };
    };
    const decide = (id: string, token: string) =>
      server.put(`${runs.base}/action`, { body: [{ id, approved: true }], token });

    it('counts once, however many tokens there are', async () => {
      const { run, action } = await approval({ numberOfApprovers: 3 });
      const first = await make({ type: 'team', principal: 'alpha', role: 'owner' });
      const more = await Promise.all([1, 2, 3].map(() => make({ type: 'team', principal: 'alpha' }, first)));
      const apart = await make({ type: 'team', principal: 'alpha' });
      for (const token of [first, ...more, apart]) expect((await decide(action, token)).status).toBe(200);
      const olga = await Promise.all([user('olga'), user('olga'), make({ type: 'session', principal: 'olga' })]);
      for (const token of olga) expect((await decide(action, token)).status).toBe(200);
      expect((await runs.task(run, 'it')).status).toBe('waiting');
      expect((await server.get(`${runs.base}/action/${action}`)).body.numberOfApprovals).toBe(2);
      expect((await decide(action, await user('ed'))).body[0].status).toBe('approved');
    });

    it('is one person by id and by e-mail address, whenever the two are said to be one', async () => {
      const { action } = await approval({ numberOfApprovers: 3 });
      const [byId, byEmail] = await Promise.all([user('p'), user('P@X.org')]);
      const members = async () =>
        (await server.get('/api/v2/team/alpha')).body.members.filter((each: Answer['body']) => /^p(@|$)/.test(each.id));
      await patch({ members: [{ email: 'P@x.org', role: 'editor' }] });
      expect((await decide(action, byEmail)).status).toBe(200);
      await patch({ members: [{ email: 'P@x.org' }, { id: 'p', email: 'p@X.org', role: 'editor' }] });
      expect(await members()).toEqual([{ id: 'p', email: 'p@x.org', role: 'editor' }]);
      for (const token of [byId, byEmail]) expect((await decide(action, token)).status).toBe(200);
      expect((await server.get(`${runs.base}/action/${action}`)).body.numberOfApprovals).toBe(1);
      await server.delete('/api/v2/team/alpha/members', { body: [{ id: 'p' }] });
      expect(await members()).toEqual([]);
      for (const token of [byId, byEmail]) expect((await decide(action, token)).status).not.toBe(200);
    });

    it('is of the group where there is one, or an owner, or an administrator', async () => {
      await patch({ approverGroups: [{ name: 'leads', approvers: ['ED', 'ed', 'eva', 'eli'] }] });
      const { action } = await approval({ numberOfApprovers: 3, approverGroupId: 'leads' });
      expect((await decide(action, await make({ type: 'team', principal: 'alpha', role: 'owner' }))).body.code).toBe(
        403,
      );
      expect((await decide(action, await user('rita'))).body.code).toBe(403);
      expect((await decide(action, await user('ed'))).status).toBe(200);
      expect((await decide(action, await user('olga'))).status).toBe(200);
      expect((await decide(action, await make({ type: 'global' }))).body[0].status).toBe('approved');
    });
  });

  it('without a token: no body is read, whatever it is, wherever it goes', async () => {
    const body = '['.repeat(500_000);
    for (const path of ['/nope', '/api/v2/team/alpha/workflow', '/api/v1/agent/register', '/api/v2/webhook?ref=x']) {
      for (const type of ['application/yaml', 'application/json', 'text/plain', 'application/xml']) {
        const answer = await server.post(path, { token: null, body, headers: { 'content-type': type } });
        expect([path, type, answer.status]).toEqual([path, type, path === '/nope' ? 404 : 401]);
      }
    }
  });

  it('HEAD and prefetches never act', async () => {
    const agent = await server.registerAgent(['generic']);
    const id = await runs.start(workflow('looked-at', [script('a', ['start'], { type: 'generic' })], ['a']));
    const url = `/api/v1/agent/${agent}/tasks?wait=0&limit=100`;
    expect((await server.request('HEAD', url)).status).toBe(405);
    expect((await server.get(url, { headers: { 'sec-purpose': 'prefetch' } })).status).toBe(400);
    const callback = `/api/v2/callback?ref=${id}&topic=t`;
    expect((await server.request('HEAD', callback)).status).toBe(405);
    expect((await server.get(callback, { headers: { purpose: 'prefetch' } })).status).toBe(400);
    expect((await runs.task(id, 'a')).phase).toBe('pending');
    expect((await server.request('HEAD', `${runs.base}/workflowrun/${id}`)).status).toBe(200);
  });
});
