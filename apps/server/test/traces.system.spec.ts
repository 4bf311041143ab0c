import { createTestDatabase, type TestDatabase, until } from '#libs/testing';
import { build, ServerProcess } from './server-process';
import { TraceCollector } from './trace-collector';
import { script, task, workflow } from './workflows';

describe('traces of the built programs', () => {
  let database: TestDatabase;
  let collector: TraceCollector;
  beforeAll(async () => {
    await build();
    database = await createTestDatabase();
    collector = await TraceCollector.start();
  });
  afterAll(async () => {
    ServerProcess.killAll();
    await collector.stop();
    await database.drop();
  });

  const start = (flags: readonly string[], settings: NodeJS.ProcessEnv = {}): Promise<ServerProcess> => {
    const environment = {
      DATABASE_URL: database.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=k%201',
      ...settings,
    };
    return ServerProcess.start(environment, flags);
  };
  const submit = async (server: ServerProcess, definition: { readonly name: string }): Promise<void> => {
    await server.call('PUT', '/api/v2/team/alpha/workflow', definition);
    await server.call('POST', `/api/v2/team/alpha/workflow/${definition.name}/submit?start=true`, {});
  };

  it('the server and its local agent send spans, and nothing is lost or made twice by a kill', async () => {
    const first = await start(['--no-demo']);
    await first.call('POST', '/api/v2/team', { name: 'alpha' });
    await submit(first, workflow('scripted', [script('a')], ['a']));
    await until(() => collector.named('run scripted').length > 0 && collector.named('execute a').length > 0);
    expect(collector.lastHeaders).toMatchObject({ 'api-key': 'k 1', 'content-type': 'application/json' });
    expect(collector.named('execute a')[0]).toMatchObject({
      service: 'runledger-agent',
      traceId: collector.named('run scripted')[0]?.traceId,
    });

    // The server is killed while the collector has the spans and has not answered: it cannot know that they were taken.
    collector.answers = false;
    await submit(first, workflow('asleep', [task('nap', 'sleep', { duration: 1 })], ['nap']));
    await until(() => collector.named('run asleep').length > 0);
    await submit(first, workflow('unseen', [task('rest', 'sleep', { duration: 1 })], ['rest']));
    await first.end('SIGKILL');
    collector.answers = true;
    const second = await start(['--no-demo', '--no-agent']);
    await until(() => collector.named('run unseen').length > 0);
    const sent = collector.named('run asleep');
    expect(sent.length).toBeGreaterThan(1);
    for (const each of sent) expect(each).toEqual(sent[0]);
    expect(collector.named('run scripted')).toHaveLength(1);
    expect(collector.named('run unseen')).toHaveLength(1);
    expect(await second.end('SIGTERM')).toBe(0);
  });

  it('ends in time although the collector does not answer', async () => {
    collector.answers = false;
    const server = await start(['--no-demo', '--no-agent']);
    await submit(server, workflow('stuck', [task('nap', 'sleep', { duration: 1 })], ['nap']));
    await until(() => collector.named('run stuck').length > 0);
    expect(await server.end('SIGTERM')).toBe(0);
    collector.answers = true;
  });

  it('says what is wrong with the settings', async () => {
    await expect(start(['--no-demo', '--no-agent'], { OTEL_TRACES_SAMPLER: 'some' })).rejects.toThrow(
      'OTEL_TRACES_SAMPLER must be one of',
    );
  });
});
