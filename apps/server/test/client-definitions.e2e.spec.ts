import { simpleWorkflow, TestServer } from './harness';
import { Runs, script, task, taskOf, workflow } from './workflows';

let server: TestServer;
let runs: Runs;

beforeAll(async () => {
  server = await TestServer.start();
  await server.createTeam('drawn');
  runs = new Runs(server, 'drawn');
}, 60_000);
afterAll(() => server.stop());

const base = '/api/v2/team/drawn/workflow';

interface Node {
  readonly id: string;
  readonly type: string;
  readonly position: { readonly x: number; readonly y: number };
  readonly data: { readonly taskRef?: string; readonly taskVersion?: number };
}

describe('a workflow as the client reads it', () => {
  it('has all five triggers, a description and an icon', async () => {
    const off = { enabled: false, conditions: [] };
    const conditions = [{ field: '$.a', operation: 'equals', value: 'b' }];
    const saved = await server.saveWorkflow('drawn', {
      ...simpleWorkflow('told'),
      triggers: { webhook: { enabled: true, conditions } },
    });
    const wanted = {
      triggers: {
        manual: { enabled: true, conditions: [] },
        schedule: off,
        webhook: { enabled: true, conditions },
        event: off,
        github: off,
      },
      description: '',
      icon: '',
    };
    expect(saved.body).toMatchObject(wanted);
    for (const path of ['', '/export', '/compose']) {
      expect((await server.get(`${base}/told${path}`)).body).toMatchObject(wanted);
    }
    expect((await server.get(`${base}/query?workflows=told`)).body.content[0]).toMatchObject(wanted);
  });

  it('that is made without tasks has a start and an end, and runs', async () => {
    for (const [name, tasks] of [
      ['blank', undefined],
      ['bare', []],
    ] as const) {
      const { body } = await server.post(base, { body: { name, ...(tasks && { tasks }) } });
      expect(body.tasks).toMatchObject([{ name: 'start' }, { name: 'end' }]);
      const { body: run } = await server.submit('drawn', name);
      expect((await runs.ended(run.id as string)).status).toBe('succeeded');
    }
    // A workflow with tasks does not lose them.
    await server.saveWorkflow('drawn', simpleWorkflow('full'));
    expect((await server.saveWorkflow('drawn', { name: 'full' })).body.code).toBe(1207);
  });

  it('takes figures as texts', async () => {
    const { body } = await server.saveWorkflow('drawn', {
      ...workflow('texts', [script('a', ['start'], { timeout: '7', retries: ' 2 ' })], ['a']),
      timeout: '30',
      retries: '-1',
    });
    expect(body).toMatchObject({ timeout: 30, retries: -1 });
    expect(taskOf(body, 'a')).toMatchObject({ timeout: 7, retries: 2 });
    const run = await server.submit('drawn', 'texts', { timeout: '20', retries: '1' }, false);
    expect(run.body).toMatchObject({ timeout: 20, retries: 1 });
    for (const timeout of ['', 'many', '1.5', '-2', '9999999', true]) {
      const refused = await server.saveWorkflow('drawn', { ...simpleWorkflow('wrong'), timeout });
      expect(refused.body).toMatchObject({ code: 400, message: expect.stringContaining('timeout') as string });
    }
  });

  it('was changed by whoever changed it', async () => {
    const changelog = { author: 'somebody else', reason: 'why not' };
    const { body } = await server.saveWorkflow('drawn', { ...simpleWorkflow('signed'), changelog });
    expect(body.changelog).toMatchObject({ reason: 'why not', author: expect.stringMatching(/^token:/) as string });
    const [change] = (await server.get(`${base}/signed/changelog`)).body;
    expect(change.author).toBe(body.changelog.author);
    const made = await server.post('/api/v2/team/drawn/task', {
      body: { name: 'signed', type: 'script', spec: { script: 'true' }, changelog },
    });
    expect(made.body.changelog.author).toBe(body.changelog.author);
  });
});

describe('a drawing', () => {
  it('names the task of the catalogue that each type is', async () => {
    const catalogue = (await server.get('/api/v2/task/query')).body.content as { name: string; type: string }[];
    const types = catalogue.filter(({ type }) => type !== 'template').map(({ type }) => type);
    const needed: Record<string, Record<string, unknown>> = { script: { script: 'true' } };
    const tasks = types.map((type) => task(type, type, needed[type] ?? {}));
    const { body: saved } = await server.saveWorkflow('drawn', workflow('kinds', tasks, types));
    const { body: canvas } = await server.get(`${base}/kinds/compose`);
    for (const { name, type } of catalogue) {
      const node = (canvas.nodes as Node[]).find(({ id }) => id === type);
      expect([type, node?.data]).toMatchObject([type, { taskRef: name, taskVersion: 1 }]);
    }
    expect((canvas.nodes as Node[]).find(({ id }) => id === 'start')?.data.taskRef).toBeUndefined();
    // Fields that are only shown are dropped when the drawing comes back.
    expect((await server.put(`${base}/kinds/compose`, { body: canvas })).status).toBe(200);
    const { body: again } = await server.get(`${base}/kinds`);
    const kept = (from: typeof again) =>
      from.tasks.map((each: Record<string, unknown>) => [each['name'], each['taskRef'] ?? null]) as unknown[];
    expect(kept(again)).toEqual(kept(saved));
  });

  it('in which a task is renamed keeps what that task runs', async () => {
    await server.saveWorkflow('drawn', workflow('renamed', [script('old')], ['old']));
    const { body: canvas } = await server.get(`${base}/renamed/compose`);
    const nodes = (canvas.nodes as Node[]).map((node) =>
      node.id === 'old' ? { ...node, data: { ...node.data, name: 'new' } } : node,
    );
    expect((await server.put(`${base}/renamed/compose`, { body: { ...canvas, nodes } })).status).toBe(200);
    const { body } = await server.get(`${base}/renamed`);
    expect(taskOf(body, 'new')).toMatchObject({ spec: { script: 'true' } });
    expect(taskOf(body, 'end').dependencies).toMatchObject([{ taskRef: 'new' }]);
  });

  it('without places is laid out by levels, always the same, nothing over another', async () => {
    const layers = Array.from({ length: 5 }, (_, level) =>
      Array.from({ length: level + 1 }, (_item, index) =>
        script(
          `t-${level}-${index}`,
          level === 0 ? ['start'] : Array.from({ length: level }, (_each, before) => `t-${level - 1}-${before}`),
        ),
      ),
    );
    const last = layers[4]?.map(({ name }) => name) ?? [];
    await server.saveWorkflow('drawn', workflow('levels', layers.flat().reverse(), last));
    const read = async () => (await server.get(`${base}/levels/compose`)).body;
    const canvas = await read();
    expect(await read()).toEqual(canvas);
    const nodes = new Map((canvas.nodes as Node[]).map((node) => [node.id, node.position]));
    expect(new Set([...nodes.values()].map(({ x, y }) => `${x} ${y}`)).size).toBe(nodes.size);
    for (const { source, target } of canvas.edges as { source: string; target: string }[]) {
      expect(nodes.get(source)?.x).toBeLessThan(nodes.get(target)?.x ?? 0);
    }
  });

  it('keeps the places that tasks have, and lays the others out below', async () => {
    const position = { x: 37, y: 900 };
    const annotations = { 'boomerang.io/position': position };
    await server.saveWorkflow(
      'drawn',
      workflow('some', [script('placed', ['start'], { annotations }), script('b', ['placed'])], ['b']),
    );
    const nodes = (await server.get(`${base}/some/compose`)).body.nodes as Node[];
    expect(nodes.find(({ id }) => id === 'placed')?.position).toEqual(position);
    for (const node of nodes.filter(({ id }) => id !== 'placed')) expect(node.position.y).toBeGreaterThan(900);
  });
});

describe('a run as the client reads it', () => {
  it('has taken its tasks a millisecond at least', async () => {
    const id = await runs.start(workflow('quick', [task('it', 'setwfproperty', { output: 'a', value: 'b' })], ['it']));
    const run = await runs.ended(id);
    expect(run.duration).toBeGreaterThan(0);
    expect(taskOf(run, 'it').duration).toBeGreaterThan(0);
  });
});
