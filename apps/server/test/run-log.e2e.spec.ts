import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { pino } from 'pino';
import { simpleWorkflow, TestServer } from './harness';
import { script, workflow } from './workflows';

interface Line {
  readonly msg: string;
  readonly level: number;
  readonly workflowRunId?: string;
  readonly [field: string]: unknown;
}

/** A server, and its log records about runs, in the order in which it wrote them. */
class Logged {
  private constructor(
    readonly server: TestServer,
    readonly text: string[],
  ) {}

  static async start(database: TestDatabase): Promise<Logged> {
    const text: string[] = [];
    const logger = pino({ level: 'info' }, { write: (line: string) => void text.push(line) });
    return new Logged(await TestServer.start({ database, logger }), text);
  }

  linesOf(runId: string): Line[] {
    return this.text.map((line) => JSON.parse(line) as Line).filter((line) => line.workflowRunId === runId);
  }
}

describe('the log of runs', () => {
  let database: TestDatabase;
  let one: Logged;
  let two: Logged;

  beforeAll(async () => {
    database = await createTestDatabase();
    one = await Logged.start(database);
    two = await Logged.start(database);
    await one.server.createTeam('told');
    await one.server.saveWorkflow('told', simpleWorkflow('w', { params: [{ name: 'key', type: 'password' }] }));
    await one.server.saveWorkflow('told', workflow('retried', [script('a')], ['a'], { retries: 1 }));
  });
  afterAll(async () => {
    await one.server.stop();
    await two.server.stop();
    await database.drop();
  });

  const run = '/api/v2/team/told/workflowrun';

  it('has one record for each change of a run, with the request that made it, by the process that committed it', async () => {
    const headers = { 'x-request-id': 'the-submit' };
    const { body } = await one.server.post('/api/v2/team/told/workflow/w/submit', { body: {}, headers });
    await two.server.put(`${run}/${body.id}/start`, { body: {}, headers: { 'x-request-id': 'the-start' } });
    await two.server.delete(`${run}/${body.id}/cancel`);
    await two.server.delete(`${run}/${body.id}/cancel`);
    const same = { level: 30, workflowRunId: body.id, workflow: 'w', workflowVersion: 1, team: 'told' };
    expect(one.linesOf(body.id)).toEqual([
      expect.objectContaining({ ...same, msg: 'run submitted', requestId: 'the-submit', trigger: 'engine' }),
    ]);
    expect(two.linesOf(body.id)).toEqual([
      expect.objectContaining({ ...same, msg: 'run started', requestId: 'the-start' }),
      expect.objectContaining({ ...same, msg: 'run cancelled', status: 'cancelled', duration: expect.any(Number) }),
    ]);
  });

  it('names the tasks that failed, and what a retry repeats', async () => {
    const agent = await one.server.registerAgent();
    const { body } = await one.server.submit('told', 'retried');
    const [item] = await one.server.claim(agent);
    await one.server.report(item, 'start');
    await one.server.report(item, 'end', { status: 'failed', statusMessage: 'the disk is full' });
    expect(one.linesOf(body.id).at(-1)).toMatchObject({ msg: 'run failed', status: 'failed', failedTasks: ['a'] });
    const retries = () => [one, two].flatMap(({ text }) => text).filter((line) => line.includes('"retryOf"'));
    for (let waited = 0; retries().length === 0 && waited < 1000; waited++) await sleep(20);
    expect(JSON.parse(retries()[0] ?? '')).toMatchObject({ msg: 'run submitted', retryOf: body.id });
  });

  it('never holds what params, results and messages hold', async () => {
    const agent = await one.server.registerAgent();
    const params = [{ name: 'key', value: 'hush-hush-hush' }];
    const { body } = await one.server.submit('told', 'w', {
      params,
      annotations: { 'boomerang.io/retry-of': 'whisper' },
    });
    const items = (await one.server.claim(agent)) as { id: string; fence: number; workflowRunRef: string }[];
    const item = items.find(({ workflowRunRef }) => workflowRunRef === body.id) ?? { id: '', fence: 0 };
    await one.server.report(item, 'start');
    await one.server.report(item, 'end', { status: 'failed', statusMessage: 'said hush-hush-hush and murmur' });
    expect(one.linesOf(body.id).map(({ msg }) => msg)).toEqual(['run submitted', 'run started', 'run failed']);
    expect(one.text.join('')).not.toMatch(/hush|murmur|whisper|bfg_/);
  });

  it('has nothing of what was refused', async () => {
    const before = one.text.length;
    expect((await one.server.submit('told', 'nope')).status).toBe(400);
    expect((await one.server.delete(`${run}/01a20db7-fa4f-7105-a505-cc779885abdb/cancel`)).status).toBe(400);
    expect(one.text).toHaveLength(before);
  });
});
