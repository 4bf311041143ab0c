import { Writable } from 'node:stream';
import { createTestDatabase, until } from '#libs/testing';
import { readTracingSettings, type TracingSettings } from '#libs/tracing';
import { pino } from 'pino';
import { TestServer } from './harness';
import { RealAgent } from './real-agent';
import { type CollectedSpan, TraceCollector } from './trace-collector';
import { resultsOf, Runs, script, task, taskOf, workflow } from './workflows';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const callerSpan = 'b7ad6b7169203331';

function settingsFor(collector: TraceCollector, more: NodeJS.ProcessEnv = {}, name = 'runledger'): TracingSettings {
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_TIMEOUT: '500', ...more };
  const { settings } = readTracingSettings(environment, { name, version: '1' });
  if (!settings) throw new Error('Traces are off.');
  return settings;
}

const write = (text: string) => ({
  spec: { script: `printf '%s' "${text}" > $(results.out.path)` },
  results: [{ name: 'out' }],
});

/** Its span, once it has come. */
function come(collector: TraceCollector, name: string): Promise<CollectedSpan> {
  return until(
    () => collector.named(name)[0],
    (span) => span !== undefined,
  ) as Promise<CollectedSpan>;
}

describe('traces', () => {
  let collector: TraceCollector;
  let server: TestServer;
  let agent: RealAgent;
  let runs: Runs;
  const log: string[] = [];

  beforeAll(async () => {
    collector = await TraceCollector.start();
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        log.push(chunk.toString());
        done();
      },
    });
    server = await TestServer.start({ tracing: settingsFor(collector), logger: pino({ level: 'info' }, sink) });
    agent = await RealAgent.start(server, settingsFor(collector, {}, 'runledger-agent'));
    await server.createTeam('alpha');
    runs = new Runs(server, 'alpha');
  });
  afterAll(async () => {
    await agent.stop();
    await server.stop();
    await collector.stop();
  });

  const submit = async (definition: { name: string }, traceparent?: string, body: unknown = {}): Promise<string> => {
    await server.saveWorkflow('alpha', definition);
    const answer = await server.post(`/api/v2/team/alpha/workflow/${definition.name}/submit?start=true`, {
      body,
      ...(traceparent !== undefined && { headers: { traceparent } }),
    });
    return answer.body.id as string;
  };

  it('a run continues the trace of its submit, into what its script calls', async () => {
    const before = Date.now();
    const id = await submit(
      workflow('one', [script('a', ['start'], write('$TRACEPARENT'))], ['a'], {
        params: [{ name: 'p', type: 'password' }],
      }),
      `00-${traceId}-${callerSpan}-01`,
      { params: [{ name: 'p', value: 'hidden-value' }] },
    );
    const ended = await runs.ended(id);
    const execution = await come(collector, 'execute a');
    const attempt = await come(collector, 'task a');
    const run = await come(collector, 'run one');
    expect([run, attempt, execution].map((span) => span.traceId)).toEqual([traceId, traceId, traceId]);
    expect(run.parentSpanId).toBe(callerSpan);
    expect(attempt.parentSpanId).toBe(run.spanId);
    expect(execution.parentSpanId).toBe(attempt.spanId);
    expect(resultsOf(taskOf(ended, 'a'))['out']).toBe(`00-${traceId}-${execution.spanId}-01`);
    expect([run.service, attempt.service, execution.service]).toEqual(['runledger', 'runledger', 'runledger-agent']);
    const order = [before, run.start, attempt.start, execution.start, execution.end, attempt.end, run.end, Date.now()];
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(attempt.moments).toEqual(['claimed', 'started']);
    expect(attempt.attributes).toMatchObject({
      'runledger.run.id': id,
      'runledger.workflow.name': 'one',
      'runledger.team.name': 'alpha',
      'runledger.task.name': 'a',
      'runledger.task.type': 'script',
      'runledger.task.try': 1,
      'runledger.agent.id': expect.any(String),
      'runledger.status': 'succeeded',
    });
    expect(run.attributes).toMatchObject({ 'runledger.run.trigger': 'engine', 'runledger.status': 'succeeded' });
    expect(JSON.stringify(collector.spans)).not.toContain('hidden-value');
  });

  it('a run without one has a trace of its own, always the same', async () => {
    const id = await submit(workflow('two', [script('b')], ['b']));
    const run = await come(collector, 'run two');
    const execution = await come(collector, 'execute b');
    expect(run.parentSpanId).toBeUndefined();
    expect(run.traceId).not.toBe(traceId);
    expect(execution.traceId).toBe(run.traceId);
    expect(run.attributes['runledger.run.id']).toBe(id);
  });

  it('a caller that does not record its trace gets no spans, and its trace goes on', async () => {
    const id = await submit(
      workflow('silent', [script('quiet', ['start'], write('$TRACEPARENT'))], ['quiet']),
      `00-${traceId}-${callerSpan}-00`,
    );
    const ended = await runs.ended(id);
    expect(resultsOf(taskOf(ended, 'quiet'))['out']).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
    await submit(workflow('after', [script('loud')], ['loud']));
    await come(collector, 'run after');
    expect([
      ...collector.named('run silent'),
      ...collector.named('task quiet'),
      ...collector.named('execute quiet'),
    ]).toEqual([]);
  });

  it('each try of a task has a span', async () => {
    const flaky = { retries: 1, backoff: 1, spec: { script: 'exit 3' } };
    await submit(workflow('three', [script('c', ['start'], flaky)], ['c']));
    const run = await come(collector, 'run three');
    const tries = collector.named('task c');
    expect(tries.map(({ attributes }) => attributes['runledger.task.try'])).toEqual([1, 2]);
    expect(new Set(tries.map(({ spanId }) => spanId)).size).toBe(2);
    expect([run, ...tries].map(({ isError }) => isError)).toEqual([true, true, true]);
    expect(tries.map(({ parentSpanId }) => parentSpanId)).toEqual([run.spanId, run.spanId]);
    expect(tries[0]?.end).toBeLessThanOrEqual(tries[1]?.start ?? 0);
    const executions = await until(
      () => collector.named('execute c'),
      ({ length }) => length === 2,
    );
    expect(executions.map(({ parentSpanId }) => parentSpanId)).toEqual(tries.map(({ spanId }) => spanId));
  });

  it('a child run is below the task that made it', async () => {
    await server.saveWorkflow('alpha', workflow('child', [script('inner')], ['inner']));
    await submit(
      workflow('parent', [task('outer', 'runworkflow', { workflowRef: 'child', wait: true })], ['outer']),
      `00-${traceId}-${callerSpan}-01`,
    );
    const parent = await come(collector, 'run parent');
    const [outer] = collector.named('task outer');
    const child = await come(collector, 'run child');
    expect([parent.traceId, outer?.traceId, child.traceId]).toEqual([traceId, traceId, traceId]);
    expect(child.parentSpanId).toBe(outer?.spanId);
    expect(outer?.moments).toContain('waiting');
    expect((await come(collector, 'task inner')).parentSpanId).toBe(child.spanId);
  });

  it("the server's retry is below the run that it retries; one that somebody asks for names it", async () => {
    const id = await submit(
      workflow('four', [script('d', ['start'], { spec: { script: 'exit 1' } })], ['d'], { retries: 1 }),
    );
    const [first, second] = await until(
      () => collector.named('run four'),
      ({ length }) => length === 2,
    );
    expect(second).toMatchObject({ traceId: first?.traceId, parentSpanId: first?.spanId, links: [] });
    expect(second?.attributes).toMatchObject({ 'runledger.run.retry_of': id, 'runledger.run.retry_count': 1 });
    await runs.ended(id);
    expect((await server.put(`${runs.base}/workflowrun/${id}/retry`)).status).toBe(200);
    const asked = await until(
      () => collector.named('run four').find(({ links }) => links.length > 0),
      (span) => span !== undefined,
    );
    expect(asked?.traceId).not.toBe(first?.traceId);
    expect(asked?.links).toEqual([{ traceId: first?.traceId, spanId: first?.spanId }]);
    const ofBulk = await server.post(`${runs.base}/bulk`, { body: { action: 'retry', runs: [id] } });
    expect(ofBulk.status).toBe(200);
    const byJob = await until(
      () => collector.named('run four').find(({ links, traceId }) => links.length > 0 && traceId !== asked?.traceId),
      (span) => span !== undefined,
    );
    expect(byJob?.links).toEqual(asked?.links);
  });

  it('a collector that is away gets everything once it is back, and the log says both once', async () => {
    collector.status = 503;
    const from = collector.requests;
    const flaky = { retries: 1, backoff: 1, spec: { script: 'exit 3' } };
    await runs.ended(await submit(workflow('five', [script('e', ['start'], flaky)], ['e'])));
    await until(() => collector.requests >= from + 4);
    expect(collector.named('run five')).toEqual([]);
    collector.status = 200;
    await come(collector, 'run five');
    await submit(workflow('six', [script('f')], ['f']));
    await come(collector, 'run six');
    expect(collector.named('run five')).toHaveLength(1);
    const tries = collector.named('task e');
    expect(tries.map(({ attributes }) => attributes['runledger.task.try'])).toEqual([1, 2]);
    expect(tries.map(({ moments }) => moments)).toEqual([
      ['claimed', 'started'],
      ['claimed', 'started'],
    ]);
    const said = (text: string) => log.filter((line) => line.includes(text));
    expect(said('the collector takes no spans')).toHaveLength(1);
    expect(said('the collector takes spans again')).toHaveLength(1);
    expect(said('traces are behind')).toEqual([]);
  });

  it('a run that goes on when the collector is back has each try once', async () => {
    collector.status = 503;
    const from = collector.requests;
    const flaky = { retries: 1, backoff: 3_600_000, spec: { script: 'exit 3' } };
    const id = await submit(workflow('fifth', [script('i', ['start'], flaky)], ['i']));
    await until(() => collector.requests >= from + 3);
    collector.status = 200;
    await come(collector, 'task i');
    await server.delete(`/api/v2/team/alpha/workflowrun/${id}/cancel`);
    await come(collector, 'run fifth');
    expect(collector.named('task i').map(({ attributes }) => attributes['runledger.task.try'])).toEqual([1]);
  });

  it('spans that it refuses for good are dropped and counted', async () => {
    collector.status = 400;
    await submit(workflow('seven', [script('g')], ['g']));
    const figure = async (outcome: string): Promise<number> => {
      const { text } = await server.get('/metrics');
      return Number(new RegExp(`runledger_trace_spans{outcome="${outcome}"} (\\d+)`).exec(text)?.[1] ?? NaN);
    };
    await until(async () => (await figure('dropped')) >= 2);
    collector.status = 200;
    await submit(workflow('eight', [script('h')], ['h']));
    await come(collector, 'run eight');
    expect(collector.named('run seven')).toEqual([]);
    expect(await figure('exported')).toBeGreaterThan(2);
  });
});

describe('traces from one start to the next', () => {
  it('begin when they are first on, and go on where they were', async () => {
    const collector = await TraceCollector.start();
    const database = await createTestDatabase();
    const start = () => TestServer.start({ database, tracing: settingsFor(collector) });
    const complete = async (server: TestServer, name: string): Promise<void> => {
      const runs = new Runs(server, 'alpha');
      await runs.ended(await runs.start(workflow(name, [task('nap', 'sleep', { duration: 1 })], ['nap'])));
    };
    const off = await TestServer.start({ database });
    await off.createTeam('alpha');
    await complete(off, 'before');
    await off.stop();
    const first = await start();
    await complete(first, 'seen');
    await come(collector, 'run seen');
    collector.status = 503;
    await complete(first, 'unsent');
    await first.stop();
    collector.status = 200;
    const second = await start();
    await complete(second, 'last');
    await come(collector, 'run last');
    await second.stop();
    expect(collector.spans.filter(({ name }) => name.startsWith('run ')).map(({ name }) => name)).toEqual([
      'run seen',
      'run unsent',
      'run last',
    ]);
    await database.drop();
    await collector.stop();
  });
});

describe('traces that are off', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start();
    await server.createTeam('alpha');
    await server.saveWorkflow('alpha', workflow('w', [script('a')], ['a']));
  });
  afterAll(() => server.stop());

  it.each([
    ['a task without a trace has none', undefined],
    ['the trace of a submit is handed on as it is', `00-${traceId}-${callerSpan}-01`],
  ])('%s', async (_what, traceparent) => {
    await server.post('/api/v2/team/alpha/workflow/w/submit?start=true', {
      body: {},
      ...(traceparent !== undefined && { headers: { traceparent } }),
    });
    const [claimed] = await server.claim(await server.registerAgent());
    expect(claimed).toMatchObject({ name: 'a' });
    expect(claimed.traceparent).toBe(traceparent);
    expect((await server.get('/metrics')).text).not.toContain('runledger_trace');
  });
});
