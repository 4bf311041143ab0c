import { simpleWorkflow, TestServer } from './harness';
import { task, workflow } from './workflows';

/** A header as it is sent: Node uses one character for each byte. */
const wire = (text: string) => Buffer.from(text).toString('latin1');

describe('the header X-Reason', () => {
  let server: TestServer;
  const team = '/api/v2/team/reasons';
  const reasonsOf = async (streamId: string, command: string) => {
    const { rows } = await server.pool.query<{ reason: string | null }>(
      "select distinct metadata::jsonb->>'reason' as reason from event where stream_id = $1 and metadata::jsonb->>'requestId' = $2",
      [streamId, command],
    );
    return rows.map(({ reason }) => reason);
  };
  let requests = 0;
  const send = async (method: string, url: string, reason: string | undefined, body?: unknown) => {
    const requestId = `reason-${++requests}`;
    const headers = { 'x-request-id': requestId, ...(reason !== undefined && { 'x-reason': reason }) };
    const answer = await server.request(method, url, { body, headers });
    return { ...answer, requestId };
  };
  const submitted = async (): Promise<string> => (await server.submit('reasons', 'w')).body.id as string;

  beforeAll(async () => {
    server = await TestServer.start();
    await server.createTeam('reasons');
    await server.saveWorkflow('reasons', simpleWorkflow('w', { triggers: { webhook: { enabled: true } } }));
  });
  afterAll(() => server.stop());

  it.each([
    ['because I say', 'because I say'],
    [wire('weil die Straße gesperrt ist ✔'), 'weil die Straße gesperrt ist ✔'],
    ['Stra%C3%9Fe%20%26%20Co', 'Straße & Co'],
    ['100% sure', '100% sure'],
    ['  ', null],
    ['x'.repeat(1000), 'x'.repeat(1000)],
    [undefined, null],
  ])('%j is kept in the ledger as %j', async (sent, kept) => {
    const id = await submitted();
    const { status, requestId } = await send('DELETE', `${team}/workflowrun/${id}/cancel`, sent);
    expect([status, await reasonsOf(id, requestId)]).toEqual([200, [kept]]);
  });

  it.each([
    ['x'.repeat(1001), 'must have at most 1000 characters'],
    ['%C3%9F'.repeat(1001), 'must have at most 1000 characters'],
    ['a%0Ab', 'must not contain control characters'],
    ['a\tb', 'must not contain control characters'],
    ['a%00b', 'must not contain control characters'],
    [Buffer.from([0x61, 0xff]).toString('latin1'), 'must be UTF-8, or percent-encoded'],
  ])('%j is refused, and nothing is done', async (sent, why) => {
    const id = await submitted();
    const before = (await server.get(`${team}/workflowrun/${id}`)).body.status as string;
    const { status, body } = await send('DELETE', `${team}/workflowrun/${id}/cancel`, sent);
    expect([status, body.code, body.message]).toEqual([400, 400, `Header X-Reason ${why}.`]);
    expect((await server.get(`${team}/workflowrun/${id}`)).body.status).toBe(before);
  });

  it('is kept with writes of every kind; a retry and an event have one of their own where none is sent', async () => {
    const id = await submitted();
    await server.delete(`${team}/workflowrun/${id}/cancel`);
    for (const [sent, kept] of [
      ['try again', 'try again'],
      [undefined, 'retry'],
    ]) {
      const retried = await send('PUT', `${team}/workflowrun/${id}/retry`, sent);
      expect(await reasonsOf(retried.body.id as string, retried.requestId)).toEqual([kept]);
    }
    const ref = (await server.get(`${team}/workflow/w`)).body.id as string;
    const hook = await send('POST', `/api/v2/webhook?ref=${ref}`, 'a push', {});
    expect(await reasonsOf(hook.body.id as string, hook.requestId)).toEqual(['a push']);
    await server.saveWorkflow(
      'reasons',
      workflow('waits', [task('e', 'eventwait', { topic: 't' }), task('f', 'eventwait', { topic: 't' }, ['e'])], ['f']),
    );
    const waiting = (await server.submit('reasons', 'waits')).body.id as string;
    for (const [sent, kept] of [
      ['it is there', 'it is there'],
      [undefined, 'event t'],
    ]) {
      const called = await send('GET', `/api/v2/callback?ref=${waiting}&topic=t`, sent);
      expect(await reasonsOf(waiting, called.requestId)).toEqual([kept]);
    }
    const patched = await send('PATCH', team, 'tidy up', { displayName: 'Reasons' });
    expect(await reasonsOf(patched.body.id as string, patched.requestId)).toEqual(['tidy up']);
  });
});
