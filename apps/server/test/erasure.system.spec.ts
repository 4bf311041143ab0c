import { verifyChain } from '#libs/ledger';
import { until } from '#libs/testing';
import { Pool } from 'pg';
import { runledger } from '../../cli/test/cli';
import { build } from './server-process';
import { adminToken, simpleWorkflow, TestServer } from './harness';
import { expectLedgerWhole } from './ledger-checks';

const address = '203.0.113.77';
const agent = 'anns-own-browser/1.2';
const annName = 'Ann "Zeuxis" Peregrine';
const annMail = 'ann.peregrine@example.com';
const erased = /^erased at \d{4}-\d\d-\d\dT[\d:.]+Z by user:olga$/;

describe('personal values that are erased', () => {
  let server: TestServer;
  let ann: string;
  let mailAnn: string;
  let olga: string;
  let token: string;
  let tokenId: string;

  const team = '/api/v2/team/mine';
  /** As one program at one address. */
  const as = (credential: string, more: Record<string, string> = {}) => ({
    token: credential,
    headers: { 'user-agent': agent, 'x-forwarded-for': address, ...more },
  });
  const newToken = async (body: Record<string, unknown>): Promise<string> =>
    (await server.post('/api/v2/token', { body })).body.token as string;
  const erase = (subject: string, more: Record<string, unknown> = {}, path = team, credential = olga) =>
    server.post(`${path}/erasures`, { body: { subject, reason: 'she asked for it', ...more }, token: credential });
  /** Every row of every table but these, as text. */
  const dump = async (but: readonly string[]): Promise<string> => {
    const tables = await server.pool.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
          and c.relname <> all($1)`,
      [but],
    );
    const texts: string[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await server.pool.query<{ text: string }>(`select t::text as text from ${name} t`);
      texts.push(...rows.map(({ text }) => text));
    }
    return texts.join('\n');
  };
  const found = async (text: string, but: readonly string[] = []): Promise<boolean> => {
    const all = await dump(but);
    return [text, JSON.stringify(text).slice(1, -1), Buffer.from(text).toString('hex')].some((form) =>
      all.includes(form),
    );
  };

  beforeAll(async () => {
    await build();
    server = await TestServer.start({ trustedProxies: ['127.0.0.1'] });
    await server.createTeam('mine');
    await server.createTeam('other');
    await server.request('PATCH', team, { body: { members: [{ id: 'olga', name: 'Olga', role: 'owner' }] } });
    await server.request('PATCH', '/api/v2/team/other', { body: { members: [{ id: 'otto', role: 'owner' }] } });
    olga = await newToken({ type: 'user', principal: 'olga' });
    ann = await newToken({ type: 'user', principal: 'ann' });
    mailAnn = await newToken({ type: 'user', principal: annMail });
    await server.request('PATCH', team, {
      body: { members: [{ id: 'ann', email: annMail.toUpperCase(), name: annName, role: 'editor' }] },
      token: olga,
      headers: { 'idempotency-key': 'add-ann' },
    });
    const made = await server.post('/api/v2/token', { body: { type: 'team', principal: 'mine', name: 'robot' } });
    token = made.body.token as string;
    tokenId = made.body.id as string;
    await server.saveWorkflow('mine', {
      name: 'w',
      tasks: [
        { name: 'start', type: 'start' },
        { name: 'ok', type: 'approval', dependencies: [{ taskRef: 'start' }] },
        { name: 'end', type: 'end', dependencies: [{ taskRef: 'ok' }] },
      ],
    });
    await server.saveWorkflow('mine', simpleWorkflow('s'));
  });
  afterAll(() => server.stop());

  let run: string;

  it('are shown while their keys are there, and are nowhere in the database', async () => {
    const submitted = await server.request('POST', `${team}/workflow/w/submit?start=true`, {
      ...as(ann, { 'idempotency-key': 'one' }),
      body: {},
    });
    expect(submitted.status).toBe(200);
    run = submitted.body.id as string;
    const actions = await server.get(`${team}/action/query`, { token: olga });
    const decided = await server.request('PUT', `${team}/action`, {
      ...as(ann, { 'idempotency-key': 'two' }),
      body: [{ id: actions.body.content[0].id, approved: true }],
    });
    expect(decided.body[0].actioners).toMatchObject([
      { approverId: 'ann', approverName: annName, approverEmail: annMail },
    ]);
    const again = await server.request('PUT', `${team}/action`, {
      ...as(ann, { 'idempotency-key': 'two' }),
      body: [{ id: actions.body.content[0].id, approved: true }],
    });
    expect(again.body).toEqual(decided.body);

    const members = (await server.get(team, { token: olga })).body.members as { id: string }[];
    expect(members.find(({ id }) => id === 'ann')).toEqual({
      id: 'ann',
      email: annMail,
      name: annName,
      role: 'editor',
    });
    const shown = await server.get(`${team}/workflowrun/${run}`, { token: olga });
    expect(JSON.stringify(shown.body)).toContain('Approved by Ann');
    const history = await server.get(`${team}/workflowrun/${run}/events`, { token: olga });
    expect(history.body.events[0]).toMatchObject({
      actor: { id: 'user:ann', name: annName },
      address,
      userAgent: agent,
    });
    const audit = await server.get(`${team}/audit?actors=user:ann`, { token: olga });
    expect(audit.body.entries[0]).toMatchObject({ actor: { id: 'ann', name: annName }, address, userAgent: agent });
    const ocsf = await server.get(`${team}/audit/export?actors=user:ann&format=ocsf`, { token: olga });
    expect(JSON.parse(ocsf.text.split('\n')[0] ?? '')).toMatchObject({ src_endpoint: { ip: address } });

    for (const value of [address, agent, annName, 'Zeuxis', annMail]) {
      // Tokens are given to ids: one of ann's has her address as principal.
      if (value === annMail) continue;
      expect([value, await found(value)]).toEqual([value, false]);
    }
  });

  it('belong to one person, by id and by e-mail address', async () => {
    const mine = await server.get(`${team}/workflowrun/query`, { token: mailAnn });
    expect(mine.status).toBe(200);
    const submitted = await server.request('POST', `${team}/workflow/s/submit?start=true`, {
      ...as(mailAnn),
      body: {},
    });
    expect(submitted.status).toBe(200);
    expect(
      (await server.request('PATCH', team, { body: { members: [{ email: annMail, role: 'editor' }] } })).status,
    ).toBe(200);
    const members = (await server.get(team, { token: olga })).body.members as { id: string }[];
    expect(members.map(({ id }) => id)).toEqual(['olga', 'ann']);
  });

  it('are opened by the commands of the owner of the database', async () => {
    const settings = { DATABASE_URL: server.database.url };
    const replayed = await runledger(['replay', '--run', run], settings);
    expect([replayed.code, replayed.err]).toEqual([0, '']);
    expect(replayed.out).toContain('Approved by Ann "Zeuxis"');
    const exported = await runledger(['export'], settings);
    expect(exported.out).toContain(`"clientAddress":"${address}"`);
    expect(exported.out).not.toContain('personal:1:');
  });

  it('cannot be forged in a request, or reach another text', async () => {
    const { rows } = await server.pool.query<{ metadata: string }>(
      `select metadata from event where stream_id = $1 and stream_version = 1`,
      [run],
    );
    const { clientAddress } = JSON.parse(rows[0]?.metadata ?? '') as { clientAddress: string };
    expect(clientAddress).toMatch(/^\uE000personal:1:[\w-]{32}:[\w-]+\uE001$/);
    const forged = await server.request('PATCH', '/api/v2/team/other', { body: { labels: { a: clientAddress } } });
    expect([forged.status, forged.body.message]).toEqual([
      400,
      'body.labels.a must not contain the mark of a sealed value (U+E000).',
    ]);
  });

  it('are previewed first: nothing is erased', async () => {
    const preview = await erase('ann', { dryRun: true });
    expect(preview.body).toMatchObject({ subject: 'user:ann', keys: 2, dryRun: true, by: { id: 'user:olga' } });
    expect(preview.body.changes).toBeGreaterThan(1);
    expect((await server.get(`${team}/erasures`, { token: olga })).body.totalElements).toBe(0);
    const byMail = await erase(annMail.toUpperCase(), { dryRun: true });
    expect(byMail.body).toMatchObject({ subject: 'user:ann', keys: 2 });
  });

  it.each([
    [{ subject: '', reason: 'x' }, 'subject'],
    [{ subject: 'agent:1', reason: 'x' }, 'Field subject must be the id or e-mail address of a person'],
    [{ subject: 'ann' }, 'reason'],
    [{ subject: 'ann', reason: '   ' }, 'reason'],
    [{ subject: 'ann', reason: 'x'.repeat(1001) }, 'reason'],
    [{ subject: 'ann', reason: 'x', force: true }, 'force'],
    [{ subject: 'nobody', reason: 'x' }, 'nothing that can be erased was recorded of user:nobody in this team'],
  ])('are not erased by a wrong request %j', async (body, message) => {
    const answer = await server.post(`${team}/erasures`, { body, token: olga });
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain(message);
  });

  it('are erased by owners of the team, and nobody else', async () => {
    expect((await erase('ann', {}, team, ann)).status).toBe(403);
    const otto = await newToken({ type: 'user', principal: 'otto' });
    expect((await erase('ann', {}, team, otto)).status).toBe(400);
    expect((await erase('ann', {}, '/api/v2', olga)).status).toBe(403);
    // What another team knows stays.
    await server.request('PATCH', '/api/v2/team/other', { body: { members: [{ id: 'ann', name: 'Ann of others' }] } });
    const strange = await erase('ann', { dryRun: true }, '/api/v2/team/other', otto);
    expect(strange.body).toMatchObject({ keys: 1, subject: 'user:ann' });
  });

  it('are gone once they are erased: the trail says when and by whom, and why', async () => {
    const before = await server.get(`${team}/audit?actors=user:ann`, { token: olga });
    const answer = await erase('user:ann');
    expect(answer.body).toMatchObject({ subject: 'user:ann', keys: 2, dryRun: false, reason: 'she asked for it' });
    expect((await server.get(`${team}/erasures`, { token: olga })).body.content).toEqual([answer.body]);
    const { rows } = await server.pool.query(
      'select from personal_key where subject = any($1) and team_id is not null',
      [['user:ann', `user:${annMail}`]],
    );
    // That of the other team.
    expect(rows).toHaveLength(1);

    const after = await server.get(`${team}/audit?actors=user:ann`, { token: olga });
    expect(after.body.entries).toHaveLength(before.body.entries.length as number);
    for (const entry of after.body.entries as Record<string, string>[]) {
      expect(entry['address']).toMatch(erased);
      expect(entry['userAgent']).toMatch(erased);
    }
    const history = await server.get(`${team}/workflowrun/${run}/events`, { token: olga });
    expect(history.body.events[0].address).toMatch(erased);
    const shown = await server.get(`${team}/workflowrun/${run}`, { token: olga });
    expect(JSON.stringify(shown.body)).not.toContain('Zeuxis');
    const [action] = (await server.get(`${team}/action/query`, { token: olga })).body.content;
    expect(action.actioners[0]).toMatchObject({ approverId: 'ann', approverName: expect.stringMatching(erased) });
    // The answer that was kept for a request that is repeated.
    const again = await server.request('PUT', `${team}/action`, {
      ...as(ann, { 'idempotency-key': 'two' }),
      body: [{ id: action.id, approved: true }],
    });
    expect(again.body[0].actioners[0].approverEmail).toMatch(erased);
    const entry = await server.get(`${team}/audit?actions=ErasePersonalData`, { token: olga });
    expect(entry.body.entries).toMatchObject([
      {
        object: { kind: 'erasure', id: answer.body.id },
        reason: 'she asked for it',
        actor: { id: 'olga', name: 'Olga' },
      },
    ]);
    for (const format of ['jsonl', 'csv', 'ocsf']) {
      const { text } = await server.get(`${team}/audit/export?format=${format}`, { token: olga });
      expect([format, text.includes(address), text.includes(annName)]).toEqual([format, false, false]);
      expect(text).toContain('erased at ');
    }
    const other = await server.get('/api/v2/team/other');
    expect(JSON.stringify(other.body.members)).toContain('Ann of others');
  });

  it('cannot be found in any table, and the ledger is whole', async () => {
    for (const value of [address, agent, annName, 'Zeuxis'])
      expect([value, await found(value)]).toEqual([value, false]);
    await expectLedgerWhole(server.pool);
    expect(await verifyChain(server.pool)).toMatchObject({ intact: true });
  });

  it('are erased for the commands of the owner of the database too, and the chain is intact', async () => {
    const settings = { DATABASE_URL: server.database.url };
    const replayed = await runledger(['replay', '--run', run, '--json'], settings);
    expect(replayed.out).toMatch(/"clientAddress":"erased at [^"]+ by user:olga"/);
    expect(replayed.out).not.toContain('Zeuxis');
    expect(await runledger(['verify'], settings)).toMatchObject({ code: 0 });
    const list = await runledger(['erasures', '--json'], settings);
    expect(JSON.parse(list.out)).toMatchObject({ subject: 'user:ann', by: 'user:olga', reason: 'she asked for it' });
    const lines = (await runledger(['erasures'], settings)).out.split('\n');
    expect(lines[1]).toMatch(/user:ann .* user:olga .* 2 .* she asked for it/);
    const { keys } = JSON.parse(list.out) as { keys: string[] };
    await server.pool.query(
      `insert into personal_key (id, subject, owner, key) values ($1, 'user:back', 'user:back', sha256('x'))`,
      [keys[0]],
    );
    const again = await runledger(['erasures', '--reapply'], settings);
    expect(again.out).toBe('1 keys of 1 erasures were there again, and are thrown away.\n');
    const nothing = await runledger(['erasures', '--reapply', '--json'], settings);
    expect(JSON.parse(nothing.out)).toEqual({ erasures: 1, keys: 0 });
  });

  it('are erased once: the second request answers the first erasure', async () => {
    // The request that was repeated above has made a key anew.
    const second = await erase('ann');
    expect(second.status).toBe(200);
    const third = await erase('ann');
    expect(third.body).toEqual(second.body);
    const { body } = await server.get(`${team}/erasures`, { token: olga });
    expect(body.totalElements).toBe(2);
  });

  it('keep their marks when a client writes back what it has read', async () => {
    const members = (await server.get(team, { token: olga })).body.members as { id: string; name: string }[];
    const back = await server.request('PATCH', team, { body: { members }, token: olga });
    expect(back.body.members).toEqual(members);
    expect(members.find(({ id }) => id === 'ann')?.name).toMatch(erased);
  });

  it('of tokens and of callers without one are erased too, by administrators in all teams', async () => {
    await server.request('POST', `${team}/workflow/s/submit`, { ...as(token), body: {} });
    await server.request('GET', team, { token: null, headers: { 'user-agent': 'stranger/1' } });
    await server.request('GET', team, { token: 'bft_none', headers: { 'user-agent': 'stranger/1' } });
    await until(
      () => server.get('/api/v2/audit?actors=anonymous'),
      ({ body }) => (body.entries as unknown[]).length >= 2,
    );
    expect((await erase(`token:${tokenId}`, {}, '/api/v2', adminToken)).body).toMatchObject({ keys: 1 });
    expect((await erase('anonymous', {}, '/api/v2', adminToken)).body).toMatchObject({ subject: 'anonymous' });
    const { body } = await server.get('/api/v2/audit?actors=anonymous');
    for (const { userAgent } of body.entries) expect(userAgent).toMatch(/^erased at .* by token:/);
    const seen = await server.get(`${team}/erasures`, { token: olga });
    expect(seen.body.content[0]).toMatchObject({ subject: `token:${tokenId}` });
    expect((await server.get('/api/v2/erasures')).body.totalElements).toBe(4);
  });

  it('are thrown away again where a backup has brought keys back', async () => {
    const database = server.database;
    const { rows } = await server.pool.query<{ key: string }>(
      `select state -> 'keys' ->> 0 as key from erasure limit 1`,
    );
    await server.pool.query(
      `insert into personal_key (id, subject, owner, key) values ($1, 'user:back', 'user:back', sha256('x'))`,
      [rows[0]?.key],
    );
    const second = await TestServer.start({ database });
    await second.stop({ tampered: null });
    const left = await server.pool.query(`select from personal_key where subject = 'user:back'`);
    expect(left.rows).toHaveLength(0);
  });

  it('are nowhere where a member is added, named as approver and removed by an e-mail address', async () => {
    const email = 'bea@example.org';
    const members = [{ id: 'bea', email, name: 'Bea Quokka' }];
    const added = await server.request('PATCH', team, {
      body: { members, approverGroups: [{ name: 'all', approvers: [email] }] },
      token: olga,
    });
    expect(added.body.approverGroups[0].approvers).toEqual([{ ...members[0], role: 'editor' }]);
    expect(
      (await server.request('DELETE', `${team}/members`, { body: [{ email: 'BEA@example.org' }], token: olga })).status,
    ).toBe(200);
    const left = (await server.get(team, { token: olga })).body.members as { id: string }[];
    expect(left.map(({ id }) => id)).toEqual(['olga', 'ann']);
    // The table of keys knows whose they are, until they are thrown away.
    expect([await found(email, ['personal_key']), await found('Quokka')]).toEqual([false, false]);
    expect((await erase(email)).body).toMatchObject({ subject: 'user:bea', keys: 2 });
    expect(await found(email)).toBe(false);
  });

  it('have keys that the service throws away only with an erasure', async () => {
    const service = new Pool({ connectionString: server.database.url, max: 1 });
    try {
      await expect(service.query('delete from personal_key')).rejects.toThrow('permission denied');
      await expect(service.query('update personal_key set key = key')).rejects.toThrow('permission denied');
    } finally {
      await service.end();
    }
  });
});
