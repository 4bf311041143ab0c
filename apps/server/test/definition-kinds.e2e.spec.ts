import { type Answer, TestServer } from './harness';
import { resultsOf, Runs, script, task, taskOf, until, workflow } from './workflows';

let server: TestServer;
let runs: Runs;
const yaml = { 'content-type': 'application/x-yaml' };

beforeAll(async () => {
  server = await TestServer.start();
  await server.createTeam('alpha');
  runs = new Runs(server, 'alpha');
});
afterAll(() => server.stop());

const nap = (name: string, more: Record<string, unknown> = {}) =>
  workflow(name, [task('t', 'sleep', { duration: 1 })], ['t'], more);
const post = (body: unknown, headers = {}): Promise<Answer> =>
  server.post('/api/v2/team/alpha/workflow', { body, headers });

describe('the name of a workflow', () => {
  it.each([
    ['Café résumé', 'cafe-resume'],
    ['Déploiement', 'deploiement'],
    ['Straße', 'strasse'],
    ['Müller', 'muller'],
    ['łódź', 'lodz'],
  ])('%s makes %s, keeps its text, and says so', async (sent, name) => {
    const { body } = await post(nap(sent));
    expect(body).toMatchObject({ name, displayName: sent });
    expect(body.warnings).toEqual([expect.stringContaining(`the workflow's name is ${name}`)]);
    expect((await server.get(`/api/v2/team/alpha/workflow/${name}`)).body.displayName).toBe(sent);
  });

  it('that makes the slug of another is refused, and revises nothing', async () => {
    await post(nap('Build API'));
    for (const sent of [{ name: 'build.api' }, { name: undefined, displayName: 'Build: API' }]) {
      const answer = await server.saveWorkflow('alpha', { ...nap('x'), ...sent });
      expect(answer.body).toMatchObject({ code: 1208, message: expect.stringContaining('"Build API"') as string });
    }
    expect((await server.get('/api/v2/team/alpha/workflow/build-api')).body.version).toBe(1);
    expect((await server.saveWorkflow('alpha', nap('Build API'))).body).toMatchObject({
      name: 'build-api',
      version: 2,
    });
    expect((await post(nap('Build API'))).body.code).toBe(1208);
  });

  it('of a task or a team is refused with the slug that would do, and made of the display name', async () => {
    const save = (body: unknown) => server.post('/api/v2/team/alpha/task', { body });
    expect((await save({ name: 'Größe prüfen' })).body).toMatchObject({
      code: 1403,
      message: expect.stringContaining('for example grosse-prufen') as string,
    });
    expect((await save({ displayName: 'Größe prüfen' })).body.name).toBe('grosse-prufen');
    const team = (body: unknown) => server.post('/api/v2/team', { body });
    expect((await team({ name: 'Équipe' })).body.message).toContain('for example equipe');
    expect((await team({ displayName: 'Équipe' })).body.name).toBe('equipe');
    for (const name of ['home', 'admin', 'system', 'profile', 'connect']) {
      expect((await team({ name })).body).toMatchObject({
        code: 1101,
        message: expect.stringContaining(name) as string,
      });
    }
  });
});

describe('a definition', () => {
  it('does not keep what only a client uses', async () => {
    const { body } = await post({
      ...nap('client-fields', { params: [{ name: 'p', type: 'text' }] }),
      upgradesAvailable: true,
      unknownFields: { a: 1 },
      warnings: ['sent'],
    });
    for (const field of ['upgradesAvailable', 'unknownFields', 'warnings']) expect(body).not.toHaveProperty(field);
    expect(body.params).toEqual([{ name: 'p', type: 'text' }]);
  });

  it('in YAML keeps the text of its numbers, and merges', async () => {
    const text = `
name: spelled
labels: {version: 1.10, build: 42}
params: [{name: a, type: text, default: 01234}, {name: b, type: text, default: 1.10}, {name: c, default: no}]
tasks:
- {name: start, type: start}
- &t {name: t, type: sleep, params: [{name: duration, value: 1}], dependencies: [{taskRef: start}]}
- {<<: *t, name: u}
- {name: end, type: end, dependencies: [{taskRef: t}, {taskRef: u}]}
`;
    const { body } = await post(text, yaml);
    expect(body.params.map((param: Answer['body']) => param.default as string)).toEqual(['01234', '1.10', 'no']);
    expect(body.labels).toEqual({ version: '1.10', build: '42' });
    expect(taskOf(body, 'u')).toMatchObject({ type: 'sleep', dependencies: [{ taskRef: 'start' }] });
    const out = await server.get('/api/v2/team/alpha/workflow/spelled/export?format=yaml');
    for (const quoted of ['"01234"', '"1.10"', '"no"']) expect(out.text).toContain(`default: ${quoted}`);
    expect((await post(`${text}---\na: [1\n`, yaml)).body.message).toContain('in document 2 of 2');
    expect((await post(`${text}---\na: 1\n`, yaml)).body.message).toContain('document 2, which begins in line 11');
  });

  it('of version 3 of the reference is recognised', async () => {
    for (const body of [
      { name: 'old', latestRevision: { dag: {} } },
      [{ name: 'old', revisions: [], nodetype: 'templateTask' }],
    ]) {
      for (const path of ['workflow', 'task']) {
        const answer = await server.post(`/api/v2/team/alpha/${path}`, { body });
        expect(answer.body).toMatchObject({ code: 400, message: expect.stringContaining('version 3') as string });
      }
    }
  });

  it('whose approver group cannot meet the quorum is refused', async () => {
    await server.request('PATCH', '/api/v2/team/alpha', {
      body: { approverGroups: [{ name: 'leads', approvers: ['ann@x.org', 'ANN@x.org', 'bob@x.org'] }] },
    });
    const asks = (params: Record<string, unknown>) =>
      server.saveWorkflow('alpha', workflow('quorum', [task('ok', 'approval', params)], ['ok']));
    expect((await asks({ approverGroupId: 'leads', numberOfApprovers: 3 })).body).toMatchObject({
      code: 1207,
      message: expect.stringContaining('needs 3 approvals, but approver group leads has 2 members') as string,
    });
    expect((await asks({ approverGroupId: 'leads', numberOfApprovals: '2' })).status).toBe(200);
    expect((await asks({ approverGroupId: 'leads', numberOfApprovers: '$(params.n)' })).status).toBe(200);
    expect((await asks({ approverGroupId: 'none' })).body.warnings).toEqual([
      expect.stringContaining('the team has no approver group none'),
    ]);
  });
});

describe('a workflow that many save at once', () => {
  it('is copied under a name for each, and saved as a revision by each', async () => {
    const body = workflow('crowded', [task('nap', 'sleep', { duration: 1 })], ['nap']);
    const saves = await Promise.all(Array.from({ length: 8 }, () => server.saveWorkflow('alpha', body)));
    expect(saves.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(new Set(saves.map(({ body: saved }) => saved.version as number)).size).toBe(8);
    const copies = await Promise.all(
      Array.from({ length: 8 }, () => server.post('/api/v2/team/alpha/workflow/crowded/duplicate')),
    );
    expect(copies.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(new Set(copies.map(({ body: copy }) => copy.name as string)).size).toBe(8);
  });
});

describe('a task that the system runs', () => {
  it('is named in warnings where its params can never pass, and ends invalid with the same words', async () => {
    const never = [
      task('nap', 'sleep', { duration: 'abc' }),
      task('back', 'sleep', { duration: -5 }),
      task('none', 'sleep', {}),
      task('verdict', 'setwfstatus', { status: 'bogus' }),
      task('later', 'runscheduledworkflow', { workflowRef: 'hopeless', futureIn: 1, futurePeriod: 'eons' }),
      task('ask', 'approval', { numberOfApprovers: 0 }),
      task('child', 'runworkflow', { workflowRef: 'nowhere' }),
    ];
    const open = task('fine', 'sleep', { duration: '$(params.ms)' });
    const body = workflow('hopeless', [...never, open], ['nap:always'], { params: [{ name: 'ms', default: '0' }] });
    const saved = await server.saveWorkflow('alpha', body);
    expect(saved.status).toBe(200);
    const warnings = saved.body.warnings as string[];
    expect(warnings).toEqual([
      'Task nap: Param duration must be a number of milliseconds from 0 to 31536000000 (a year).',
      'Task back: Param duration must be a number of milliseconds from 0 to 31536000000 (a year).',
      'Task none: Param duration must be a number of milliseconds from 0 to 31536000000 (a year).',
      'Task verdict: Param status must be succeeded or failed (completed and failure are accepted too).',
      'Task later: Param futurePeriod must be one of minutes, hours, days, weeks, months.',
      'Task ask: Param numberOfApprovers must be a whole number from 1 to 100.',
      'Task child: the team has no workflow nowhere yet.',
    ]);
    const submitted = await server.submit('alpha', 'hopeless', {}, true);
    const run = await server.get(`/api/v2/team/alpha/workflowrun/${submitted.body.id}?withTasks=true`);
    const tasks = run.body.tasks as { name: string; status: string; statusMessage?: string }[];
    for (const { name } of never.slice(0, 6)) {
      const { status, statusMessage } = tasks.find((each) => each.name === name) ?? {};
      expect({ name, status }).toEqual({ name, status: 'invalid' });
      expect(warnings).toContain(`Task ${name}: ${statusMessage}`);
    }
  });
});

describe('a Task of Tekton', () => {
  it('is answered with warnings for what is not kept, and they are not kept either', async () => {
    const text = `
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: warned}
spec:
  workspaces: [{name: source}]
  steps: [{name: warned, image: busybox, securityContext: {runAsUser: 1000}, script: 'cd $(workspaces.source.path)'}]
`;
    const { body } = await server.post('/api/v2/team/alpha/task', { body: text, headers: yaml });
    expect(body.warnings).toHaveLength(3);
    expect((await server.get('/api/v2/team/alpha/task/warned')).body).not.toHaveProperty('warnings');
    const validated = await server.post('/api/v2/team/alpha/task/validate', { body: text, headers: yaml });
    expect(validated.body).toEqual({ warnings: body.warnings as string[] });
  });

  it('with a list for its arguments gives one argument for each item', async () => {
    const text = `
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: array-args}
spec:
  params: [{name: args, type: array, default: []}]
  steps: [{name: run, image: busybox, command: [printf, '<%s>'], args: ['$(params.args[*])', '$(params.args[0])']}]
`;
    const saved = await server.post('/api/v2/team/alpha/task', { body: text, headers: yaml });
    expect(saved.body).not.toHaveProperty('warnings');
    const params = [{ name: 'args', value: ['-a', 'two words'] }];
    const uses = task('c', '', {}, ['start'], { type: 'template', taskRef: 'alpha/array-args', params });
    const id = await runs.start(workflow('lists', [uses], ['c']));
    expect((await runs.task(id, 'c')).spec.arguments).toEqual(['-a', 'two words', '-a']);
  });
});

describe('a run', () => {
  it('that no edge of a decision led on names the decision and its value', async () => {
    const edge = (name: string, condition: string) => ({
      ...task(name, 'sleep', { duration: 1 }),
      dependencies: [{ taskRef: 'where', decisionCondition: condition }],
    });
    const decides = (name: string, type: string) =>
      workflow(
        name,
        [task('where', 'decision', { value: '$(params.to)' }), edge('a', 'blue'), edge('b', 'red')],
        ['a', 'b'],
        {
          params: [{ name: 'to', type, default: 'green-s3cret' }],
        },
      );
    const message = async (name: string, type: string) =>
      (await runs.ended(await runs.start(decides(name, type)))).statusMessage as string;
    expect(await message('shown', 'text')).toBe(
      'No edge of decision where was taken: its value, "green-s3cret", matches none of their conditions, and no edge is without one.',
    );
    const masked = await message('masked', 'password');
    expect(masked).toContain('decision where');
    expect(masked).not.toContain('s3cret');
  });

  const fails = (name: string, retries: number) =>
    workflow(name, [task('t', 'setwfstatus', { status: 'failed' })], ['t'], { retries });

  it('counts its retries by itself, whatever annotations say', async () => {
    await server.saveWorkflow('alpha', fails('counted', 1));
    const annotations = { 'boomerang.io/retry-count': 99, 'boomerang.io/retry-of': 'x', mine: 1 };
    const labels = { 'boomerang.io/retry-of': 'x' };
    const first = (await server.submit('alpha', 'counted', { annotations, labels })).body;
    const run = await runs.ended(first.id as string);
    expect(run.annotations).toMatchObject({ mine: 1 });
    expect(run.annotations).not.toHaveProperty(['boomerang.io/retry-count']);
    expect(run.labels).toEqual({});
    const label = encodeURIComponent(`boomerang.io/retry-of=${run.id as string}`);
    const retries = await untilFound(`${runs.base}/workflowrun/query?labels=${label}`, 1);
    expect(retries[0].annotations).toMatchObject({
      'boomerang.io/retry-of': run.id as string,
      'boomerang.io/retry-count': 1,
      mine: 1,
    });
  });

  it('that a task waits for keeps its parent when it is retried, and the last retry ends the task', async () => {
    await server.saveWorkflow('alpha', fails('child', 2));
    const waits = task('it', 'runworkflow', { workflowRef: 'child', wait: true });
    const parent = await runs.ended(await runs.start(workflow('parent', [waits], ['it'])));
    const it = taskOf(parent, 'it');
    expect(it.status).toBe('failed');
    const last = (await server.get(`${runs.base}/workflowrun/${String(resultsOf(it)['workflowRunRef'])}`)).body;
    expect(last.annotations).toMatchObject({ 'boomerang.io/retry-count': 2 });
  });

  it('takes its retries along when the task that waits for it is cancelled', async () => {
    const agent = await server.registerAgent(['script']);
    await server.saveWorkflow('alpha', workflow('held', [script('s')], ['s'], { retries: 5 }));
    const waits = task('it', 'runworkflow', { workflowRef: 'held', wait: true });
    const id = await runs.start(workflow('holds', [waits], ['it']));
    const [claimed] = await untilClaimed(agent);
    await server.report(claimed, 'start');
    await server.report(claimed, 'end', { status: 'failed' });
    const [again] = await untilClaimed(agent);
    expect(again.workflowRunRef).not.toBe(claimed.workflowRunRef);
    await server.delete(`${runs.base}/workflowrun/${id}/cancel`);
    expect(await runs.ended(again.workflowRunRef as string)).toMatchObject({ status: 'cancelled' });
  });
});

async function untilFound(url: string, count: number): Promise<Answer['body'][]> {
  const { body } = await until(
    () => server.get(url),
    (answer) => (answer.body.content.length as number) >= count,
  );
  return body.content as Answer['body'][];
}

function untilClaimed(agent: string): Promise<Answer['body'][]> {
  return until(
    async () => (await server.claim(agent)) as Answer['body'][],
    (items) => items.length > 0,
  );
}
