import { type Answer, simpleWorkflow, TestServer } from './harness';

const base = '/api/v2/team/alpha/workflowrun/query';

describe('pages by cursor', () => {
  let server: TestServer;
  const submit = async (workflow: string, body: unknown = {}): Promise<string> =>
    ((await server.submit('alpha', workflow, body, false)).body as { id: string }).id;
  const idsOf = ({ body }: Answer): string[] => (body.content as { id: string }[]).map(({ id }) => id);
  const get = (query: string) => server.get(`${base}?${query}`);

  /** Follows the cursors to the end. `between`: done after each page. */
  const walk = async (query: string, between: () => Promise<unknown> = () => Promise.resolve()): Promise<string[]> => {
    const ids: string[] = [];
    let more = '';
    for (;;) {
      const answer = await get(query + more);
      expect(answer.status).toBe(200);
      ids.push(...idsOf(answer));
      const { nextCursor, last } = answer.body as { nextCursor?: string; last: boolean };
      expect(last).toBe(nextCursor === undefined);
      if (nextCursor === undefined) return ids;
      more = `&cursor=${nextCursor}`;
      await between();
    }
  };

  beforeAll(async () => {
    server = await TestServer.start();
    await server.createTeam('alpha');
    await server.createTeam('beta');
    for (const name of ['one', 'two', 'Ärger']) {
      await server.saveWorkflow('alpha', { ...simpleWorkflow(name), displayName: `${name} "x" ` });
    }
    const workflows = ['one', 'two', 'one', 'arger'];
    for (let index = 0; index < 24; index++) {
      const id = await submit(workflows[index % 4] ?? '', { labels: { half: String(index % 2) } });
      if (index % 3 === 0) await server.delete(`/api/v2/team/alpha/workflowrun/${id}/cancel`);
    }
  });
  afterAll(() => server.stop());

  const sorts = ['creationDate', 'workflowName', 'displayName', 'status'];
  const orders = ['ASC', 'DESC'];
  const sortings = sorts.flatMap((sort) => orders.map((order) => `sort=${sort}&order=${order}`));

  it.each(sortings)('%s: hold what the pages by number hold, in their order, whatever the filter', async (sorting) => {
    const filters = ['', 'statuses=cancelled', 'statuses=ready,cancelled', 'phase=pending', 'labels=half%3D1'];
    for (const filter of [...filters, 'workflows=two', 'triggers=engine', `fromDate=1&toDate=${Date.now()}`]) {
      const query = [sorting, filter].filter(Boolean).join('&');
      const all = idsOf(await get(`${query}&limit=1000`));
      expect(all.length).toBeGreaterThan(0);
      for (const limit of [1, 5, all.length]) expect(await walk(`${query}&limit=${limit}`)).toEqual(all);
    }
  });

  it.each(sortings)('%s: none comes twice and none is missed while others come in', async (sorting) => {
    const before = idsOf(await get(`${sorting}&limit=1000`));
    let left = 12;
    const walked = await walk(`${sorting}&limit=3`, async () => {
      if (left-- > 0) await submit('one');
    });
    expect(new Set(walked).size).toBe(walked.length);
    expect(walked.filter((id) => before.includes(id))).toEqual(before);
  });

  it('count on as pages do, and may begin at any page', async () => {
    const { body: second } = await get('limit=3&page=1');
    const { body: third } = await get(`limit=3&cursor=${second.nextCursor}`);
    expect(third.content).toEqual((await get('limit=3&page=2')).body.content);
    expect(third).toMatchObject({
      number: 2,
      size: 3,
      numberOfElements: 3,
      totalElements: second.totalElements as number,
      totalPages: second.totalPages as number,
      first: false,
      last: false,
      empty: false,
      pageable: { pageNumber: 2, offset: 6 },
    });
    const { body: last } = await get(`limit=1000&cursor=${third.nextCursor}`);
    expect(last).toMatchObject({ last: true, number: 3 });
    expect(last).not.toHaveProperty('nextCursor');
  });

  it('that are not of this list are refused by name', async () => {
    const cursor = (await get('limit=3&statuses=ready')).body.nextCursor as string;
    const refused = async (query: string, path = base): Promise<string> => {
      const { status, body } = await server.get(`${path}?${query}`);
      expect([status, body.code]).toEqual([400, 1001]);
      return body.message as string;
    };
    expect(await refused(`cursor=${cursor}&statuses=ready&page=0`)).toContain('page and cursor');
    for (const other of ['', '&statuses=ready,waiting', '&statuses=ready&order=DESC', '&statuses=ready&sort=status']) {
      expect(await refused(`cursor=${cursor}${other}`)).toContain('Parameter cursor belongs to another list');
    }
    const beta = base.replace('alpha', 'beta');
    expect(await refused(`cursor=${cursor}&statuses=ready`, beta)).toContain(
      'Parameter cursor belongs to another list',
    );
    const forged = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url');
    const [list] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [string];
    const id = '01900000-0000-7000-8000-000000000000';
    for (const wrong of [
      'x',
      'not%20one',
      forged([list, 0, 0, id, null]),
      forged([list, 1, 1e300, id, null]),
      forged([list, 1, 0, 'no id', null]),
      forged([list, 1, 0, id, 'a\0b']),
      forged({ list }),
    ]) {
      expect(await refused(`cursor=${wrong}&statuses=ready`)).toContain('Parameter cursor is no cursor');
    }
    expect(await refused(`cursor=${'a'.repeat(4097)}&statuses=ready`)).toContain('at most 4096 characters');
    expect(await refused(`cursor=${cursor}&cursor=${cursor}&statuses=ready`)).toContain(
      'Parameter cursor must be given once',
    );
  });

  it('of the longest names are within the bound', async () => {
    const displayName = '\u0001€'.repeat(128);
    const saved = await server.saveWorkflow('alpha', { ...simpleWorkflow('long'), displayName });
    expect(saved.status).toBe(200);
    for (let runs = 0; runs < 3; runs++) await submit('long');
    expect(await walk('workflows=long&sort=displayName&limit=1')).toHaveLength(3);
  });
});
