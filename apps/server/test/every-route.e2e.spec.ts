import { type Answer, simpleWorkflow, TestServer } from './harness';

interface Route {
  readonly method: string;
  readonly path: string;
}

/** Tests every route in the OpenAPI document, so that a new one is tested from its first day. */
describe('every route', () => {
  let server: TestServer;
  let routes: Route[];
  let reader: string;
  let foreign: string;

  beforeAll(async () => {
    server = await TestServer.start();
    await server.createTeam('alpha');
    await server.createTeam('beta');
    await server.saveWorkflow('alpha', simpleWorkflow('one'));
    const { paths } = (await server.get('/api/openapi.json')).body as {
      paths: Record<string, Record<string, unknown>>;
    };
    routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
    );
    const tokenOf = async (body: unknown) => (await server.post('/api/v2/token', { body })).body.token as string;
    reader = await tokenOf({ type: 'team', principal: 'alpha', permissions: ['workflow/read'] });
    foreign = await tokenOf({ type: 'team', principal: 'beta', role: 'owner' });
  });
  afterAll(() => server.stop());

  const filled = (path: string, value: string) =>
    path.replace(/\{(\w+)\}/g, (_whole, name: string) => (name === 'team' ? 'alpha' : encodeURIComponent(value)));
  const isPublic = ({ path }: Route) => /^\/(health|metrics)/.test(path);
  const isForAnyToken = ({ path }: Route) => path === '/api/v2/session';
  const expectError = (route: string, { status, body }: Answer): void => {
    expect([route, status, Object.keys(body as object).slice(0, 6)]).toEqual([
      route,
      status,
      ['timestamp', 'code', 'reason', 'message', 'status', 'cause'],
    ]);
    expect([route, (body as { status: string }).status.split(' ')[0]]).toEqual([route, String(status)]);
  };

  it('is there', () => {
    expect(routes.length).toBeGreaterThan(70);
  });

  it('lets nobody in without a token, and nobody do what the token is not for', async () => {
    for (const route of routes.filter((each) => !isPublic(each))) {
      const url = filled(route.path, 'x');
      const name = `${route.method} ${url}`;
      const none = await server.request(route.method, url, { token: null });
      expect([name, none.status]).toEqual([name, 401]);
      expectError(name, none);
      if ((route.method === 'GET' && route.path.includes('/workflow')) || isForAnyToken(route)) continue;
      const little = await server.request(route.method, url, {
        token: reader,
        ...(route.method !== 'GET' && { body: {} }),
        ...(route.path.endsWith('/log') && { headers: { 'content-type': 'text/plain' } }),
      });
      expect([name, little.status]).toEqual([name, 403]);
    }
  });

  it('of a team is closed to the tokens of another', async () => {
    for (const { method, path } of routes.filter((each) => each.path.includes('{team}'))) {
      const name = `${method} ${filled(path, 'x')}`;
      const answer = await server.request(method, filled(path, 'x'), {
        token: foreign,
        ...(method !== 'GET' && { body: {} }),
      });
      expect([name, answer.status]).toEqual([name, 400]);
      expectError(name, answer);
    }
  });

  it('answers garbage with the contract’s error, and never with a fault', async () => {
    const bodies = [
      '{',
      'null',
      '[]',
      '[null]',
      '"text"',
      '7',
      '{}',
      '{"name":7,"id":[],"params":"x","spec":[],"tasks":{},"nodes":7}',
      '[{"id":{},"approved":"yes"}]',
      '{"name":"\\u0000"}',
      '{"apiVersion":"tekton.dev/v1","kind":"Task"}',
      '{"specversion":7}',
      `{"a":${'['.repeat(200)}${']'.repeat(200)}}`,
    ];
    const values = [
      'x',
      '%00',
      '../..',
      "' or 1=1 --",
      '00000000-0000-7000-8000-000000000000',
      'ü'.repeat(300),
      '__proto__',
    ];
    const queries = [
      '',
      '?limit=x',
      '?limit=-1&page=9999999999',
      '?labels=%00',
      '?fromDate=abc&toDate=1e99',
      '?version=0',
      '?ref=%00&topic=x',
      '?from=%F0%9F%98%80&dryRun=maybe',
      '?statuses=a,b&types=c&cron=@@@',
    ];
    for (const { method, path } of routes.filter((each) => !isPublic(each) && !each.path.endsWith('/log'))) {
      const attempts = [
        ...values.map((value) => [filled(path, value), undefined] as const),
        ...queries.map((query) => [filled(path, 'x') + query, undefined] as const),
        ...(method === 'GET' ? [] : bodies.map((body) => [filled(path, 'x'), body] as const)),
      ];
      for (const [url, body] of attempts) {
        const wait = path.includes('/agent/') ? `${url.includes('?') ? '&' : '?'}wait=0` : '';
        const answer = await server.request(method, url + wait, body === undefined ? {} : { body });
        const name = `${method} ${url} ${body ?? ''}`.slice(0, 200);
        expect([name, answer.status < 500]).toEqual([name, true]);
        if (answer.status >= 400) expectError(name, answer);
      }
    }
    expect((await server.get('/health/ready')).status).toBe(200);
  });

  it('takes YAML bombs, wrong YAML and other types for what they are', async () => {
    const bomb =
      'a: &a [x,x,x,x,x,x,x,x,x]\n' +
      ['b', 'c', 'd', 'e', 'f', 'g', 'h']
        .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[index]}`).join(',')}]`)
        .join('\n');
    for (const url of ['/api/v2/team/alpha/task', '/api/v2/team/alpha/workflow']) {
      const post = (body: string, type: string) => server.post(url, { body, headers: { 'content-type': type } });
      expectError(url, await post(bomb, 'application/yaml'));
      expectError(url, await post('a: b: c', 'text/yaml'));
      expectError(url, await post('!!js/function "x"', 'application/x-yaml'));
      expect((await post('<a/>', 'application/xml')).status).toBe(415);
    }
  });
});
