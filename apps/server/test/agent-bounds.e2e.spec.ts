import { newId } from '#libs/kernel';
import { until } from '#libs/testing';
import { type Answer, TestServer } from './harness';
import { Runs, script, workflow } from './workflows';

const mebibyte = 1024 * 1024;
const mostOfAnAnswer = 4 * mebibyte + 64 * 1024;

describe('an agent within its bounds', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start();
    for (const team of ['large', 'loud', 'quiet', 'many']) await server.createTeam(team);
  });
  afterAll(() => server.stop());

  const teamToken = async (principal: string): Promise<{ id: string; token: string }> => {
    const body = { type: 'team', principal, permissions: ['**/**'] };
    const answer = await server.post('/api/v2/token', { body });
    if (answer.status !== 200) throw new Error(answer.text);
    return answer.body as { id: string; token: string };
  };

  /** Polls until nothing comes. `leased`: items that the agent holds when each answer arrives. */
  const drain = async (token: string, agent: string, queue: string) => {
    const answers: { bytes: number; items: number; leased: number }[] = [];
    for (;;) {
      const { status, text, body } = await server.get(`/api/v1/agent/${agent}/${queue}?wait=1&limit=1000`, { token });
      if (status === 204) return answers;
      expect(status).toBe(200);
      const { rows } = await server.pool.query<{ count: number }>(
        `select count(*)::int from agent_queue where agent_id = $1 and state = 'leased'`,
        [agent],
      );
      answers.push({ bytes: Buffer.byteLength(text), items: body.length as number, leased: rows[0]?.count ?? 0 });
    }
  };
  const sizes = (answers: readonly { items: number }[]) => answers.map(({ items }) => items);

  it('is given 4 MiB by one poll, and the rest by the next ones: tasks, tasks to stop, and runs', async () => {
    const { token } = await teamToken('large');
    const runs = new Runs(server, 'large');
    const params = [{ name: 'big', value: '$(params.big)' }];
    const tasks = ['a', 'b', 'c'].map((name) => script(name, ['start'], { params }));
    const definition = workflow('large', tasks, ['a', 'b', 'c'], {
      params: [{ name: 'big', type: 'text', default: '' }],
    });
    const body = { params: [{ name: 'big', value: 'x'.repeat(1_000_000) }] };
    const ids: string[] = [];
    for (let run = 0; run < 4; run++) ids.push(await runs.start(definition, body));

    const agent = await server.registerAgent(['script'], token);
    const given = await drain(token, agent, 'tasks');
    expect(sizes(given)).toEqual([4, 4, 4]);
    expect(given.map(({ leased }) => leased)).toEqual([4, 8, 12]);
    expect(Math.max(...given.map(({ bytes }) => bytes))).toBeLessThan(mostOfAnAnswer);

    for (const id of ids) expect((await server.delete(`${runs.base}/workflowrun/${id}/cancel`)).status).toBe(200);
    const stops = await drain(token, agent, 'tasks');
    expect(sizes(stops)).toEqual([4, 4, 4]);
    expect(Math.max(...stops.map(({ bytes }) => bytes))).toBeLessThan(mostOfAnAnswer);

    const starter = await server.registerAgent(['custom'], token);
    await drain(token, starter, 'workflows');
    for (let run = 0; run < 6; run++) await server.submit('large', 'large', body, false);
    const prepared = await drain(token, starter, 'workflows');
    expect(sizes(prepared).reduce((sum, each) => sum + each)).toBe(6);
    expect(Math.max(...prepared.map(({ bytes }) => bytes))).toBeLessThan(mostOfAnAnswer);
  });

  it('waits with 4 polls for one queue: the oldest ends for a fifth', async () => {
    const { id, token } = await teamToken('quiet');
    const agent = await server.registerAgent(['generic'], token);
    const path = `/api/v1/agent/${agent}/tasks?wait=60`;
    const polls = [1, 2, 3, 4, 5].map(async () => (await server.get(path, { token })).status);
    expect(await Promise.race(polls)).toBe(204);
    await server.delete(`/api/v2/token/${id}`);
    expect((await Promise.all(polls)).sort()).toEqual([204, 401, 401, 401, 401]);
  });

  it('is refused where 256 polls of its token wait, and others are served meanwhile', async () => {
    const { id, token } = await teamToken('loud');
    const waiting: Promise<Answer>[] = [];
    // The probe below also takes a place for a moment: if it displaced a poll, that poll asks again.
    const poll = (path: string) =>
      until(
        () => server.get(path, { token }),
        ({ status }) => status !== 429,
      );
    for (let each = 0; each < 64; each++) {
      const agent = await server.registerAgent(['script', 'custom', 'template'].slice(each % 3), token);
      const path = `/api/v1/agent/${agent}/tasks?wait=60`;
      waiting.push(...[1, 2, 3, 4].map(() => poll(path)));
    }
    const one = await server.registerAgent(['script'], token);
    const refused = await until(
      () => server.get(`/api/v1/agent/${one}/workflows?wait=0`, { token }),
      ({ status }) => status === 429,
    );
    expect(refused.body.message).toContain('256 polls with this token');
    expect(refused.headers['retry-after']).toBe('5');

    const other = await teamToken('quiet');
    const agent = await server.registerAgent(['script'], other.token);
    const runs = new Runs(server, 'quiet');
    await runs.start(workflow('one', [script('a')], ['a']));
    const { body } = await server.get(`/api/v1/agent/${agent}/tasks?wait=30`, { token: other.token });
    expect(body).toHaveLength(1);

    expect((await server.delete(`/api/v2/token/${id}`)).status).toBeLessThan(300);
    expect(new Set((await Promise.all(waiting)).map(({ status }) => status))).toEqual(new Set([401]));
  });

  it('is registered with 1000 others of its token at most; whoever is silent makes room, unless it holds something', async () => {
    const { id: tokenId, token } = await teamToken('many');
    const agents = Array.from({ length: 1000 }, () => newId());
    await server.pool.query(
      `insert into agent (id, token_id, name, host, task_types) select unnest($1::uuid[]), $2, 'a', 'h', '{script}'`,
      [agents, tokenId],
    );
    const register = () =>
      server.post('/api/v1/agent/register', { token, body: { host: 'one more', taskTypes: ['script'] } });
    const silent = (ids: readonly (string | undefined)[]) =>
      server.pool.query(`update agent set registered_at = now() - interval '10 minutes' where id = any($1)`, [ids]);
    const known = async (): Promise<string[]> => {
      const { rows } = await server.pool.query<{ id: string }>('select id from agent where token_id = $1', [tokenId]);
      return rows.map(({ id }) => id);
    };

    const refused = await register();
    expect([refused.status, refused.body.code]).toEqual([429, 1020]);
    expect(refused.body.message).toContain('1000 agents are registered with this token');

    const [holder, gone] = agents;
    const held = newId();
    await silent([holder]);
    await server.pool.query(
      `insert into agent_queue (id, run_id, kind, team_id, task_type, state, agent_id, fence, lease_until, queued_at)
       values ($1, $1, 'task', $1, 'script', 'leased', $2, 1, 'infinity', now())`,
      [held, holder],
    );
    expect((await register()).status).toBe(429);
    await silent([holder, gone]);
    expect((await register()).status).toBe(200);
    expect(await known()).toHaveLength(1000);
    expect((await known()).filter((id) => id === holder || id === gone)).toEqual([holder]);
    const poll = await server.get(`/api/v1/agent/${gone}/tasks?wait=0`, { token });
    expect(poll.body.code).toBe(1701);
    await server.pool.query('delete from agent_queue where id = $1', [held]);
  });
});
