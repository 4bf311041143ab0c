import { readTracingSettings } from './settings';

const read = (environment: NodeJS.ProcessEnv) => readTracingSettings(environment, { name: 'it', version: '1' });
const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

describe('the settings of traces', () => {
  it.each([
    ['without an endpoint', {}],
    ['with an empty one', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
    ['where OpenTelemetry is disabled', { ...endpoint, OTEL_SDK_DISABLED: 'true' }],
    ['where nothing exports traces', { ...endpoint, OTEL_TRACES_EXPORTER: 'none' }],
  ])('are off %s', (_where, environment) => {
    expect(read(environment)).toEqual({ settings: null, problems: [] });
  });

  it('have the usual values', () => {
    expect(read(endpoint).settings).toEqual({
      url: 'http://collector:4318/v1/traces',
      timeout: 10_000,
      serviceName: 'it',
      serviceVersion: '1',
      sampler: 'parentbased_always_on',
      ratio: 1,
    });
  });

  it.each([
    ['http://collector:4318/', undefined, 'http://collector:4318/v1/traces'],
    ['https://collector/otlp', undefined, 'https://collector/otlp/v1/traces'],
    ['http://one', 'http://two/in', 'http://two/in'],
  ])('send to %s, or %s, by the address %s', (all, traces, url) => {
    const found = read({ OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces });
    expect(found.settings?.url).toBe(url);
  });

  it('name everything that is wrong', () => {
    const { settings, problems } = read({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_TIMEOUT: '60000',
      OTEL_TRACES_SAMPLER: 'jaeger_remote',
      OTEL_TRACES_SAMPLER_ARG: '2',
    });
    expect(settings).toBeNull();
    expect(problems).toEqual([
      'OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https URL',
      'OTEL_EXPORTER_OTLP_PROTOCOL must be http/json: spans are sent over HTTP, usually to port 4318',
      'OTEL_EXPORTER_OTLP_TIMEOUT must be milliseconds from 1 to 20000',
      expect.stringContaining('OTEL_TRACES_SAMPLER must be one of parentbased_always_on, '),
      'OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1',
    ]);
  });
});
