import { createLogger } from '#libs/observability';
import { createTestDatabase, TcpProxy, type TestDatabase, until } from '#libs/testing';
import { Pool } from 'pg';
import { type Answer, simpleWorkflow, TestServer } from './harness';

describe('a server whose database is away', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let server: TestServer;

  beforeEach(async () => {
    database = await createTestDatabase();
    proxy = await TcpProxy.start(database.url);
    const proxied = (url: string) => Object.assign(new URL(url), { host: new URL(proxy.url).host }).toString();
    server = await TestServer.start({
      database: { url: proxy.url, ownerUrl: proxied(database.ownerUrl), drop: () => Promise.resolve() },
      logger: createLogger('silent'),
    });
    server.pool.on('error', () => undefined);
    await server.createTeam('alpha');
    await server.saveWorkflow('alpha', simpleWorkflow('one'));
  });
  afterEach(async () => {
    proxy.heal();
    await server.stop();
    await proxy.stop();
    await database.drop();
  });

  const expectUnavailable = (name: string, { status, headers, body }: Answer): void => {
    expect([name, status, headers['retry-after'], (body as { reason?: string }).reason]).toEqual([
      name,
      503,
      '1',
      'SERVICE_UNAVAILABLE',
    ]);
  };
  const lose = (): void => {
    proxy.hang({ andNew: true });
    proxy.reset();
  };

  it('answers 503 on every route, reads and long polls too, and works when it is back', async () => {
    const { paths } = (await server.get('/api/openapi.json')).body as { paths: Record<string, object> };
    const agent = await server.registerAgent();
    const poll = `/api/v1/agent/${agent}/tasks?wait=30`;
    await server.get(`/api/v1/agent/${agent}/tasks?wait=0`);
    // An open poll keeps waiting, and gets its answer when the database is back.
    const underWay = server.get(`/api/v1/agent/${agent}/tasks?wait=60`);
    lose();
    // Callers get the error both right after the loss and when it is known; they never wait.
    const first = await Promise.all(
      ['/api/v2/team/alpha/workflowrun/query', '/api/v2/team/alpha/workflowrun/count', '/api/v2/team/alpha'].map(
        (url) => server.get(url),
      ),
    );
    for (const answer of first) expectUnavailable('at once', answer);
    await until(
      () => server.get(`/api/v1/agent/${agent}/tasks?wait=0`),
      ({ status }) => status === 503,
    );
    expectUnavailable('poll', await server.get(poll));
    for (const [path, methods] of Object.entries(paths)) {
      if (path === '/health/live' || path === '/metrics') continue;
      for (const method of Object.keys(methods)) {
        const url = path.replace('{team}', 'alpha').replace(/\{\w+\}/g, 'x');
        const name = `${method} ${url}`;
        expectUnavailable(name, await server.request(method.toUpperCase(), url, method === 'get' ? {} : { body: {} }));
      }
    }
    expect((await server.get('/health/live')).status).toBe(200);
    const figures = await server.get('/metrics', { token: null });
    expect(figures.status).toBe(200);
    expect(figures.text).toContain('runledger_figures_complete 0');
    expect(figures.text).not.toMatch(/^runledger_(runs|ledger_position)/m);
    proxy.heal();
    await until(
      () => server.submit('alpha', 'one'),
      ({ status }) => status === 200,
    );
    expect((await server.get('/health/ready')).status).toBe(200);
    const run = await server.submit('alpha', 'one');
    expect([run.status, (await underWay).status]).toEqual([200, 200]);
  });

  it('is not ready on a primary that takes no writes', async () => {
    expect((await server.get('/health/ready')).status).toBe(200);
    const admin = new Pool({ connectionString: database.ownerUrl, max: 1 });
    const name = new URL(database.url).pathname.slice(1);
    await admin.query(`alter database ${name} set default_transaction_read_only = on`);
    proxy.reset();
    const ready = await until(
      () => server.get('/health/ready'),
      ({ body }) => (body as { message?: string }).message === 'The database accepts no writes.',
    );
    expectUnavailable('ready', ready);
    expectUnavailable('a write', await server.post('/api/v2/team', { body: { name: 'beta' } }));
    await admin.query(
      `set default_transaction_read_only = off; alter database ${name} reset default_transaction_read_only`,
    );
    await admin.end();
    proxy.reset();
    await until(
      () => server.get('/health/ready'),
      ({ status }) => status === 200,
    );
  });

  it('answers a repetition from its receipt, also where what it was about is gone', async () => {
    const { body: token } = await server.post('/api/v2/token', { body: { type: 'team', principal: 'alpha' } });
    const headers = { 'idempotency-key': 'once' };
    const ask = (url: string, key: string) => server.delete(url, { headers: { 'idempotency-key': key } });
    for (const url of [`/api/v2/token/${(token as { id: string }).id}`, '/api/v2/team/alpha/workflow/one']) {
      const first = await ask(url, url);
      expect([url, first.status]).toEqual([url, first.status < 300 ? first.status : 200]);
      const second = await ask(url, url);
      expect([second.status, second.text]).toEqual([first.status, first.text]);
    }
    const gone = await server.request('POST', '/api/v2/team/alpha/workflow/one/submit', { body: {}, headers });
    expect(gone.body).toMatchObject({ code: 1201 });
    expect((await server.delete('/api/v2/team/alpha/workflow/one')).status).toBe(400);
    expect(
      (
        await server.delete('/api/v2/team/alpha/workflow/other', {
          headers: { 'idempotency-key': '/api/v2/team/alpha/workflow/one' },
        })
      ).status,
    ).toBe(422);
  });
});
