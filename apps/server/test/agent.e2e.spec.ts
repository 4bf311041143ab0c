import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '#libs/testing';
import { type Answer, TestServer } from './harness';
import { RealAgent } from './real-agent';

describe('our agent', () => {
  let server: TestServer;
  let agent: RealAgent;
  let folder: string;

  beforeAll(async () => {
    server = await TestServer.start();
    agent = await RealAgent.start(server);
    ({ folder } = agent);
    await server.createTeam('alpha');
  });
  afterAll(async () => {
    await agent.stop();
    await server.stop();
  });

  const run = async (name: string, tasks: unknown[], body: unknown = {}): Promise<string> => {
    const saved = await server.saveWorkflow('alpha', { name, tasks: [{ name: 'start', type: 'start' }, ...tasks] });
    expect(saved.status).toBe(200);
    return (await server.submit('alpha', name, body, false)).body.id as string;
  };
  const get = async (id: string): Promise<Answer['body']> =>
    (await server.get(`/api/v2/team/alpha/workflowrun/${id}`)).body;
  const finished = (id: string): Promise<Answer['body']> =>
    until(
      () => get(id),
      ({ phase }) => phase === 'finalized',
    );
  const task = (body: Answer['body'], name: string): Answer['body'] =>
    body.tasks.find((each: { name: string }) => each.name === name);

  it('passes values on as they are, from task to task', async () => {
    const nasty = `it's "quoted" \\ $HOME \`id\` $(date)\nsecond line ü😀`;
    const id = await run(
      'values',
      [
        {
          name: 'first',
          type: 'script',
          params: [{ name: 'my-text', value: '$(params.text)' }],
          results: [{ name: 'copy' }, { name: 'unwritten' }],
          spec: {
            script: 'printf "%s" "$PARAM_MY_TEXT" > $(results.copy.path); echo out; echo err >&2; echo "$(echo sub)"',
          },
          dependencies: [{ taskRef: 'start' }],
        },
        {
          name: 'second',
          type: 'custom',
          params: [
            { name: 'command', value: ['/bin/sh', '-c'] },
            { name: 'arguments', value: ['printf "%s" "$TEXT" > "$RESULTS_DIR/again"; test -z "$RUNLEDGER_TOKEN"'] },
            { name: 'envs', value: [{ name: 'TEXT', value: '$(tasks.first.results.copy)' }] },
          ],
          results: [{ name: 'again' }],
          dependencies: [{ taskRef: 'first', executionCondition: 'success' }],
        },
        { name: 'end', type: 'end', dependencies: [{ taskRef: 'second', executionCondition: 'success' }] },
      ],
      { params: [{ name: 'text', value: nasty }] },
    );
    const body = await finished(id);
    expect(body.status).toBe('succeeded');
    expect(task(body, 'first').results).toEqual([
      { name: 'copy', description: null, value: nasty },
      { name: 'unwritten', description: null, value: null },
    ]);
    expect(task(body, 'second').results[0].value).toBe(nasty);
    const log = await server.get(`/api/v2/taskrun/${task(body, 'first').id}/log`);
    expect(log.headers['content-type']).toContain('text/plain');
    expect(log.text.split('\n').sort()).toEqual(['', 'err', 'out', 'sub']);
  });

  it('says why a task failed, and what cannot be run', async () => {
    const id = await run('fails', [
      {
        name: 'a',
        type: 'script',
        results: [{ name: 'r' }],
        spec: { script: 'printf x > $(results.r.path); echo no luck >&2; exit 7' },
        dependencies: [{ taskRef: 'start' }],
      },
      { name: 'b', type: 'custom', dependencies: [{ taskRef: 'start' }] },
      { name: 'c', type: 'custom', spec: { command: ['/no/such/program'] }, dependencies: [{ taskRef: 'start' }] },
      {
        name: 'end',
        type: 'end',
        dependencies: ['a', 'b', 'c'].map((taskRef) => ({ taskRef, executionCondition: 'success' })),
      },
    ]);
    const body = await finished(id);
    expect(body.status).toBe('failed');
    expect(task(body, 'a')).toMatchObject({ status: 'failed', statusMessage: 'Exited with code 7. no luck' });
    expect(task(body, 'a').results[0].value).toBe('x');
    expect(task(body, 'b').status).toBe('invalid');
    expect(task(body, 'c')).toMatchObject({ status: 'failed' });
    expect(body.statusMessage).toContain('Task a ended failed');
  });

  it('kills the whole process tree of what is cancelled, though it ignores SIGTERM and every place is taken', async () => {
    const file = join(folder, 'pids');
    const script = `trap '' TERM\n(trap '' TERM; echo $$ >> ${file}; sh -c 'trap "" TERM; echo $$ >> ${file}; sleep 3600') &\nsetsid sh -c 'trap "" TERM; echo $$ >> ${file}; sleep 3600' &\nsleep 3600; sleep 3600`;
    const names = ['a', 'b', 'c', 'd'];
    const id = await run('stubborn', [
      ...names.map((name) => ({ name, type: 'script', spec: { script }, dependencies: [{ taskRef: 'start' }] })),
      { name: 'end', type: 'end', dependencies: names.map((taskRef) => ({ taskRef })) },
    ]);
    const pids = (): number[] => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : []);
    await until(pids, (found) => found.length === 12);
    expect((await server.delete(`/api/v2/team/alpha/workflowrun/${id}/cancel`)).body.status).toBe('cancelled');
    const alive = (): number[] =>
      pids().filter((pid) => {
        try {
          return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
        } catch {
          return false;
        }
      });
    await until(alive, (left) => left.length === 0);
    const next = await run('after', [
      { name: 'a', type: 'script', spec: { script: 'true' }, dependencies: [{ taskRef: 'start' }] },
      { name: 'end', type: 'end', dependencies: [{ taskRef: 'a', executionCondition: 'success' }] },
    ]);
    expect((await finished(next)).status).toBe('succeeded');
  });
});
