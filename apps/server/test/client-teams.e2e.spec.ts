import { until } from '#libs/testing';
import { simpleWorkflow, TestServer } from './harness';
import { Runs, script, task, taskOf, workflow } from './workflows';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

const patch = (team: string, body: unknown, token?: string) =>
  server.request('PATCH', `/api/v2/team/${team}`, { body, ...(token !== undefined && { token }) });
const tokenOf = async (body: unknown, token?: string): Promise<string> => {
  const answer = await server.post('/api/v2/token', { body, ...(token !== undefined && { token }) });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.body.token as string;
};

describe('names are labels', () => {
  it('of a team: what it has stays its own, and older links say where it went', async () => {
    await server.createTeam('before');
    await server.createTeam('strangers');
    const runs = new Runs(server, 'before');
    const { body: own } = await server.post('/api/v2/team/before/task', {
      body: { name: 'own', type: 'script', spec: { script: 'true' } },
    });
    const definition = workflow('w', [task('ask', 'manual', { instructions: 'do' })], ['ask']);
    const id = await runs.start(definition);
    await runs.waiting(id, 'ask');
    await server.saveWorkflow('before', workflow('uses', [script('a', ['start'], { taskRef: 'before/own' })], ['a']));
    await server.submit('before', 'uses');
    const token = await tokenOf({ type: 'team', principal: 'before' });
    const stranger = await tokenOf({ type: 'team', principal: 'strangers' });
    const agent = await server.registerAgent(['script']);

    expect((await patch('before', { name: 'after' })).body).toMatchObject({ name: 'after' });

    const { body: run } = await server.get(`/api/v2/team/after/workflowrun/${id}`, { token });
    expect(run.annotations['boomerang.io/team-name']).toBe('after');
    expect(taskOf(run, 'ask').annotations['boomerang.io/team-name']).toBe('after');
    const listed = (await server.get('/api/v2/team/after/workflowrun/query')).body.content;
    expect(listed[0].annotations['boomerang.io/team-name']).toBe('after');
    expect((await server.get('/api/v2/team/after/action/query')).body.content).toMatchObject([{ teamName: 'after' }]);
    const task1 = await server.get('/api/v2/team/after/task/own');
    expect(task1.body.id).toBe(own.id);

    const moved = { code: 1101, message: 'Invalid Team reference has been provided. The team is named after now.' };
    expect((await server.get(`/api/v2/team/before/workflowrun/${id}`, { token })).body).toMatchObject(moved);
    expect((await server.get('/api/v2/team/before')).body).toMatchObject(moved);
    const unknown = await server.get('/api/v2/team/never/workflowrun/count', { token: stranger });
    const foreign = await server.get('/api/v2/team/before/workflowrun/count', { token: stranger });
    expect({ ...foreign.body, timestamp: null }).toEqual({ ...unknown.body, timestamp: null });

    // Definitions that use the old name for the team's own tasks still work.
    const again = (await server.get('/api/v2/team/after/workflow/uses')).body;
    expect((await server.saveWorkflow('after', again)).status).toBe(200);
    const [item] = await server.claim(agent, 'tasks', 10, 1);
    expect(item.annotations['boomerang.io/team-name']).toBe('after');

    // A given-up name is free, and then means the other team.
    expect((await server.post('/api/v2/team', { body: { name: 'before' } })).status).toBe(200);
    expect((await server.get('/api/v2/team/before')).body).toMatchObject({ name: 'before' });
    expect((await patch('after', { name: 'before' })).body.code).toBe(1102);
    expect((await patch('after', { name: 'Not a slug' })).body.code).toBe(1101);
  });

  it('of a team in another server as well', async () => {
    await server.createTeam('shared-1');
    const other = await TestServer.start({ database: server.database });
    try {
      expect((await other.get('/api/v2/team/shared-1')).status).toBe(200);
      await patch('shared-1', { name: 'shared-2' });
      expect((await other.get('/api/v2/team/shared-2')).body.id).toBeDefined();
      await until(
        () => other.get('/api/v2/team/shared-1'),
        ({ body }) => body.code === 1101,
      );
    } finally {
      await other.stop();
    }
  });

  it('of a team are changed by its owners', async () => {
    await server.createTeam('kept');
    await patch('kept', {
      members: [
        { id: 'ed', role: 'editor' },
        { id: 'olga', role: 'owner' },
      ],
    });
    const editor = await tokenOf({ type: 'user', principal: 'ed' });
    const owner = await tokenOf({ type: 'user', principal: 'olga' });
    expect((await patch('kept', { name: 'taken-over' }, editor)).body.code).toBe(403);
    expect((await patch('kept', { name: 'kept', displayName: 'Kept' }, editor)).status).toBe(200);
    const free = (token: string) => server.post('/api/v2/team/validate-name', { body: { name: 'given' }, token });
    expect((await free(editor)).body.code).toBe(403);
    expect((await free(owner)).status).toBe(200);
    expect((await patch('kept', { name: 'given' }, owner)).body.name).toBe('given');
  });

  it('are refused where they are reserved', async () => {
    await server.createTeam('plain');
    for (const name of ['home', 'admin', 'system', 'profile', 'connect', 'query']) {
      const wanted = { code: 1101, message: expect.stringContaining(`${name} is reserved`) as string };
      expect((await server.post('/api/v2/team', { body: { name } })).body).toMatchObject(wanted);
      expect((await server.post('/api/v2/team', { body: { displayName: name } })).body).toMatchObject(wanted);
      expect((await server.post('/api/v2/team/validate-name', { body: { name } })).body).toMatchObject(wanted);
      expect((await patch('plain', { name })).body).toMatchObject(wanted);
    }
  });

  it('of a workflow: by its id, or in its drawing', async () => {
    await server.createTeam('flows');
    const base = '/api/v2/team/flows/workflow';
    const runs = new Runs(server, 'flows');
    const id = await runs.start(workflow('one', [task('ask', 'manual', { instructions: 'do' })], ['ask']));
    await runs.waiting(id, 'ask');
    const { body: saved } = await server.get(`${base}/one`);
    const { body: renamed } = await server.put(base, { body: { ...saved, name: 'two', displayName: 'Two' } });
    expect(renamed).toMatchObject({ id: saved.id, name: 'two', displayName: 'Two', version: 2 });
    const { body: canvas } = await server.get(`${base}/two/compose`);
    expect((await server.put(`${base}/two/compose`, { body: { ...canvas, name: 'three' } })).body.name).toBe('three');
    expect((await server.get(`${base}/query`)).body.content).toMatchObject([{ id: saved.id, name: 'three' }]);

    const moved = { code: 1201, message: expect.stringContaining('The workflow is named three now.') as string };
    for (const name of ['one', 'two']) {
      expect((await server.get(`${base}/${name}`)).body).toMatchObject(moved);
      expect((await server.submit('flows', name)).body).toMatchObject(moved);
      expect((await server.delete(`${base}/${name}`)).body).toMatchObject(moved);
    }
    expect(await runs.get(id)).toMatchObject({ workflowName: 'three', workflowDisplayName: 'Two' });
    expect((await server.get('/api/v2/team/flows/workflowrun/query?workflows=three')).body.content).toMatchObject([
      { id, workflowName: 'three' },
    ]);
    expect((await server.get('/api/v2/team/flows/action/query')).body.content).toMatchObject([
      { workflowName: 'three' },
    ]);

    // The name is free, but another workflow's name is not.
    expect((await server.post(base, { body: simpleWorkflow('one') })).status).toBe(200);
    expect((await server.put(base, { body: { ...saved, name: 'one' } })).body.code).toBe(1208);
    expect((await server.get(`${base}/one`)).body.id).not.toBe(saved.id);
    // Another team's id is not a workflow of this team: this creates a new one.
    await server.createTeam('elsewhere');
    const copied = await server.put('/api/v2/team/elsewhere/workflow', { body: { ...saved, name: 'copy' } });
    expect(copied.body).toMatchObject({ name: 'copy', version: 1 });
    expect(copied.body.id).not.toBe(saved.id);
  });
});

describe('quotas', () => {
  it('that are no limits are shown as figures that do not lock', async () => {
    await server.createTeam('free');
    const numbers = {
      maxWorkflowCount: 10,
      maxWorkflowRunMonthly: 20,
      maxWorkflowStorage: 25,
      maxWorkflowRunStorage: 2,
      maxWorkflowRunDuration: 30,
      maxConcurrentRuns: 20_000,
    };
    const { unlimited, ...defaults } = (await server.get('/api/v2/team/quotas/default')).body;
    expect(defaults).toEqual(numbers);
    expect(unlimited).toEqual([...Object.keys(numbers)].filter((name) => name !== 'maxConcurrentRuns'));
    const { quotas: shown } = (await server.get('/api/v2/team/free')).body;
    expect(shown).toMatchObject(numbers);
    // Who sends the answer back makes no limits of them.
    const sent = await server.request('PATCH', '/api/v2/team/free', { body: { quotas: shown } });
    expect([sent.status, sent.body.quotas]).toEqual([200, shown]);
    for (let index = 0; index < 11; index++) {
      expect((await server.saveWorkflow('free', simpleWorkflow(`w-${index}`))).status).toBe(200);
    }
    const { quotas } = (await server.get('/api/v2/team/free')).body;
    expect(quotas).toMatchObject({ currentWorkflowCount: 11, maxWorkflowCount: 12 });
    await patch('free', { quotas: { maxConcurrentRuns: 0 } });
    expect((await server.get('/api/v2/team/free')).body.quotas).toMatchObject({ maxConcurrentRuns: 20_000 });
    await patch('free', { quotas: { maxWorkflowCount: 11, maxConcurrentRuns: 7 } });
    expect((await server.get('/api/v2/team/free')).body.quotas).toMatchObject({
      maxWorkflowCount: 11,
      maxConcurrentRuns: 7,
    });
    expect((await server.saveWorkflow('free', simpleWorkflow('more'))).body.code).toBe(1020);
    expect((await server.delete('/api/v2/team/free/quotas')).status).toBe(200);
    expect((await server.get('/api/v2/team/free')).body.quotas).toMatchObject({
      ...numbers,
      maxWorkflowCount: 12,
    });
    expect((await server.saveWorkflow('free', simpleWorkflow('more'))).status).toBe(200);
  });
});

describe('tokens', () => {
  let workflowId: string;
  let owner: string;

  beforeAll(async () => {
    for (const team of ['reds', 'blues']) await server.createTeam(team);
    workflowId = (await server.saveWorkflow('reds', simpleWorkflow('only-red'))).body.id as string;
    for (const team of ['reds', 'blues']) await server.saveWorkflow(team, simpleWorkflow('both'));
    await patch('reds', { members: [{ id: 'rosa', name: 'Rosa R.', role: 'owner' }] });
    owner = await tokenOf({ type: 'user', principal: 'rosa', name: 'hers' });
  });

  const list = async (query: string, token?: string) => {
    const answer = await server.get(`/api/v2/token/query?limit=100&${query}`, { ...(token && { token }) });
    expect(answer.status).toBe(200);
    return (answer.body.content as { name: string }[]).map(({ name }) => name).sort();
  };

  it('end when it is said: as a date, as milliseconds, as their digits', async () => {
    const date = Date.now() + 3_600_000;
    const wanted = new Date(date).toISOString().replace('Z', '+00:00');
    for (const expirationDate of [date, String(date), new Date(date).toISOString()]) {
      const body = { type: 'team', principal: 'reds', expirationDate };
      expect((await server.post('/api/v2/token', { body })).body.expirationDate).toBe(wanted);
    }
    for (const expirationDate of [1, '1', -1, 'soon', 1e15, '']) {
      const { body } = await server.post('/api/v2/token', {
        body: { type: 'team', principal: 'reds', expirationDate },
      });
      expect(body).toMatchObject({ code: 400, message: expect.stringContaining('expirationDate') as string });
    }
  });

  it('are for teams and workflows by name, and are found by name', async () => {
    await tokenOf({ type: 'workflow', principal: 'only-red', name: 'by name' });
    await tokenOf({ type: 'workflow', principal: workflowId, name: 'by id' });
    await tokenOf({ type: 'team', principal: 'reds', name: 'team' });
    await tokenOf({ type: 'workflow', principal: 'both', name: 'of an owner' }, owner);
    expect((await server.post('/api/v2/token', { body: { type: 'workflow', principal: 'both' } })).body).toMatchObject({
      code: 400,
      message: expect.stringContaining('several teams') as string,
    });
    expect(
      (await server.post('/api/v2/token', { body: { type: 'workflow', principal: 'nobodys' }, token: owner })).body
        .code,
    ).toBe(1201);
    expect(await list('principals=only-red')).toEqual(['by id', 'by name']);
    expect(await list('principals=reds&types=team')).toContain('team');
    expect(await list('principals=both,rosa')).toEqual(['hers', 'of an owner']);
  });

  it('of a person list by types', async () => {
    expect(await list('types=user', owner)).toEqual(['hers']);
    expect(await list('types=user&principals=rosa', owner)).toEqual(['hers']);
    expect(await list('types=workflow', owner)).toEqual(['by id', 'by name', 'of an owner']);
    expect(await list('types=global', owner)).toEqual([]);
    const team = await tokenOf({ type: 'team', principal: 'reds', name: 'own', role: 'owner' });
    expect(await list('types=team', team)).toContain('own');
    expect(await list('principals=blues', team)).toEqual([]);
  });

  it('of a person start runs in the name of that person', async () => {
    const { body: run } = await server.post('/api/v2/team/reds/workflow/only-red/submit', { body: {}, token: owner });
    expect(run).toMatchObject({ initiatedByRef: 'user:rosa', initiatedByUserName: 'Rosa R.' });
    const cancelled = await server.request('DELETE', `/api/v2/team/reds/workflowrun/${run.id}/cancel`, {
      token: owner,
    });
    expect(cancelled.body).toMatchObject({ status: 'cancelled', initiatedByUserName: 'Rosa R.' });
    const { body } = await server.get(`/api/v2/team/reds/workflowrun/${run.id as string}`);
    expect(body).toMatchObject({ initiatedByRef: 'user:rosa', initiatedByUserName: 'Rosa R.' });
    expect((await server.get('/api/v2/team/reds/workflowrun/query')).body.content[0].initiatedByUserName).toBe(
      'Rosa R.',
    );
  });
});

describe('params', () => {
  it.each([
    [{ type: 'number', value: 'many' }, 'value of p must be a number'],
    [{ type: 'boolean', value: 'maybe' }, 'value of p must be true or false'],
    [{ type: 'json', default: '{' }, 'default of p must be JSON'],
    [{ type: 'select', options: [{ key: 'a' }], value: 'b' }, 'value of p must be one of: a'],
    [{ type: 'colour', value: 'b' }, 'type of p must be one of'],
  ])('of a team and of the installation fit their type: %j', async (given, message) => {
    await server.createTeam('typed');
    const body = { name: 'p', ...given };
    const wanted = { code: 2002, message: expect.stringContaining(message) as string };
    expect((await patch('typed', { parameters: [body] })).body).toMatchObject(wanted);
    expect((await server.post('/api/v2/parameters', { body })).body).toMatchObject(wanted);
  });

  it('that fit are taken', async () => {
    const parameters = [
      { name: 'n', type: 'number', value: '1.5' },
      { name: 'b', type: 'boolean', value: false },
      { name: 'e', type: 'number', value: '' },
      { name: 's', type: 'select', options: [{ key: 'a' }], value: 'a' },
    ];
    expect((await patch('typed', { parameters })).status).toBe(200);
  });
});
