import { type Answer, simpleWorkflow, TestServer } from './harness';

const secret = 'workflow-history-s3cret';

describe('the history of a workflow', () => {
  let server: TestServer;
  let ann: string;
  beforeAll(async () => {
    server = await TestServer.start();
    await server.createTeam('alpha');
    await server.request('PATCH', '/api/v2/team/alpha', {
      body: { members: [{ id: 'ann', name: 'Ann', role: 'owner' }] },
    });
    ann = (await server.post('/api/v2/token', { body: { type: 'user', principal: 'ann' } })).body.token as string;
    const save = async (definition: unknown, reason: string, query = ''): Promise<void> => {
      const { status, text } = await server.put(`/api/v2/team/alpha/workflow${query}`, {
        body: definition,
        token: ann,
        headers: { 'x-reason': reason },
      });
      if (status !== 200) throw new Error(text);
    };
    const params = [{ name: 'key', type: 'password', default: secret }];
    await save(simpleWorkflow('one', { params }), 'first');
    await save(simpleWorkflow('one', { params, description: 'Second', timeout: 5 }), 'second');
    const { tasks, ...rest } = simpleWorkflow('one', { params, description: 'Replaced', timeout: 5 });
    const [start, a, end] = tasks;
    const b = { ...a, name: 'b' };
    await save({ ...rest, tasks: [start, b, { ...a, spec: { script: 'false' } }, end] }, 'third', '?replace=true');
    const { body } = await server.get('/api/v2/team/alpha/workflow/one');
    await save({ ...body, params: [{ ...params[0], default: `${secret}-2` }] }, 'new secret');
    const { body: shown } = await server.get('/api/v2/team/alpha/workflow/one');
    await save({ ...shown, timeout: 6 }, 'secret kept');
  });
  afterAll(() => server.stop());

  const get = (rest: string): Promise<Answer> => server.get(`/api/v2/team/alpha/workflow/one/${rest}`);

  it('lists who changed what, when and why', async () => {
    const { body } = await get('revisions');
    const author = { id: 'user:ann', name: 'Ann' };
    expect(body.revisions).toEqual([
      expect.objectContaining({ version: 1, replaced: false, actor: author, reason: 'first', changed: [] }),
      expect.objectContaining({ version: 2, replaced: true, actor: author, reason: 'second' }),
      expect.objectContaining({ version: 2, replaced: false, actor: author, reason: 'third' }),
      expect.objectContaining({ version: 3, reason: 'new secret', changed: ['/params/key/default'] }),
      expect.objectContaining({ version: 4, reason: 'secret kept', changed: ['/timeout'] }),
    ]);
    // The first three send the secret in plain: nobody can tell that it is the same.
    const sent = '/params/key/default';
    expect([...(body.revisions[1].changed as string[])].sort()).toEqual(['/description', sent, '/timeout']);
    expect([...(body.revisions[2].changed as string[])].sort()).toEqual([
      '/description',
      sent,
      '/tasks/a/spec/script',
      '/tasks/b',
    ]);
    const first = await get('revisions?limit=1');
    expect(first.body.revisions).toEqual([body.revisions[0]]);
    expect((await get(`revisions?after=${first.body.next as number}`)).body).toEqual({
      revisions: body.revisions.slice(1),
    });
  });

  it('compares two revisions field by field', async () => {
    const { body } = await get('diff?from=1&to=2');
    const byPath = Object.fromEntries(
      (body.changes as { path: string }[]).map(({ path, ...change }) => [path, change]),
    );
    expect(byPath).toEqual({
      '/description': { before: '', after: 'Replaced' },
      '/timeout': { after: 5 },
      '/params/key/default': { before: '******', after: '******' },
      '/tasks/a/spec/script': { before: 'true', after: 'false' },
      '/tasks/b': { after: expect.objectContaining({ name: 'b' }) as unknown },
    });
    expect(body.total).toBe(5);
    const secrets = await get('diff?from=2&to=3');
    expect(secrets.body.changes).toEqual([{ path: '/params/key/default', before: '******', after: '******' }]);
    expect((await get('diff?from=1&to=9')).status).toBe(409);
    expect((await get('diff?from=0&to=3')).body.message).toContain('Parameter from');
    expect((await get('diff?from=1')).body.message).toContain('Parameter to is required');
  });

  it('lists events, without secrets, also of a deleted workflow', async () => {
    const { body, text } = await get('events');
    const types = (events: { type: string }[]) => events.map(({ type }) => type);
    expect(types(body.events)).toEqual(['WorkflowCreated', ...Array.from({ length: 4 }, () => 'WorkflowRevised')]);
    expect(body.events[1].data).toMatchObject({ version: 2, workflow: { description: 'Second', timeout: 5 } });
    const diff = await get('diff?from=1&to=2');
    for (const each of [text, diff.text, (await get('revisions')).text]) {
      expect(each).not.toContain(secret);
      expect(each).not.toContain('sealed:');
    }
    await server.delete('/api/v2/team/alpha/workflow/one');
    const deleted = await get('events?types=WorkflowDeleted');
    expect(types(deleted.body.events)).toEqual(['WorkflowDeleted']);
    expect((await get('revisions')).body.revisions).toHaveLength(5);
    expect((await get('diff?from=1&to=2')).status).toBe(200);
  });

  it('is out of reach for another team', async () => {
    await server.createTeam('beta');
    const { body } = await server.post('/api/v2/token', { body: { type: 'team', principal: 'beta', role: 'owner' } });
    const token = body.token as string;
    for (const rest of ['events', 'revisions', 'diff?from=1&to=2']) {
      expect((await server.get(`/api/v2/team/beta/workflow/one/${rest}`, { token })).body.code).toBe(1201);
      expect((await server.get(`/api/v2/team/alpha/workflow/one/${rest}`, { token })).body.code).toBe(1201);
    }
  });
});
