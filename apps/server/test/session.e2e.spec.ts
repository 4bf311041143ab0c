import { TestServer } from './harness';

const path = '/api/v2/session';
const own = { 'x-runledger-session': '1' };

describe('a session of a browser', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start({ trustedProxies: ['10.0.0.1'] });
    await server.createTeam('alpha');
    await server.createTeam('beta');
    await server.request('PATCH', '/api/v2/team/alpha', { body: { members: [{ id: 'ed', role: 'editor' }] } });
  });
  afterAll(() => server.stop());

  const makeToken = async (body: unknown): Promise<{ id: string; token: string }> =>
    (await server.post('/api/v2/token', { body })).body as { id: string; token: string };
  const signIn = async (token: string, headers = {}) => {
    const { status, headers: answered, body } = await server.post(path, { token, headers });
    const setCookie = String(answered['set-cookie']);
    return { status, body, setCookie, cookie: setCookie.split(';', 1)[0] ?? '' };
  };
  const withCookie = (cookie: string, headers: Readonly<Record<string, string>> = own) => ({
    token: null,
    headers: { cookie, ...headers },
  });

  it('keeps the token in a cookie that only requests of the API carry, and no script reads', async () => {
    const { token } = await makeToken({ type: 'team', principal: 'alpha', role: 'reader' });
    const { status, body, setCookie } = await signIn(token);
    expect(status).toBe(200);
    expect(setCookie).toBe(`runledger_session=${token}; Path=/api; HttpOnly; SameSite=Strict`);
    expect(JSON.stringify(body)).not.toContain(token);
  });

  it('never sends it without encryption again, once it came over HTTPS', async () => {
    const { token } = await makeToken({ type: 'team', principal: 'alpha' });
    const answer = await server.server.app.inject({
      method: 'POST',
      url: path,
      remoteAddress: '10.0.0.1',
      headers: { authorization: `Bearer ${token}`, 'x-forwarded-proto': 'https' },
    });
    expect(answer.headers['set-cookie']).toMatch(/; Secure$/);
  });

  it('says who it is, and what it may do in which teams', async () => {
    const { id, token } = await makeToken({ type: 'user', principal: 'ed', name: 'laptop' });
    const { cookie } = await signIn(token);
    const { body } = await server.get(path, withCookie(cookie));
    expect(body).toMatchObject({
      token: { id, type: 'user', name: 'laptop', permissions: ['**/**'] },
      person: 'ed',
      teams: [{ name: 'alpha', displayName: 'alpha', role: 'editor' }],
      hasMoreTeams: false,
    });
    expect(body.teams[0].permissions).toContain('workflowrun/action');
    expect(body.teams[0].permissions).not.toContain('team/manage');
    const { body: admin } = await server.get(path);
    expect(admin.teams.map(({ name }: { name: string }) => name)).toEqual(['alpha', 'beta']);
  });

  it('shows a workflow’s token its team', async () => {
    await server.saveWorkflow('alpha', {
      name: 'one',
      tasks: [
        { name: 'start', type: 'start' },
        { name: 'end', type: 'end', dependencies: [{ taskRef: 'start' }] },
      ],
    });
    const { token } = await makeToken({ type: 'workflow', principal: 'one' });
    const { body } = await server.get(path, { token });
    expect(body.teams).toMatchObject([{ name: 'alpha', permissions: expect.arrayContaining(['workflowrun/read']) }]);
  });

  it('counts only in requests of its own pages', async () => {
    const { token } = await makeToken({ type: 'team', principal: 'alpha', role: 'owner' });
    const { cookie } = await signIn(token);
    const create = (headers: Readonly<Record<string, string>>) =>
      server.put('/api/v2/team/alpha/workflow', { ...withCookie(cookie, headers), body: {} });
    const isAdmitted = async (headers: Readonly<Record<string, string>>) => (await create(headers)).status !== 401;
    expect(await isAdmitted(own)).toBe(true);
    expect(await isAdmitted({ ...own, host: 'here:8080', origin: 'http://here:8080' })).toBe(true);
    expect(await isAdmitted({ ...own, 'sec-fetch-site': 'same-origin' })).toBe(true);
    expect(await isAdmitted({})).toBe(false);
    expect(await isAdmitted({ origin: 'http://here:8080', host: 'here:8080' })).toBe(false);
    expect(await isAdmitted({ ...own, host: 'here:8080', origin: 'http://elsewhere' })).toBe(false);
    expect(await isAdmitted({ ...own, host: 'here:8080', origin: 'http://here:9090' })).toBe(false);
    expect(await isAdmitted({ ...own, host: 'here:8080', origin: 'null' })).toBe(false);
    expect(await isAdmitted({ ...own, 'sec-fetch-site': 'same-site' })).toBe(false);
    const refused = await create({});
    expect(refused.body.message).toContain('X-Runledger-Session: 1');
  });

  it('does not act for another site through a GET that changes something', async () => {
    const { token } = await makeToken({ type: 'team', principal: 'alpha', role: 'owner' });
    const { cookie } = await signIn(token);
    const { status } = await server.get('/api/v2/callback?ref=x&topic=y', withCookie(cookie, {}));
    expect(status).toBe(401);
  });

  it('no other site gets a browser’s leave to send the header', async () => {
    const { headers } = await server.request('OPTIONS', path, {
      token: null,
      headers: { origin: 'http://elsewhere', 'access-control-request-headers': 'x-runledger-session' },
    });
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  it('ends with its token', async () => {
    const { id, token } = await makeToken({ type: 'team', principal: 'alpha' });
    const { cookie } = await signIn(token);
    expect((await server.get(path, withCookie(cookie))).status).toBe(200);
    await server.delete(`/api/v2/token/${id}`);
    expect((await server.get(path, withCookie(cookie))).status).toBe(401);
  });

  it('ends when the user signs out; the token stays valid', async () => {
    const { token } = await makeToken({ type: 'team', principal: 'alpha' });
    const { cookie } = await signIn(token);
    const { status, headers } = await server.delete(path, withCookie(cookie));
    expect(status).toBe(200);
    expect(headers['set-cookie']).toBe('runledger_session=; Path=/api; HttpOnly; SameSite=Strict; Max-Age=0');
    expect((await server.get(path, { token })).status).toBe(200);
  });

  it('is not begun with a token that is wrong', async () => {
    const { status, headers } = await server.post(path, { token: 'bfg_wrong' });
    expect([status, headers['set-cookie']]).toEqual([401, undefined]);
  });
});
