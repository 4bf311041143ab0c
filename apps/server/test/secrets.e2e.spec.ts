import { execFileSync } from 'node:child_process';
import { Writable } from 'node:stream';
import pino from 'pino';
import { expectLedgerWhole } from './ledger-checks';
import { type Answer, TestServer } from './harness';
import { RealAgent } from './real-agent';
import { resultsOf, Runs, script, task, taskOf, workflow } from './workflows';

/** A different secret for each place that it can come from; with quotes, a newline, and shell syntax. */
const secrets = {
  run: 'run-s3cret "q" $(id)\nsecond-line-of-it',
  declared: 'default-s3cret-\\n-value',
  team: 'team-s3cret-ümläut-😀',
  global: "global-s3cret-it's",
  started: 'start-s3cret-overlay',
  scheduled: 'schedule-s3cret-value',
};

/** The forms to search for. */
function formsOf(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  const escaped = JSON.stringify(secret).slice(1, -1);
  const twice = JSON.stringify(escaped).slice(1, -1);
  return [secret, escaped, twice, encodeURIComponent(secret), base64, ...secret.split('\n')];
}

function expectNone(text: string, where: string): void {
  for (const secret of Object.values(secrets)) {
    for (const form of formsOf(secret)) if (text.includes(form)) throw new Error(`${where} holds ${form}`);
  }
}

/** Every row of every table, as text. */
async function dump(server: TestServer): Promise<string> {
  const { rows } = await server.pool.query<{ name: string }>(
    `select quote_ident(tablename) as name from pg_tables where schemaname = 'public'`,
  );
  const parts: string[] = [];
  for (const { name } of rows) {
    const found = await server.pool.query<{ row: string }>(
      name === 'task_log'
        ? `select convert_from(string_agg(chunk, ''::bytea order by fence, byte_offset), 'UTF8') as row from task_log group by task_run_id`
        : `select to_jsonb(t)::text as row from ${name} t`,
    );
    parts.push(name, ...found.rows.map(({ row }) => row));
  }
  return parts.join('\n');
}

describe('secrets', () => {
  let server: TestServer;
  let runs: Runs;
  let agent: RealAgent;
  let logged = '';
  const answers: string[] = [];

  beforeAll(async () => {
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        logged += chunk.toString();
        done();
      },
    });
    server = await TestServer.start({ logger: pino({ level: 'debug' }, sink) });
    const request = server.request.bind(server);
    server.request = async (...args) => {
      const answer = await request(...args);
      answers.push(answer.text);
      return answer;
    };
    agent = await RealAgent.start(server);
    await server.createTeam('alpha');
    runs = new Runs(server, 'alpha');
  });
  afterAll(async () => {
    try {
      await agent.stop();
      await expectLedgerWhole(server.pool);
    } finally {
      await server.stop();
    }
  });

  const passwordParam = (name: string, more: Record<string, unknown> = {}) => ({ name, type: 'password', ...more });

  it('reach the task that uses them, and are found nowhere else', async () => {
    await server.post('/api/v2/parameters', { body: passwordParam('g', { value: secrets.global }) });
    await server.request('PATCH', '/api/v2/team/alpha', {
      body: {
        parameters: [passwordParam('t', { value: secrets.team }), { name: 'plain', type: 'text', value: 'shown' }],
      },
    });
    const print = ['RUN', 'DECLARED', 'TEAM', 'GLOBAL', 'STARTED', 'URL'].map(
      (name) => `printf '%s\\n' "$PARAM_${name}"; printf %s "$PARAM_${name}" | base64 -w0; echo`,
    );
    const params = {
      run: '$(params.run)',
      declared: '$(workflow.params.declared)',
      team: '$(params.t)',
      global: '$(global.params.g)',
      started: '$(params.started)',
      url: 'https://user:$(params.run)@host/$(params.t)?plain=$(team.params.plain)',
    };
    const definition = workflow(
      'uses',
      [
        task('print', 'script', params, ['start'], {
          results: [{ name: 'copy' }, { name: 'sum' }],
          spec: {
            script: `#!/bin/sh\n${print.join('\n')}\nprintf %s "$PARAM_RUN" > $(results.copy.path)\nprintf '%s' "$PARAM_RUN$PARAM_DECLARED$PARAM_TEAM$PARAM_GLOBAL$PARAM_STARTED" | cksum | cut -d' ' -f1 > $(results.sum.path)\n# $(params.t)\necho "$PARAM_RUN" >&2`,
          },
        }),
        script('again', ['print:success'], {
          params: [{ name: 'copied', value: '$(tasks.print.results.copy)' }],
          results: [{ name: 'same' }],
          spec: { script: 'printf "%s" "$PARAM_COPIED" | cksum | cut -d" " -f1 > $(results.same.path)' },
        }),
        task('switch', 'decision', { value: '$(params.team-part)$(params.t)' }, ['print:success']),
        task('output', 'setwfproperty', { output: 'out', value: { nested: ['$(params.run)'] } }, ['again:success']),
        task('ask', 'approval', { instructions: 'Use $(params.run)?' }, ['output']),
        task(
          'child',
          'runworkflow',
          { workflowRef: 'takes', wait: true, secret: '$(params.run)', open: 'x $(params.t) y' },
          ['output'],
        ),
        script('fails', ['output'], {
          spec: { script: 'echo "$PARAM_RUN" >&2; exit 3' },
          params: [{ name: 'run', value: '$(params.run)' }],
        }),
      ],
      ['ask', 'child', 'switch:always', 'fails:always'],
      {
        params: [
          passwordParam('run', { required: true, minValueLength: 5 }),
          passwordParam('declared', { default: secrets.declared }),
          passwordParam('started'),
        ],
      },
    );
    await server.saveWorkflow(
      'alpha',
      workflow(
        'takes',
        [
          script('echo', ['start'], {
            spec: { script: 'echo "$PARAM_S"; echo "$PARAM_O"' },
            params: [
              { name: 's', value: '$(params.secret)' },
              { name: 'o', value: '$(params.open)' },
            ],
          }),
        ],
        ['echo'],
        {
          params: [passwordParam('secret'), { name: 'open', type: 'text' }],
        },
      ),
    );
    expect((await server.saveWorkflow('alpha', definition)).status).toBe(200);
    const submitted = await server.submit('alpha', 'uses', { params: [{ name: 'run', value: secrets.run }] }, false);
    expect(submitted.status).toBe(200);
    const id = submitted.body.id as string;
    // The agent may already have started it: then the overlay comes too late, so use another run.
    const start = await server.put(`${runs.base}/workflowrun/${id}/start`, {
      body: { params: [{ name: 'started', value: secrets.started }] },
    });
    expect([200, 400]).toContain(start.status);
    const asked = await runs.waiting(id, 'ask');
    await server.put(`${runs.base}/action`, {
      body: [{ id: resultsOf(asked)['actionRef'], approved: true, comments: 'yes' }],
    });
    const run = await runs.ended(id);
    expect(run.status).toBe('succeeded');
    const sum = (text: string) => execFileSync('cksum', { input: text }).toString().split(' ')[0];
    const all =
      secrets.run + secrets.declared + secrets.team + secrets.global + (start.status === 200 ? secrets.started : '');
    expect(resultsOf(taskOf(run, 'print'))['sum']).toBe(sum(all));
    expect(resultsOf(taskOf(run, 'again'))['same']).toBe(sum(secrets.run));
    expect(taskOf(run, 'print').params.find(({ name }: { name: string }) => name === 'url').value).toBe(
      'https://user:******@host/******?plain=shown',
    );
    expect(run.params.find(({ name }: { name: string }) => name === 'run').value).toBeNull();
    expect(run.results).toEqual([{ name: 'out', description: null, value: { nested: ['******'] } }]);
    expect(taskOf(run, 'fails')).toMatchObject({ status: 'failed' });
    expect(taskOf(run, 'fails').statusMessage).toContain('******');

    for (const name of ['print', 'fails']) {
      const log = await server.get(`/api/v2/taskrun/${taskOf(run, name).id as string}/log`);
      expect(log.text).toContain('****');
    }
    const childId = resultsOf(taskOf(run, 'child'))['workflowRunRef'] as string;
    const child = await runs.ended(childId);
    await server.get(`/api/v2/taskrun/${taskOf(child, 'echo').id as string}/log`);
    const schedule = await server.post(`${runs.base}/schedule`, {
      body: {
        workflowRef: 'takes',
        type: 'cron',
        cronSchedule: '0 0 1 1 *',
        params: [{ name: 'secret', value: secrets.scheduled }],
      },
    });
    expect(schedule.body.params).toEqual([{ name: 'secret', value: '******' }]);
    const retried = await server.put(`${runs.base}/workflowrun/${(await failing(server)).id as string}/retry`, {
      body: { params: [{ name: 'run', value: secrets.run }] },
    });
    expect(retried.status).toBe(200);
    await server.get(`${runs.base}/workflow/uses`);
    for (const each of [id, childId, retried.body.id as string]) {
      const { body, text } = await server.get(`${runs.base}/workflowrun/${each}/events?limit=1000`);
      expect(text).toContain('******');
      const last = (body.events as { version: number }[]).at(-1)?.version ?? 0;
      for (let version = 1; version <= last; version++) {
        await server.get(`${runs.base}/workflowrun/${each}?version=${version}`);
      }
      await server.get(`${runs.base}/workflowrun/${each}/diff?from=1&to=${last}&limit=10000`);
      await server.get(`${runs.base}/workflowrun/${each}/explain`);
    }
    for (const rest of ['events', 'revisions', 'diff?from=1&to=1'])
      await server.get(`${runs.base}/workflow/uses/${rest}`);
    await server.get(`${runs.base}/workflowrun/query?limit=100`);
    await server.get(`${runs.base}/action/query`);
    await server.get('/api/v2/team/alpha');
    await server.get('/api/v2/parameters');
    await server.submit('alpha', 'uses', { params: [{ name: 'run', value: 'x' }] });

    expectNone(answers.join('\n'), 'an answer');
    expectNone(logged, 'the log');
    expectNone(await dump(server), 'the database');
  });

  /** A run of the same workflow that is cancelled at once. */
  async function failing(on: TestServer): Promise<Answer['body']> {
    const { body } = await on.submit('alpha', 'uses', { params: [{ name: 'run', value: secrets.run }] });
    await on.delete(`${runs.base}/workflowrun/${body.id as string}/cancel`);
    return body as unknown;
  }

  it('cannot be forged: a request with the mark of a sealed text is refused', async () => {
    const { rows } = await server.pool.query<{ value: string }>(
      `select state -> 'parameters' -> 0 ->> 'value' as value from team where name = 'alpha'`,
    );
    const sealed = rows[0]?.value ?? '';
    expect(sealed).toContain('sealed:1:');
    const answer = await server.submit('alpha', 'uses', { params: [{ name: 'run', value: sealed }] });
    expect(answer.body).toMatchObject({ code: 400 });
    expect((await server.get(`/api/v2/callback?ref=x&topic=${encodeURIComponent(sealed)}`)).status).toBe(400);
  });

  it('are checked like any value', async () => {
    const answer = await server.submit('alpha', 'uses', { params: [{ name: 'run', value: 'abc' }] });
    expect(answer.body).toMatchObject({ code: 1002 });
    expect(answer.body.message).toContain('Param run must have at least 5 characters.');
    expect(answer.text).not.toContain('abc');
    const none = await server.submit('alpha', 'uses', {});
    expect(none.body.message).toContain('Param run is required');
  });
});
