import { newId, asHead, canonicalJson, fold } from '#libs/kernel';
import { CommandProcessor, readStream } from '#libs/ledger';
import { serverReach } from '#libs/contracts';
import { SecretBox } from '#libs/secrets';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { Pool } from 'pg';
import type { Plan, RunEvent, WorkflowRunState } from '../domain';
import { decider, started, submissionOf, type TaskSketch } from '../domain/spec/simulation';
import { createRunCategory } from './run-category';
import { RunPlans } from './run-plans';

const sketches: readonly TaskSketch[] = [
  { name: 'a', after: ['start'], params: { greeting: 'hello' } },
  { name: 'b', after: ['a:success'] },
  { name: 'end', after: ['b'] },
];

describe('plans of runs', () => {
  let database: TestDatabase;
  let pool: Pool;
  beforeEach(async () => {
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.ownerUrl, max: 2 });
  });
  afterEach(async () => {
    await pool.end();
    await database.drop();
  });

  const newCategory = () => createRunCategory(60, new SecretBox({ current: Buffer.alloc(32, 7) }));

  /** Submits and starts a run as a server of its own would. */
  async function submitted(category = newCategory()): Promise<string> {
    const runId = asHead(newId());
    const processor = new CommandProcessor(pool);
    const tasks = category.stored.of(submissionOf(sketches).tasks);
    await category.stored.store(pool, tasks);
    const submission = { ...submissionOf(sketches), runId, teamId: newId(), tasks };
    submission.workflow = { ...submission.workflow, id: newId() };
    const command = { type: 'SubmitRun' as const, submission, start: true, reach: serverReach, now: Date.now() };
    await processor.execute(category, { streamId: runId, command, metadata: { actor: 'spec' } });
    await processor.close();
    return runId;
  }

  const stateOf = async (category: ReturnType<typeof newCategory>, id: string): Promise<WorkflowRunState> => {
    const state = (await category.load(pool, [id])).get(id)?.state;
    if (!state) throw new Error('There is no such run');
    return state;
  };

  /** As somebody who owns the table could. */
  const tamper = async (sql: string): Promise<void> => {
    await pool.query('alter table plan disable trigger all');
    await pool.query(sql);
    await pool.query('alter table plan enable trigger all');
  };

  it('are stored once, and the first event of a run holds the hash alone', async () => {
    const first = await submitted();
    const second = await submitted();
    const { rows } = await pool.query<{ hash: string; body: string }>(
      `select encode(hash, 'hex') as hash, body from plan`,
    );
    expect(rows).toEqual([{ hash: expect.any(String) as string, body: canonicalJson(submissionOf(sketches).tasks) }]);
    for (const id of [first, second]) {
      const [event] = await readStream(pool, id);
      expect(event).toMatchObject({ type: 'WorkflowRunSubmitted', schemaVersion: 2, data: { plan: rows[0]?.hash } });
      expect(Object.keys(event?.data as object).sort()).toEqual([
        'annotations',
        'at',
        'debug',
        'labels',
        'params',
        'plan',
        'retries',
        'runId',
        'teamId',
        'teamName',
        'timeout',
        'trigger',
        'workflow',
        'workspaces',
      ]);
    }
  });

  it('are one frozen object for all their runs, also in a process that reads them', async () => {
    const ids = [await submitted(), await submitted()];
    const category = newCategory();
    const runs = [...(await category.load(pool, ids)).values()].map((loaded) => loaded?.state);
    expect(runs).toHaveLength(2);
    expect(runs[0]?.plan).toBe(runs[1]?.plan);
    expect(runs[0]?.plan).toBe(category.stored.of(submissionOf(sketches).tasks));
    expect(runs[0]?.tasks[1]?.planned).toBe(runs[1]?.plan[1]);
    expect(() => ((runs[0]?.plan[1]?.params[0] as { value: unknown }).value = 'changed')).toThrow(TypeError);
  });

  it('are missed by name', async () => {
    const id = await submitted();
    const { rows } = await pool.query<{ hash: string }>(`select encode(hash, 'hex') as hash from plan`);
    await tamper('delete from plan');
    await expect(stateOf(newCategory(), id)).rejects.toThrow(`Plan ${rows[0]?.hash} is missing`);
  });

  it('are not taken with another text than their hash is of, which the database refuses to store', async () => {
    const id = await submitted();
    const change = `update plan set body = replace(body, 'hello', 'goodbye')`;
    await expect(tamper(change)).rejects.toThrow('plan_hash');
    await pool.query('alter table plan drop constraint plan_hash');
    await tamper(change);
    await expect(stateOf(newCategory(), id)).rejects.toThrow(/Plan [0-9a-f]{64} was changed/);
  });

  it.each(['update plan set body = body', 'delete from plan', 'truncate plan'])(
    'cannot be changed: %s',
    async (sql) => {
      await submitted();
      await expect(pool.query(sql)).rejects.toThrow('append-only');
    },
  );

  it('come out of events of the first version, which hold them whole', async () => {
    const { events, run } = started(sketches);
    const old = (JSON.parse(JSON.stringify(events)) as RunEvent[]).map((event) =>
      event.type === 'WorkflowRunSubmitted'
        ? { ...event, data: { ...event.data, tasks: withIds(event.data.tasks) } }
        : event,
    );
    const opened = await new RunPlans().open(pool, old, []);
    expect(
      canonicalJson(
        fold(
          decider,
          null,
          old.flatMap((event) => opened.event(event) ?? []),
        ),
      ),
    ).toBe(canonicalJson(run));
  });

  it('are left out of snapshots, whatever has become of the run', async () => {
    const plans = new RunPlans();
    const simulation = started(sketches);
    await plans.store(pool, plans.of(simulation.run.plan));
    simulation.complete('a');
    for (const run of [started(sketches).run, simulation.run]) {
      const packed = JSON.stringify(plans.packState(run));
      expect(packed).not.toContain('"dependencies"');
      const again = (await new RunPlans().open(pool, [], [JSON.parse(packed)])).state(JSON.parse(packed));
      expect(canonicalJson(again)).toBe(canonicalJson(run));
      expect(again?.tasks[2]?.planned).toBe(again?.plan[2]);
    }
  });
});

function withIds(tasks: Plan): Plan {
  return tasks.map((task, place) => ({ id: `id-${place}`, ...task }));
}
