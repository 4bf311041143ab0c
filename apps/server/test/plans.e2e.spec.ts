import { TestServer, simpleWorkflow } from './harness';
import { expectLedgerWhole } from './ledger-checks';

const runs = '/api/v2/team/planned/workflowrun';

describe('plans, with two servers', () => {
  let one: TestServer;
  let other: TestServer;
  beforeAll(async () => {
    one = await TestServer.start();
    await one.createTeam('planned');
    other = await TestServer.start({ database: one.database });
  });
  afterAll(async () => {
    await expectLedgerWhole(one.pool);
    await other.stop();
    await one.stop();
  });

  const submit = async (server: TestServer, workflow: string, body = {}): Promise<string> => {
    const { status, body: run, text } = await server.submit('planned', workflow, body);
    if (status !== 200) throw new Error(text);
    return (run as { id: string }).id;
  };
  /** Of each run, the hash of its plan as its first event has it. */
  const plansOf = async (ids: readonly string[]): Promise<string[]> => {
    const { rows } = await one.pool.query<{ plan: string }>(
      `select data::jsonb ->> 'plan' as plan from event where type = 'WorkflowRunSubmitted' and stream_id = any($1::uuid[])`,
      [ids],
    );
    return rows.map(({ plan }) => plan);
  };
  const planCount = async (): Promise<number> =>
    Number((await one.pool.query<{ n: string }>('select count(*) as n from plan')).rows[0]?.n);

  it('store one for all runs of a revision, and for a definition that says the same', async () => {
    await one.saveWorkflow('planned', simpleWorkflow('w'));
    await one.saveWorkflow('planned', simpleWorkflow('same'));
    const before = await planCount();
    const ids = await Promise.all([one, other, one, other].map((server) => submit(server, 'w')));
    ids.push(await submit(one, 'same'));
    const plans = await plansOf(ids);
    expect(plans).toHaveLength(5);
    expect(new Set(plans).size).toBe(1);
    expect(await planCount()).toBe(before + 1);
  });

  it('let a server that has never seen a plan read the run, go on with it, and retry it', async () => {
    const definition = simpleWorkflow('continued');
    Object.assign(definition.tasks[1] ?? {}, { spec: { script: 'echo continued' } });
    await one.saveWorkflow('planned', definition);
    const id = await submit(one, 'continued');
    const agent = await other.registerAgent();
    const tasks = (await other.claim(agent)) as { id: string; fence: number; workflowRunRef: string; spec: unknown }[];
    const task = tasks.find(({ workflowRunRef }) => workflowRunRef === id);
    if (!task) throw new Error('The task is not ready');
    expect(task.spec).toMatchObject({ script: 'echo continued' });
    expect((await other.report(task, 'start')).status).toBe(200);
    expect((await other.report(task, 'end', { status: 'failed' })).status).toBe(200);
    expect((await one.get(`${runs}/${id}`)).body).toMatchObject({ status: 'failed' });
    const retried = await other.put(`${runs}/${id}/retry`);
    expect(retried.status).toBe(200);
    const plans = await plansOf([id, (retried.body as { id: string }).id]);
    expect([plans.length, new Set(plans).size]).toEqual([2, 1]);
  });

  it('are those of now at the very next submit, whichever server has changed what a run is made of', async () => {
    const named = (echo: string) => {
      const definition = simpleWorkflow('changing');
      Object.assign(definition.tasks[1] ?? {}, { params: [{ name: 'p', value: `${echo} $(global.params.g)` }] });
      return definition;
    };
    const setGlobal = (value: string) => other.put('/api/v2/parameters', { body: { name: 'g', type: 'text', value } });
    const shown = async (): Promise<unknown> => {
      const { body } = await one.get(`${runs}/${await submit(one, 'changing')}`);
      return (body as { tasks: { name: string; params: unknown }[] }).tasks.find(({ name }) => name === 'a')?.params;
    };
    const made = await other.post('/api/v2/parameters', { body: { name: 'g', type: 'text', value: 'x' } });
    expect(made.status).toBe(200);
    await one.saveWorkflow('planned', named('first'));
    for (const _ of [1, 2]) expect(await shown()).toEqual([{ name: 'p', value: 'first x' }]);
    await other.saveWorkflow('planned', named('second'));
    expect(await shown()).toEqual([{ name: 'p', value: 'second x' }]);
    expect((await setGlobal('y')).status).toBe(200);
    expect(await shown()).toEqual([{ name: 'p', value: 'second y' }]);
    const team = (status: string) => other.request('PATCH', '/api/v2/team/planned', { body: { status } });
    expect((await team('inactive')).status).toBe(200);
    expect((await one.submit('planned', 'changing')).body).toMatchObject({ reason: 'WORKFLOW_TEAM_INACTIVE' });
    expect((await team('active')).status).toBe(200);
    expect(await shown()).toEqual([{ name: 'p', value: 'second y' }]);
    expect((await other.delete('/api/v2/team/planned/workflow/changing')).status).toBe(204);
    expect((await one.submit('planned', 'changing')).body).toMatchObject({ reason: 'WORKFLOW_INVALID_REFERENCE' });
  });
});
