import { type Answer, simpleWorkflow, TestServer } from './harness';
import { Runs, task, workflow } from './workflows';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
  await server.createTeam('lists');
});
afterAll(() => server.stop());

const base = '/api/v2/team/lists';
const names = ({ body }: Answer, field = 'name') =>
  (body.content as Record<string, unknown>[]).map((item) => item[field]);

describe('a list without limit', () => {
  beforeAll(async () => {
    for (let index = 0; index < 12; index++) {
      const name = `w-${String(index).padStart(2, '0')}`;
      const saved = await server.saveWorkflow('lists', {
        ...simpleWorkflow(name),
        displayName: `${index % 2 === 0 ? 'a' : 'B'} ${11 - index}`,
        status: index === 3 ? 'inactive' : 'active',
        triggers: { schedule: { enabled: true } },
      });
      expect(saved.status).toBe(200);
      await server.post(`${base}/task`, {
        body: { name: `t-${name}`, displayName: `T ${11 - index}`, type: 'script', spec: { script: 'true' } },
      });
      await server.post(`${base}/schedule`, {
        body: { name, workflowRef: saved.body.id as string, type: 'cron', cronSchedule: '0 4 * * *' },
      });
    }
  });

  it.each(['workflow', 'task', 'schedule'])('of %s is whole, as one page', async (kind) => {
    const { body } = await server.get(`${base}/${kind}/query?page=3`);
    expect(body).toMatchObject({ number: 0, size: 12, totalElements: 12, totalPages: 1, first: true, last: true });
    expect(body.content).toHaveLength(12);
    const page = await server.get(`${base}/${kind}/query?limit=5&page=2`);
    expect(page.body).toMatchObject({ number: 2, size: 5, totalElements: 12, totalPages: 3, numberOfElements: 2 });
    expect((await server.get(`${base}/${kind}/query?limit=1001`)).body.code).toBe(1001);
  });

  it('of all tasks is whole, and one that is empty is an empty page', async () => {
    const { body } = await server.get('/api/v2/task/query');
    expect(body.content.length).toBe(body.totalElements);
    expect(body.totalElements).toBeGreaterThan(10);
    const none = await server.get(`${base}/workflow/query?workflows=no-such`);
    expect(none.body).toMatchObject({ content: [], totalElements: 0, empty: true, first: true, last: true });
  });

  it('is bounded by bytes, and says so', async () => {
    await server.createTeam('large');
    const markdown = 'x'.repeat(60_000);
    const description = 'y'.repeat(60_000);
    for (let index = 0; index < 40; index++) {
      await server.saveWorkflow('large', { ...simpleWorkflow(`w-${index}`), markdown, description });
    }
    const { body } = await server.get('/api/v2/team/large/workflow/query');
    expect(body.code).toBe(1001);
    expect(body.message).toContain('4194304 bytes: choose a smaller limit');
    expect((await server.get('/api/v2/team/large/workflow/query?limit=20')).status).toBe(200);
  });

  it('is sorted by the columns of the client', async () => {
    const byDisplayName = await server.get(`${base}/workflow/query?sort=displayName&limit=3`);
    expect(names(byDisplayName, 'displayName')).toEqual(['a 1', 'a 11', 'a 3']);
    const down = await server.get(`${base}/workflow/query?sort=displayName&order=DESC&limit=2`);
    expect(names(down, 'displayName')).toEqual(['B 8', 'B 6']);
    expect(names(await server.get(`${base}/workflow/query?sort=status&order=DESC&limit=1`))).toEqual(['w-03']);
    expect(names(await server.get(`${base}/workflow/query?sort=DESC&limit=1`))).toEqual(['w-11']);
    expect(names(await server.get(`${base}/workflow/query?sort=name&limit=1`))).toEqual(['w-00']);
    expect(names(await server.get(`${base}/task/query?sort=displayName&limit=3`), 'displayName')).toEqual([
      'T 0',
      'T 1',
      'T 10',
    ]);
    expect(names(await server.get(`${base}/task/query?sort=DESC&limit=1`))).toEqual(['t-w-11']);
    expect((await server.get(`${base}/workflow/query?sort=colour`)).body).toMatchObject({ code: 1001 });
  });

  it('of runs and actions is sorted by what they are of', async () => {
    const runs = new Runs(server, 'lists');
    for (const name of ['zeta', 'alpha']) {
      const id = await runs.start(
        workflow(name, [task(`ask ${name}`, 'manual', { instructions: 'do' })], [`ask ${name}`], {
          displayName: name === 'zeta' ? 'first' : 'Second',
        }),
      );
      await runs.waiting(id, `ask ${name}`);
    }
    const sorted = async (kind: string, sort: string, field: string) =>
      names(await server.get(`${base}/${kind}/query?sort=${sort}&order=ASC`), field);
    expect(await sorted('action', 'creationDate', 'workflowName')).toEqual(['zeta', 'alpha']);
    expect(await sorted('action', 'workflowName', 'workflowName')).toEqual(['alpha', 'zeta']);
    expect(await sorted('action', 'taskName', 'taskName')).toEqual(['ask alpha', 'ask zeta']);
    expect(await sorted('action', 'status', 'status')).toEqual(['submitted', 'submitted']);
    expect(await sorted('workflowrun', 'workflowName', 'workflowName')).toEqual(['alpha', 'zeta']);
    expect(await sorted('workflowrun', 'displayName', 'workflowName')).toEqual(['zeta', 'alpha']);
    expect(await sorted('workflowrun', 'status', 'status')).toEqual(['running', 'running']);
  });
});
