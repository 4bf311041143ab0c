import { TestServer } from './harness';
import { workflow, script } from './workflows';

let server: TestServer;
const mebi = 1024 * 1024;
const tooLarge = { code: 1001, message: expect.stringContaining('more than 4194304 bytes') as string };

beforeAll(async () => {
  server = await TestServer.start();
  await server.createTeam('alpha');
});
afterAll(() => server.stop({ tampered: null }));

describe('a page is bounded by bytes', () => {
  it('of workflows', async () => {
    const heavy = (name: string) =>
      workflow(name, [script('s', ['start'], { spec: { script: 'x'.repeat(mebi - 5000) } })], ['s']);
    for (let index = 0; index < 5; index++) {
      expect((await server.saveWorkflow('alpha', heavy(`heavy-${index}`))).status).toBe(200);
    }
    const list = (limit: number) => server.get(`/api/v2/team/alpha/workflow/query?limit=${limit}`);
    expect((await list(1000)).body).toMatchObject(tooLarge);
    const { body } = await list(3);
    expect(body).toMatchObject({ totalElements: 5 });
    expect(body.content).toHaveLength(3);
  });

  it('of tokens, and their permissions are short', async () => {
    const make = (permissions: string[]) =>
      server.post('/api/v2/token', { body: { type: 'global', name: 't', permissions } });
    expect((await make([`${'a'.repeat(130)}/read`])).body).toMatchObject({
      code: 400,
      message: expect.stringMatching(/permissions.*128/) as string,
    });
    // Older tokens may be larger.
    await server.pool.query(
      `update token set state = jsonb_set(state, '{description}', to_jsonb(repeat('x', 5000000)))`,
    );
    await make(['team/read']);
    expect((await server.get('/api/v2/token/query?limit=1000')).body).toMatchObject(tooLarge);
    expect((await server.get('/api/v2/token/query?limit=1')).status).toBe(200);
  });

  it('of teams, whose workflows are listed too', async () => {
    await server.createTeam('beta');
    const described = workflow('described', [script('s')], ['s'], { description: 'x'.repeat(2000) });
    expect((await server.saveWorkflow('beta', described)).status).toBe(200);
    await server.pool.query(
      `update team set state = jsonb_set(state, '{displayName}', to_jsonb(repeat('x', 2100000)))`,
    );
    expect((await server.get('/api/v2/team/query?limit=1000')).body).toMatchObject(tooLarge);
    const { body } = await server.get('/api/v2/team/beta');
    expect(body.workflows[0].description).toHaveLength(1000);
  });
});

it('the history of a task is read without its revisions', async () => {
  const put = (reason: string) =>
    server.put('/api/v2/team/alpha/task/t', {
      body: { name: 't', type: 'template', spec: { script: 'x'.repeat(mebi / 4) }, changelog: { reason } },
    });
  await put('one');
  expect((await put('two')).status).toBe(200);
  expect((await put('x'.repeat(1025))).body.code).toBe(400);
  const { body } = await server.get('/api/v2/team/alpha/task/t/changelog');
  expect(body).toMatchObject([
    { version: 2, reason: 'two' },
    { version: 1, reason: 'one' },
  ]);
});

it('all params of the installation are bounded', async () => {
  const make = (name: string) =>
    server.post('/api/v2/parameters', { body: { name, type: 'text', value: 'x'.repeat(mebi * 0.6) } });
  expect((await make('one')).status).toBe(200);
  expect((await make('two')).body).toMatchObject({
    code: 2002,
    message: expect.stringContaining('at most 1048576') as string,
  });
});
