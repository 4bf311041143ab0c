import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { until } from '#libs/testing';
import { root } from './document';
import { addressOf, EventReader } from './event-reader';
import { adminToken, TestServer } from './harness';
import { Runs, script, task, workflow } from './workflows';

describe('what operators see', () => {
  let server: TestServer;
  let runs: Runs;
  let run: string;
  let other: string;
  beforeAll(async () => {
    server = await TestServer.start();
    await server.createTeam('alpha');
    await server.createTeam('beta');
    runs = new Runs(server, 'alpha');
    run = await runs.start(workflow('work', [script('a'), task('b', 'custom')], ['a', 'b']));
    other = await new Runs(server, 'beta').start(workflow('work', [script('a')], ['a']));
  });
  afterAll(() => server.stop());

  const newToken = async (body: Readonly<Record<string, unknown>>): Promise<string> =>
    (await server.post('/api/v2/token', { body })).body.token as string;

  it('is what waits for agents, oldest first, and how many could take it', async () => {
    const { body } = await server.get('/api/v2/queue?limit=1000');
    expect(body).toMatchObject({ totalElements: 3, number: 0, size: 1000 });
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what a page holds
    const items = body.content as any[];
    expect(items.map(({ team, type, workflowRunRef, kind }) => [team, type, workflowRunRef, kind])).toEqual(
      expect.arrayContaining([
        ['alpha', 'script', run, 'task'],
        ['alpha', 'custom', run, 'task'],
        ['beta', 'script', other, 'task'],
      ]),
    );
    expect(items[0]).toMatchObject({ agents: 0, waited: expect.any(Number), since: expect.any(String) });
    const times = items.map(({ since }) => Date.parse(since as string));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const first = await server.get('/api/v2/queue?limit=1&page=1');
    expect(first.body.content).toEqual([{ ...items[1], waited: expect.any(Number) }]);
    expect((await server.get('/api/v2/queue?limit=1000&page=11')).body).toMatchObject({
      code: 1001,
      message: expect.stringContaining('at most 10000'),
    });
    expect((await server.get('/api/v2/team/alpha/queue')).body.totalElements).toBe(2);
    const token = await newToken({ type: 'team', principal: 'beta', role: 'reader' });
    const { body: theirs } = await server.get('/api/v2/queue', { token });
    expect(theirs.content).toEqual([expect.objectContaining({ team: 'beta', workflowRunRef: other })]);
    expect((await server.get('/api/v2/team/alpha/queue', { token })).status).toBe(400);
  });

  it('is the agents that are alive, and what they hold', async () => {
    const register = async (name: string, taskTypes: string[], token?: string) =>
      (
        await server.post('/api/v1/agent/register', {
          body: { name, host: 'h', version: '1.2', taskTypes },
          ...(token !== undefined && { token }),
        })
      ).text;
    const agent = await register('scripts', ['script']);
    const ofBeta = await newToken({ type: 'team', principal: 'beta', role: 'owner' });
    const betas = await register('betas', ['custom'], ofBeta);
    await server.get(`/api/v1/agent/${betas}/tasks?wait=0`, { token: ofBeta });
    const items = (await server.claim(agent, 'tasks', 10)) as { id: string }[];
    expect(items).toHaveLength(2);
    const { body } = await server.get('/api/v2/agents');
    expect(body).toMatchObject({ totalElements: 2 });
    expect(body.content).toEqual([
      expect.objectContaining({ id: betas, name: 'betas', held: 0, items: [] }),
      expect.objectContaining({ id: agent, name: 'scripts', version: '1.2', taskTypes: ['script'], held: 2 }),
    ]);
    expect(body.content[1].items[0]).toMatchObject({ kind: 'task', type: 'script', state: 'leased' });
    expect(Date.parse(body.content[1].items[0].leaseUntil as string)).toBeGreaterThan(Date.now());
    const ofAlpha = await newToken({ type: 'team', principal: 'alpha', role: 'reader' });
    const { body: alphas } = await server.get('/api/v2/agents', { token: ofAlpha });
    expect(alphas.content).toEqual([
      expect.objectContaining({ id: agent, held: 1, items: [expect.objectContaining({ workflowRunRef: run })] }),
    ]);
    expect((await server.get('/api/v2/team/beta/agents')).body.totalElements).toBe(2);
    const { body: queue } = await server.get('/api/v2/queue');
    expect(queue.content).toEqual([expect.objectContaining({ type: 'custom', team: 'alpha', agents: 0 })]);
    const everywhere = await register('customs', ['custom']);
    await server.get(`/api/v1/agent/${everywhere}/workflows?wait=0`);
    expect((await server.get('/api/v2/queue')).body.content[0].agents).toBe(1);
  });

  it('is figures for Prometheus, on the loopback address or with a token for them', async () => {
    const reader = await EventReader.open(
      `${await addressOf(server)}/api/v2/team/alpha/workflowrun/events`,
      adminToken,
    );
    await reader.next('ready');
    await server.get('/api/v2/team/alpha/workflowrun/x/cancel');
    await server.delete(`/api/v2/team/alpha/workflowrun/${run}/start`);
    const { status, text, headers } = await server.get('/metrics', { token: null });
    reader.close();
    expect(status).toBe(200);
    expect(headers['content-type']).toContain('text/plain');
    for (const line of text.split('\n').filter((each) => each !== '' && !each.startsWith('#'))) {
      expect(line).toMatch(/^runledger_[a-z_]+(\{.*\})? [-+\w.]+$/);
    }
    const valueOf = (name: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${name} `))
          ?.slice(name.length + 1),
      );
    expect(valueOf('runledger_commands_total{type="SubmitRun",outcome="committed"}')).toBe(2);
    expect(valueOf('runledger_queue_items{team="alpha",type="custom"}')).toBe(1);
    expect(valueOf('runledger_leases{state="leased"}')).toBe(2);
    expect(valueOf('runledger_runs{status="running",phase="running"}')).toBe(2);
    expect(valueOf('runledger_listeners')).toBe(1);
    expect(valueOf('runledger_figures_complete')).toBe(1);
    const { rows } = await server.pool.query<{ position: string }>('select position from ledger_head');
    expect(valueOf('runledger_ledger_position')).toBe(Number(rows[0]?.position));
    for (const name of [
      'runledger_batch_seconds_count',
      'runledger_timers_due',
      'runledger_pool_connections{pool="writer",state="idle"}',
      'runledger_event_loop_utilization',
    ]) {
      expect([name, valueOf(name)]).toEqual([name, expect.any(Number)]);
      expect([name, Number.isNaN(valueOf(name))]).toEqual([name, false]);
    }
    await until(
      () => server.get('/metrics', { token: null }),
      ({ text: later }) =>
        /listeners 0/.test(later) &&
        ['audit', 'insights', 'search'].every((name) => later.includes(`subscription_lag{subscription="${name}"}`)),
    );
    // A proxy on this machine must not open them to everybody.
    const forwarded = { 'x-forwarded-for': '203.0.113.7' };
    expect((await server.get('/metrics', { token: null, headers: forwarded })).status).toBe(401);
    const few = await newToken({ type: 'global', permissions: ['workflow/read'] });
    expect((await server.get('/metrics', { token: few, headers: forwarded })).status).toBe(403);
    const ofTeam = await newToken({ type: 'team', principal: 'alpha', role: 'owner' });
    expect((await server.get('/metrics', { token: ofTeam, headers: forwarded })).status).toBe(403);
    const scraper = await newToken({ type: 'global', permissions: ['metrics/read'] });
    expect((await server.get('/metrics', { token: scraper, headers: forwarded })).status).toBe(200);
  });

  it('is named in the documents, and drawn by the board', async () => {
    const { text } = await server.get('/metrics');
    const ofTraces = ['runledger_trace_spans', 'runledger_trace_events_skipped'];
    const names = new Set([...[...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name = '']) => name), ...ofTraces]);
    const read = (path: string) => readFileSync(join(root, path), 'utf8');
    const used = (document: string) =>
      [...document.matchAll(/runledger_[a-z_]+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ''));
    const [, section = ''] = /id="metrics"([^]*?)\*\*Logs\.\*\*/.exec(read('docs/operations.md')) ?? [];
    const [told, drawn] = [used(section), used(read('docker/grafana/runledger.json'))];
    expect([...names].filter((name) => !told.includes(name))).toEqual([]);
    expect([...told, ...drawn].filter((name) => !names.has(name))).toEqual([]);
  });

  it('is closed to other addresses without a token', async () => {
    const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    const outer = addresses.find(({ internal, family }) => !internal && family === 'IPv4');
    if (!outer) return;
    const open = await TestServer.start({ database: server.database });
    await open.server.app.listen(0, '0.0.0.0');
    const { port } = open.server.app.getHttpServer().address() as { port: number };
    const ask = async (host: string, headers: Record<string, string> = {}) =>
      (await fetch(`http://${host}:${port}/metrics`, { headers })).status;
    expect(await ask('127.0.0.1')).toBe(200);
    expect(await ask(outer.address)).toBe(401);
    expect(await ask(outer.address, { authorization: `Bearer ${adminToken}` })).toBe(200);
    await open.stop();
  });
});
