import { until } from '#libs/testing';
import { type Answer, TestServer } from './harness';
import { type Allowed, reachTable } from './reach-table';
import { Runs, script, task, workflow } from './workflows';

/** Every kind of token and role, in the team alpha; the last five have no access to it. */
const kinds = [
  'global',
  'team-owner',
  'team-editor',
  'team-reader',
  'user-owner',
  'user-editor',
  'user-reader',
  'session-editor',
  'workflow',
  'other-workflow',
  'stranger',
  'other-team',
  'other-user',
  'none',
  'revoked',
  'expired',
] as const;
type Kind = (typeof kinds)[number];

const readers: readonly Kind[] = [
  'global',
  'team-owner',
  'team-editor',
  'team-reader',
  'user-owner',
  'user-editor',
  'user-reader',
  'session-editor',
];
const workers = readers.filter((kind) => !kind.endsWith('reader'));
const managers: readonly Kind[] = ['global', 'team-owner', 'user-owner'];
const persons = ['user-owner', 'user-editor', 'user-reader', 'session-editor', 'stranger', 'other-user'] as const;
/** Tokens with access to other teams, on routes without a team in the path. */
const others: readonly Kind[] = ['other-team', 'other-user'];

function admittedBy(allowed: Allowed, namesTeam: boolean): ReadonlySet<Kind> {
  const elsewhere = namesTeam ? [] : others;
  switch (allowed) {
    case 'public':
      return new Set(kinds);
    case 'any':
      return new Set([...readers, ...persons, ...others, 'workflow', 'other-workflow']);
    case 'installation':
      return new Set(['global']);
    case 'own':
      return new Set([...readers, ...persons, ...others]);
    case 'own-owner':
      return new Set([...managers, ...persons, ...others]);
    case 'read':
      return new Set([...readers, ...elsewhere]);
    case 'work':
      return new Set([...workers, ...elsewhere]);
    case 'manage':
      return new Set([...managers, ...elsewhere]);
    case 'runs':
      return new Set([...workers, ...elsewhere, 'workflow', 'other-workflow']);
    case 'reads-runs':
      return new Set([...readers, ...elsewhere, 'workflow', 'other-workflow']);
  }
}

/** In alpha, but for no workflow in it. */
const unknownId = '00000000-0000-7000-8000-000000000000';

interface Route {
  readonly method: string;
  readonly path: string;
  readonly key: string;
}

describe('reach: every route, every kind of token, own, foreign and unknown things', () => {
  let server: TestServer;
  let runs: Runs;
  let foreignRuns: Runs;
  let routes: Route[];
  const tokens = new Map<Kind, string | null>();
  const agents = new Map<Kind, string>();
  const ids: Record<string, { own: string; foreign: string }> = {};

  const make = async (body: Readonly<Record<string, unknown>>): Promise<{ id: string; token: string }> => {
    const answer = await server.post('/api/v2/token', { body });
    if (answer.status !== 200) throw new Error(answer.text);
    return answer.body as { id: string; token: string };
  };

  /** One that was good for a second. */
  const expiredToken = async (): Promise<string> => {
    const ask = () => {
      const expirationDate = new Date(Date.now() + 1000).toISOString();
      return server.post('/api/v2/token', { body: { type: 'global', expirationDate } });
    };
    // Refused where the second is over by the time that the server has it.
    const token = (await until(ask, ({ status }) => status === 200)).body.token as string;
    await until(
      () => server.get('/api/v2/team/query', { token }),
      ({ status }) => status === 401,
    );
    return token;
  };

  beforeAll(async () => {
    server = await TestServer.start();
    const member = (id: string, role: string) => ({ id, role });
    await server.createTeam('alpha');
    await server.createTeam('beta');
    const patch = (team: string, members: unknown) =>
      server.request('PATCH', `/api/v2/team/${team}`, { body: { members } });
    await patch('alpha', [
      member('olga', 'owner'),
      member('second', 'owner'),
      member('ed', 'editor'),
      member('rita', 'reader'),
    ]);
    await patch('beta', [member('bea', 'owner')]);
    runs = new Runs(server, 'alpha');
    foreignRuns = new Runs(server, 'beta');
    for (const team of [runs, foreignRuns]) {
      const side = team === runs ? 'own' : 'foreign';
      const keep = (name: string, id: string) => {
        ids[name] = { ...(ids[name] ?? { own: '', foreign: '' }), [side]: id };
      };
      const on = { webhook: { enabled: true }, event: { enabled: true }, schedule: { enabled: true } };
      const definition = workflow(`w-${team.team}`, [script('a'), task('ask', 'approval')], ['a', 'ask'], {
        triggers: on,
      });
      keep('workflowRunId', await team.start(definition));
      const run = await team.get(ids['workflowRunId']?.[side] ?? '');
      keep('taskRunId', run.tasks.find(({ name }: { name: string }) => name === 'a').id as string);
      keep('name', definition.name);
      keep('workflowId', run.workflowRef as string);
      const actions = await server.get(`${team.base}/action/query`);
      const bulk = await server.post(`${team.base}/bulk`, { body: { action: 'retry', runs: [unknownId] } });
      keep('bulkId', bulk.body.id as string);
      const view = await server.post(`${team.base}/view`, { body: { name: 'v', shared: true, filters: {} } });
      keep('viewId', view.body.id as string);
      keep('actionId', actions.body.content[0].id as string);
      const schedule = await server.post(`${team.base}/schedule`, {
        body: { workflowRef: run.workflowRef, type: 'cron', cronSchedule: '0 0 1 1 *' },
      });
      keep('scheduleId', schedule.body.id as string);
      const task1 = await server.post(`${team.base}/task`, {
        body: { name: `t-${team.team}`, spec: { script: 'true' } },
      });
      expect(task1.status).toBe(200);
      keep('task', `t-${team.team}`);
      const { id } = await make({ type: 'team', principal: team.team });
      keep('id', id);
    }
    const second = await server.saveWorkflow('alpha', workflow('second', [script('a')], ['a']));
    tokens.set('global', (await make({ type: 'global' })).token);
    for (const role of ['owner', 'editor', 'reader'])
      tokens.set(`team-${role}` as Kind, (await make({ type: 'team', principal: 'alpha', role })).token);
    for (const [kind, principal] of [
      ['user-owner', 'olga'],
      ['user-editor', 'ed'],
      ['user-reader', 'rita'],
      ['stranger', 'zed'],
      ['other-user', 'bea'],
    ] as const) {
      tokens.set(kind, (await make({ type: 'user', principal, permissions: ['**/**'] })).token);
    }
    tokens.set('session-editor', (await make({ type: 'session', principal: 'ed' })).token);
    tokens.set(
      'workflow',
      (await make({ type: 'workflow', principal: ids['workflowId']?.own, permissions: ['**/**'] })).token,
    );
    tokens.set('other-workflow', (await make({ type: 'workflow', principal: second.body.id, role: 'owner' })).token);
    tokens.set('other-team', (await make({ type: 'team', principal: 'beta', role: 'owner' })).token);
    tokens.set('none', null);
    const revoked = await make({ type: 'global' });
    await server.delete(`/api/v2/token/${revoked.id}`);
    tokens.set('revoked', revoked.token);
    tokens.set('expired', await expiredToken());
    for (const kind of kinds) {
      const body = { host: 'x', taskTypes: ['generic'] };
      const answer = await server.post('/api/v1/agent/register', { body, token: tokens.get(kind) ?? null });
      if (answer.status === 200) agents.set(kind, answer.text);
    }
    const { paths } = (await server.get('/api/openapi.json')).body as { paths: Record<string, object> };
    routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((name) => {
        const method = name.toUpperCase();
        return { method, path, key: `${method} ${path}` };
      }),
    );
  });
  afterAll(() => server.stop());

  const queries: Readonly<Record<string, string>> = {
    'GET /api/v2/callback': '?ref=REF&topic=t',
    'POST /api/v2/callback': '?ref=REF&topic=t',
    'POST /api/v2/webhook': '?ref=WORKFLOW',
    'POST /api/v2/event': '?ref=WORKFLOW',
    'GET /api/v1/agent/{agentId}/tasks': '?wait=0&limit=0',
    'GET /api/v1/agent/{agentId}/workflows': '?wait=0&limit=0',
  };

  type Side = 'own' | 'foreign' | 'unknown';

  const nameIn = (path: string): string => (path.includes('/task/') ? 'task' : 'name');

  const urlOf = ({ path, key }: Route, kind: Kind, team: string, side: Side): string => {
    const value = (name: string): string => {
      if (name === 'team') return team;
      if (name === 'agentId') {
        const own = agents.get(kind) ?? unknownId;
        return side === 'own'
          ? own
          : side === 'foreign'
            ? (agents.get(kind === 'global' ? 'team-owner' : 'global') ?? '')
            : unknownId;
      }
      if (side === 'unknown') return name === 'name' ? 'no-such' : unknownId;
      return ids[name === 'name' ? nameIn(path) : name]?.[side] ?? 'no-such';
    };
    const query = (queries[key] ?? '')
      .replace('REF', side === 'unknown' ? unknownId : (ids['workflowRunId']?.[side] ?? ''))
      .replace('WORKFLOW', side === 'unknown' ? unknownId : (ids['workflowId']?.[side] ?? ''));
    return path.replace(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(value(name))) + query;
  };

  const ask = (route: Route, kind: Kind, team: string, side: Side): Promise<Answer> => {
    const isLog = route.key === 'POST /api/v1/taskrun/{taskRunId}/log';
    const isList = /\/(members|approvers)$/.test(route.path);
    return server.request(route.method, urlOf(route, kind, team, side), {
      token: tokens.get(kind) ?? null,
      ...(route.method !== 'GET' && { body: isLog ? 'text' : isList ? [] : {} }),
      headers: isLog ? { 'content-type': 'text/plain', 'runledger-log-offset': '0' } : {},
    });
  };

  /** What a caller can learn from the answer, apart from its own input and the time. */
  const told = ({ status, body }: Answer): unknown => {
    const { timestamp: _timestamp, ...rest } = (body ?? {}) as Record<string, unknown>;
    const message = String(rest['message']).replace(/(there is no) \S+\.$/, '$1 <name>.');
    return { status, ...rest, message };
  };

  it('has a row for every route, and no other', () => {
    expect(routes.map(({ key }) => key).sort()).toEqual(Object.keys(reachTable).sort());
  });

  it('lets in whom the table lets in, and nobody else', async () => {
    // Deletions come last, and name things that do not exist.
    for (const route of routes) {
      const allowed = reachTable[route.key] ?? 'public';
      if (route.path.endsWith('/leave')) continue;
      const namesTeam = route.path.includes('{team}');
      const admitted = admittedBy(allowed, namesTeam);
      for (const kind of kinds) {
        const takesAway = route.method === 'DELETE' || route.path.endsWith('/cancel');
        const answer = await ask(route, kind, 'alpha', takesAway ? 'unknown' : 'own');
        const ends = ['none', 'revoked', 'expired'].includes(kind);
        const seen = [route.key, kind, answer.status, answer.status === 403 || answer.status === 401];
        if (allowed === 'public') expect(seen).toEqual([route.key, kind, 200, false]);
        else if (ends) expect(seen).toEqual([route.key, kind, 401, true]);
        else if (admitted.has(kind)) expect(seen).toEqual([route.key, kind, answer.status, false]);
        else {
          const outside = namesTeam && ['stranger', 'other-team', 'other-user'].includes(kind);
          expect(seen).toEqual(outside ? [route.key, kind, 400, false] : [route.key, kind, 403, true]);
        }
      }
    }
  });

  it('answers for a foreign team as for one that does not exist', async () => {
    for (const route of routes.filter(({ path }) => path.includes('{team}'))) {
      for (const kind of kinds.filter((each) => each !== 'global')) {
        const team = ['other-team', 'other-user'].includes(kind) ? 'alpha' : 'beta';
        const foreign = await ask(route, kind, team, 'own');
        const unknown = await ask(route, kind, 'no-such-team', 'own');
        expect([route.key, kind, told(foreign)]).toEqual([route.key, kind, told(unknown)]);
        expect([route.key, kind, foreign.status < 300]).toEqual([route.key, kind, false]);
      }
    }
  });

  it('answers for a foreign thing as for one that does not exist', async () => {
    const named = routes.filter(({ path, key }) => /\{(?!team)/.test(path) || (queries[key] ?? '').includes('ref='));
    const creates = /^PUT .*(task\/\{name\}|compose)$/;
    for (const route of named.filter(({ key, path }) => !creates.test(key) && !path.startsWith('/api/v2/task/'))) {
      for (const kind of kinds.filter((each) => each !== 'global' && !others.includes(each))) {
        const foreign = await ask(route, kind, 'alpha', 'foreign');
        const unknown = await ask(route, kind, 'alpha', 'unknown');
        expect([route.key, kind, told(foreign)]).toEqual([route.key, kind, told(unknown)]);
        expect([route.key, kind, foreign.status < 300 && foreign.status !== 204]).toEqual([route.key, kind, false]);
      }
    }
  });

  it('shows the token of one workflow nothing of another', async () => {
    const token = tokens.get('other-workflow') ?? null;
    const run = ids['workflowRunId']?.own ?? '';
    const unknown = await server.get(`${runs.base}/workflowrun/${unknownId}`, { token });
    expect(told(await server.get(`${runs.base}/workflowrun/${run}`, { token }))).toEqual(told(unknown));
    expect((await server.get(`${runs.base}/workflowrun/count`, { token })).body.status.all).toBe(0);
    expect((await server.post(`${runs.base}/workflow/w-alpha/submit`, { token, body: {} })).body.code).toBe(1201);
    const log = (id: string) => server.get(`/api/v2/taskrun/${id}/log`, { token });
    expect(told(await log(ids['taskRunId']?.own ?? ''))).toEqual(told(await log(unknownId)));
  });
});
