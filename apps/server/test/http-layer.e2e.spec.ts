import { connect } from 'node:net';
import { adminToken, simpleWorkflow, TestServer } from './harness';

describe('what every answer has, whoever gives it', () => {
  let server: TestServer;
  let port: number;
  beforeAll(async () => {
    server = await TestServer.start();
    await server.createTeam('layer');
    await server.saveWorkflow('layer', simpleWorkflow('w'));
    await server.server.app.listen(0, '127.0.0.1');
    port = Number(new URL(await server.server.app.getUrl()).port);
  });
  afterAll(() => server.stop());

  /** Sends raw bytes, and reads until the server closes the connection. */
  const raw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(text));
      let answer = '';
      socket.on('data', (chunk: Buffer) => {
        answer += chunk.toString();
      });
      socket.on('error', (error) => (answer === '' ? reject(error) : resolve(answer)));
      socket.on('close', () => resolve(answer));
    });
  const request = (line: string, ...headers: readonly string[]) =>
    raw([line, 'Host: x', 'Connection: close', ...headers, '', ''].join('\r\n'));
  const long = 'x'.repeat(20_000);

  it.each([
    ['malformed HTTP', () => raw('nonsense\r\n\r\n'), 400, 'not well-formed HTTP/1.1'],
    ['headers that are too large', () => request('GET /health/live HTTP/1.1', `X-Long: ${long}`), 431, '16384 bytes'],
    ['a URL that is too long', () => request(`GET /health/live?${long} HTTP/1.1`), 414, '16384 bytes'],
    [
      'a segment that is too long',
      () => request(`GET /api/v2/team/${'x'.repeat(600)} HTTP/1.1`),
      414,
      '512 characters',
    ],
    ['a path that cannot be decoded', () => request('GET /api/v2/team/%zz HTTP/1.1'), 400, 'not a valid URL path'],
    ['no host', () => raw('GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n'), 400, 'Host'],
    [
      'an expectation',
      () => request('PUT /health/live HTTP/1.1', 'Expect: magic', 'Content-Length: 0'),
      417,
      '"magic"',
    ],
    ['an unknown method', () => request('PROPFIND /health/live HTTP/1.1'), 405, 'PROPFIND'],
    ['CONNECT', () => raw('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n'), 405, 'not a proxy'],
    ['NUL in a query', () => request('GET /health/live?%00 HTTP/1.1'), 400, 'NUL'],
  ])('%s', async (_name, ask, status, message) => {
    const [head = '', text = ''] = (await ask()).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head.toLowerCase()).toContain('x-request-id: ');
    expect(head.toLowerCase()).toContain('x-content-type-options: nosniff');
    const body = JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)) as Record<string, unknown>;
    expect(Object.keys(body)).toEqual(['timestamp', 'code', 'reason', 'message', 'status', 'cause']);
    expect([body['status'], body['message']]).toEqual([
      expect.stringMatching(new RegExp(`^${status} `)),
      expect.stringContaining(message),
    ]);
  });

  it('a request id, nosniff, and what keeps caches from tokens', async () => {
    const made = await server.post('/api/v2/token', { body: { type: 'team', principal: 'layer' } });
    expect(made.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    expect(made.headers['x-request-id']).toEqual(expect.any(String));
  });

  it('a content security policy on the page of the documents, which needs no inline script', async () => {
    const page = await server.get('/api/docs', { token: null });
    expect(page.text).toContain('<title>Runledger 0.1.0</title>');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect(page.text).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>/);
  });

  describe('OPTIONS and HEAD only look', () => {
    it.each([
      ['/api/v2/team/layer/workflow', 'OPTIONS, POST, PUT'],
      ['/api/v2/team/layer/workflowrun/x/cancel', 'DELETE, OPTIONS'],
      ['/api/v2/team/layer', 'GET, HEAD, OPTIONS, PATCH'],
      ['/api/v2/callback', 'GET, OPTIONS, POST'],
    ])('%s: %s', async (url, allow) => {
      const { status, headers, text } = await server.request('OPTIONS', url, { token: null });
      expect([status, headers['allow'], text]).toEqual([204, allow, '']);
    });

    it('and of what is not there, nothing', async () => {
      expect((await server.request('OPTIONS', '/nope', { token: null })).status).toBe(404);
      expect((await server.request('HEAD', '/api/v2/team/layer')).status).toBe(200);
      expect((await server.request('HEAD', '/api/v2/callback?ref=x&topic=y')).status).toBe(405);
      expect((await server.request('HEAD', '/api/v2/team/layer/workflowrun/count?statuss=x')).status).toBe(400);
    });
  });

  describe('a credential counts on its own', () => {
    const count = '/api/v2/team/layer/workflowrun/count';
    const status = async (url: string, headers: Record<string, string>) =>
      (await server.get(url, { token: null, headers })).status;

    it.each(['Basic cHJveHk6cHc=', '', 'Negotiate abc', 'Bearer', 'Bearer another-system', adminToken])(
      'beside an Authorization that is not ours: %j',
      async (authorization) => {
        expect(await status(count, { authorization })).toBe(401);
        expect(await status(count, { authorization, 'x-access-token': adminToken })).toBe(200);
        const hook = await server.post(`/api/v2/webhook?ref=x&access_token=${adminToken}`, {
          token: null,
          headers: { authorization },
          body: {},
        });
        expect(hook.body.code).toBe(1201);
      },
    );

    it('the Bearer wins over another valid one', async () => {
      await server.createTeam('other');
      const { body } = await server.post('/api/v2/token', {
        body: { type: 'team', principal: 'other', role: 'owner' },
      });
      const other = body.token as string;
      expect(await status(count, { authorization: `Bearer ${other}`, 'x-access-token': adminToken })).toBe(400);
      expect(await status(count, { authorization: `Bearer ${adminToken}`, 'x-access-token': other })).toBe(200);
    });

    it('in the URL only where systems cannot set headers', async () => {
      expect((await server.get(`${count}?access_token=${adminToken}`, { token: null })).status).toBe(401);
    });
  });
});
