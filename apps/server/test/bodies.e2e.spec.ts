import { simpleWorkflow, TestServer } from './harness';

describe('what a request may bring', () => {
  let server: TestServer;
  const submitUrl = '/api/v2/team/bodies/workflow/w/submit';

  beforeAll(async () => {
    server = await TestServer.start();
    await server.createTeam('bodies');
    await server.saveWorkflow('bodies', simpleWorkflow('w', { triggers: { webhook: { enabled: true } } }));
  });
  afterAll(() => server.stop());

  it.each([
    ['YAML', 'application/yaml', 'labels: {a: b}'],
    ['text', 'text/plain', '{"labels":{"lost":"yes"}}'],
    ['a form', 'application/x-www-form-urlencoded', 'a=b'],
    ['bytes', 'application/octet-stream', 'x'],
    ['what nobody knows', 'x/y', 'x'],
  ])('refuses %s where the route does not declare it, with what to send', async (_name, type, body) => {
    const answer = await server.post(submitUrl, { body, headers: { 'content-type': type } });
    expect([answer.status, answer.body.code, answer.body.message]).toEqual([
      415,
      415,
      `Unsupported Content-Type "${type}": send application/json.`,
    ]);
  });

  it('takes no form whose bytes are no UTF-8, and changes none', async () => {
    const { body: hook } = await server.get('/api/v2/team/bodies/workflow/w');
    const send = (body: string) =>
      server.post(`/api/v2/webhook?ref=${hook.id as string}`, {
        body,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
    for (const form of ['text=caf%E9', 'b=%ff', '%ff=1', 'a=%ED%A0%80', 'payload=%7B%22a%22%3A%22%ff%22%7D']) {
      const { status, body } = await send(form);
      expect([form, status, body.message]).toEqual([form, 400, expect.stringContaining('not UTF-8')]);
    }
    expect((await send('text=caf%C3%A9&share=100%&plus=a+b')).status).toBe(200);
  });

  it('takes no member that JavaScript would lose', async () => {
    const answer = await server.post(submitUrl, {
      body: '{"params":[{"name":"x","value":{"__proto__":{"a":1},"k":1}}]}',
    });
    expect([answer.status, answer.body.message]).toEqual([
      400,
      'body.params.0.value must not have a member named __proto__.',
    ]);
  });

  it('takes no name twice where one of the two would be lost', async () => {
    const params = [
      { name: 'n', value: 1 },
      { name: 'n', value: 2 },
    ];
    const schedule = { workflowRef: 'w', type: 'cron', cronSchedule: '0 0 * * *', params };
    for (const [url, body] of [
      [submitUrl, { params }],
      ['/api/v2/team/bodies/schedule', schedule],
    ] as const) {
      const { status, body: refused } = await server.post(url, { body });
      expect([status, refused.message]).toEqual([400, expect.stringContaining('n is given twice')]);
    }
  });

  it('reads nothing of what is sent to a route that is not there', async () => {
    const headers = { 'content-type': 'application/yaml' };
    expect((await server.post('/nope', { body: 'a: [', headers })).status).toBe(404);
    expect((await server.put(submitUrl, { body: 'a: [', headers })).status).toBe(405);
  });

  it('takes a body of one MiB, and refuses one byte more by name', async () => {
    const bodyOf = (size: number) => {
      const around = JSON.stringify({ params: [{ name: 'p', value: '' }] }).length;
      return JSON.stringify({ params: [{ name: 'p', value: 'x'.repeat(size - around) }] });
    };
    const tooLarge = await server.post(submitUrl, { body: bodyOf(1024 * 1024 + 1) });
    expect([tooLarge.status, tooLarge.body.message]).toEqual([413, 'The request body is larger than 1048576 bytes.']);
    expect(tooLarge.headers['connection']).toBe('close');
    expect((await server.post(submitUrl, { body: bodyOf(1024 * 1024) })).status).not.toBe(413);
  });

  it('counts what a body holds', async () => {
    const bodyOf = (items: number) => ({ annotations: { a: Array<number>(items).fill(0) } });
    expect((await server.post(submitUrl, { body: bodyOf(10_000) })).body.message).toBe(
      'The request body has more than 10000 values.',
    );
    expect((await server.post(submitUrl, { body: bodyOf(9000) })).status).toBe(200);
  });

  it.each([
    ['JSON', 'application/json', '"a\\u0000b"', 'well-formed Unicode text without NUL'],
    ['a lone surrogate', 'application/json', '{"a":"\\ud800"}', 'well-formed Unicode text without NUL'],
    ['a key', 'application/json', '{"\\u0000":1}', 'well-formed Unicode text without NUL'],
    ['text', 'text/plain', 'a\u0000b', 'well-formed Unicode text without NUL'],
    ['bytes that are not UTF-8', 'application/json', Buffer.from([0x22, 0xff, 0x22]), 'must be UTF-8'],
  ])('refuses what cannot be kept: %s', async (_name, type, payload, message) => {
    const [{ id }] = (await server.get('/api/v2/team/bodies/workflow/query')).body.content;
    const answer = await server.server.app.inject({
      method: 'POST',
      url: `/api/v2/webhook?ref=${String(id)}`,
      headers: { authorization: `Bearer bfg_00000000-0000-4000-8000-000000000000`, 'content-type': type },
      payload,
    });
    expect([answer.statusCode, answer.body]).toEqual([400, expect.stringContaining(message)]);
  });

  it.each([
    ['/api/v2/team/%ff/workflowrun/count', 400],
    ['/api/v2/team/%00/workflowrun/count', 400],
    ['/api/v2/team/bodies/workflowrun/%zz', 400],
    ['/api/v2/team/bodies/workflowrun/count?labels=%ff', 400],
    ['/api/v2/team/bodies/workflowrun/count?labels=a%3D%00', 400],
    ['/api/v2/team/bodies/workflowrun/count?labels=a%3D%2500', 400],
    ['/api/v2/team/bodies/workflowrun/count?labels=a%3D%25EE%2580%2580sealed%3A', 400],
    ['/api/v2/team/bodies/workflowrun/count?labels=a%3D%25ED%25A0%2580', 200],
    ['/api/v2/team/bodies/workflowrun/count?workflows=%', 200],
    ['/api/v2/token/query?fromDate=-8640000000000000&toDate=8640000000000000', 200],
    ['/api/v2/team/bodies/workflowrun/query?fromDate=-8640000000000000&toDate=8640000000000000', 200],
  ])("answers %s with the contract's body", async (url, status) => {
    const answer = await server.get(url);
    expect([answer.status, answer.body.message]).toEqual([status, status === 200 ? undefined : expect.any(String)]);
  });

  it('takes the text of a webhook as a text', async () => {
    const [{ id }] = (await server.get('/api/v2/team/bodies/workflow/query')).body.content;
    const answer = await server.post(`/api/v2/webhook?ref=${String(id)}`, {
      body: 'hello',
      headers: { 'content-type': 'text/plain' },
    });
    expect(answer.body.params).toEqual([{ name: 'payload', value: 'hello' }]);
  });
});
