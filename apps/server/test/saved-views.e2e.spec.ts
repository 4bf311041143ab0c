import { newId } from '#libs/kernel';
import { TestServer } from './harness';

const path = '/api/v2/team/alpha/view';

describe('saved views', () => {
  let server: TestServer;
  const tokens: Record<string, string> = {};
  beforeAll(async () => {
    server = await TestServer.start();
    for (const team of ['alpha', 'beta']) await server.createTeam(team);
    const people = [
      ['olga', 'owner'],
      ['ed', 'editor'],
      ['rita', 'reader'],
    ] as const;
    const members = people.map(([id, role]) => ({ id, role }));
    await server.request('PATCH', '/api/v2/team/alpha', { body: { members } });
    for (const [id] of people) {
      tokens[id] = (await server.post('/api/v2/token', { body: { type: 'user', principal: id } })).body.token as string;
    }
  });
  afterAll(() => server.stop());

  const as = (person: string, body?: unknown) => ({ token: tokens[person] ?? '', ...(body !== undefined && { body }) });
  const namesFor = async (person: string) =>
    (await server.get(path, as(person))).body.map(({ name, shared }: { name: string; shared: boolean }) => [
      name,
      shared,
    ]);
  const filters = { statuses: ['failed'], labels: { team: 'a=b, c' }, workflows: ['one'] };

  it('are of a person or of the team, and everybody sees their own and the team’s', async () => {
    const own = await server.post(path, as('rita', { name: 'Mine', filters, period: '24h' }));
    expect([own.status, own.body]).toEqual([
      200,
      { id: expect.any(String), name: 'Mine', shared: false, filters, period: '24h' },
    ]);
    const shared = await server.post(path, as('ed', { name: 'Ours', shared: true, filters }));
    expect(shared.body).toEqual({ id: expect.any(String), name: 'Ours', shared: true, filters });
    expect(await namesFor('rita')).toEqual([
      ['Ours', true],
      ['Mine', false],
    ]);
    expect(await namesFor('ed')).toEqual([['Ours', true]]);
    expect((await server.get(path)).body).toEqual([shared.body]);
  });

  it('have names that are unique with their owner, whatever their case', async () => {
    const again = await server.post(path, as('rita', { name: 'mine', filters }));
    expect([again.status, again.body.code, again.body.message]).toEqual([400, 2202, expect.stringContaining('name')]);
    expect((await server.post(path, as('olga', { name: 'Mine', filters }))).status).toBe(200);
    expect((await server.post(path, as('olga', { name: 'ours', shared: true, filters }))).body.code).toBe(2202);
  });

  it.each([
    [
      'a control character in the name',
      { name: 'a\u0007b', filters: {} },
      'name: must not contain control characters.',
    ],
    ['a period beside dates', { name: 'x', filters: { fromDate: 1 }, period: '1h' }, 'period: must be absent'],
    ['no filters', { name: 'x' }, 'filters: is missing: it must be an object.'],
    [
      'a label without a name',
      { name: 'x', filters: { labels: { '': 'y' } } },
      'the name of this field must not be empty',
    ],
  ])('are refused with %s', async (_what, body, message) => {
    const refused = await server.post(path, as('rita', body));
    expect([refused.status, refused.body.message]).toEqual([400, expect.stringContaining(message)]);
  });

  it('are changed and deleted by their owner; those of the team by who may write', async () => {
    const [shared] = (await server.get(path, as('ed'))).body as { id: string }[];
    const { body: own } = await server.post(path, as('ed', { name: 'Draft', filters: {} }));
    const change = (id: string, person: string, body: unknown) => server.put(`${path}/${id}`, as(person, body));
    expect((await change(own.id as string, 'ed', { name: 'Final', filters })).body).toMatchObject({
      name: 'Final',
      filters,
    });
    expect((await change(own.id as string, 'ed', { name: 'Final', filters, shared: true })).body.message).toMatch(
      /shared/,
    );
    expect((await change(own.id as string, 'olga', { name: 'X', filters })).body.code).toBe(2201);
    expect((await change(shared?.id ?? '', 'rita', { name: 'X', filters })).status).toBe(403);
    expect((await change(shared?.id ?? '', 'ed', { name: 'Renamed', filters })).body.name).toBe('Renamed');
    expect((await server.delete(`${path}/${shared?.id}`, as('rita'))).status).toBe(403);
    expect((await server.delete(`${path}/${own.id}`, as('olga'))).body.code).toBe(2201);
    expect([(await server.delete(`${path}/${own.id}`, as('ed'))).body, await namesFor('ed')]).toEqual([
      {},
      [['Renamed', true]],
    ]);
    for (const id of ['x', newId(), own.id as string]) {
      expect((await server.delete(`${path}/${id}`, as('ed'))).body.code).toBe(2201);
    }
    const { body: trail } = await server.get('/api/v2/team/alpha/audit?kinds=view');
    expect(trail.entries.map(({ action }: { action: string }) => action)).toContain('DeleteSavedView');
  });

  it('of a token without a person are the team’s only', async () => {
    const refused = await server.post(path, { body: { name: 'Nobody’s', filters } });
    expect([refused.status, refused.body.message]).toEqual([400, expect.stringMatching(/^Field shared must be true/)]);
    expect((await server.post(path, { body: { name: 'Program', shared: true, filters } })).status).toBe(200);
    expect((await server.post(path, as('rita', { name: 'No', shared: true, filters }))).status).toBe(403);
  });

  it.each<[string, unknown, number, RegExp]>([
    ['no name', { filters }, 400, /name: /],
    ['an empty name', { name: ' ', filters }, 400, /name: /],
    ['a long name', { name: 'x'.repeat(101), filters }, 400, /name: .*100/],
    ['no filters', { name: 'x' }, 400, /filters: /],
    ['an unknown filter', { name: 'x', filters: { status: ['failed'] } }, 1001, /[Dd]id you mean.*statuses/],
    ['an unknown status', { name: 'x', filters: { statuses: ['bad'] } }, 400, /filters\.statuses\.0: /],
    ['an unknown period', { name: 'x', filters: {}, period: '2h' }, 400, /period: /],
    ['shared as text', { name: 'x', filters: {}, shared: 'yes' }, 400, /shared: /],
    [
      'large filters',
      { name: 'x', filters: { workflows: Array(40).fill('w'.repeat(250)) } },
      400,
      /filters: .*8192 bytes/,
    ],
  ])('are refused with %s, by the name of the field', async (_, body, code, message) => {
    const answer = await server.post(path, as('olga', body));
    expect([answer.status, answer.body.code, answer.body.message]).toEqual([400, code, expect.stringMatching(message)]);
  });

  it('are 50 at most of one owner', async () => {
    let last = await server.post(path, as('olga', { name: 'view 0', filters }));
    for (let view = 1; view < 60 && last.status === 200; view++) {
      last = await server.post(path, as('olga', { name: `view ${view}`, filters }));
    }
    expect([last.status, last.body.message]).toEqual([429, expect.stringContaining('at most 50')]);
    expect((await server.get(path, as('olga'))).body.filter(({ shared }: { shared: boolean }) => !shared)).toHaveLength(
      50,
    );
  });
});
