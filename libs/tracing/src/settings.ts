/** How spans are sent, as the standard variables of OpenTelemetry say it. */
export interface TracingSettings {
  /** The whole address that spans are posted to. */
  readonly url: string;
  /** Milliseconds for one request, with its repetitions. */
  readonly timeout: number;
  readonly serviceName: string;
  readonly serviceVersion: string;
  readonly sampler: SamplerName;
  /** From 0 to 1: the part of the traces that a sampler with a ratio keeps. */
  readonly ratio: number;
}

const samplers = [
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
  'always_on',
  'always_off',
  'traceidratio',
] as const;
export type SamplerName = (typeof samplers)[number];

/** Longer would keep the transaction around a request open for too long. */
const maxTimeout = 20_000;

/** Names of variables that hold secrets. */
export const secretTracingSettings = ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS'] as const;

/**
 * Reads the standard variables; an empty one counts as absent. `settings` is null if traces are off: without an endpoint, with
 * OTEL_SDK_DISABLED=true or OTEL_TRACES_EXPORTER=none. Headers, compression, certificates and resource attributes are read from the
 * environment by the packages of OpenTelemetry themselves.
 */
export function readTracingSettings(
  environment: NodeJS.ProcessEnv,
  service: { readonly name: string; readonly version: string },
): { readonly settings: TracingSettings | null; readonly problems: readonly string[] } {
  const given = (...names: readonly string[]) => {
    const name = names.find((each) => environment[each]);
    return name === undefined ? undefined : { name, value: environment[name] ?? '' };
  };
  const endpoint = given('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT');
  const isDisabled = environment['OTEL_SDK_DISABLED']?.toLowerCase() === 'true';
  if (!endpoint || isDisabled || environment['OTEL_TRACES_EXPORTER'] === 'none')
    return { settings: null, problems: [] };
  const problems: string[] = [];
  const { name, value } = endpoint;
  if (!/^https?:\/\//.test(value) || !URL.canParse(value)) problems.push(`${name} must be an http or https URL`);
  const url = name.includes('TRACES') ? value : `${value.replace(/\/+$/, '')}/v1/traces`;
  const protocol = given('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL');
  if (protocol && !protocol.value.startsWith('http/')) {
    problems.push(`${protocol.name} must be http/json: spans are sent over HTTP, usually to port 4318`);
  }
  const timeout = given('OTEL_EXPORTER_OTLP_TRACES_TIMEOUT', 'OTEL_EXPORTER_OTLP_TIMEOUT');
  const milliseconds = timeout ? wholeNumber(timeout.value) : 10_000;
  if (!(milliseconds >= 1 && milliseconds <= maxTimeout)) {
    problems.push(`${timeout?.name} must be milliseconds from 1 to ${maxTimeout}`);
  }
  const wanted = given('OTEL_TRACES_SAMPLER')?.value ?? 'parentbased_always_on';
  const sampler = samplers.find((each) => each === wanted);
  if (!sampler) problems.push(`OTEL_TRACES_SAMPLER must be one of ${samplers.join(', ')}`);
  const ratio = Number(given('OTEL_TRACES_SAMPLER_ARG')?.value ?? 1);
  if (!(ratio >= 0 && ratio <= 1)) problems.push('OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1');
  if (problems.length > 0 || !sampler) return { settings: null, problems };
  const serviceName = given('OTEL_SERVICE_NAME')?.value ?? service.name;
  const settings = { url, timeout: milliseconds, serviceName, serviceVersion: service.version, sampler, ratio };
  return { settings, problems };
}

function wholeNumber(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : NaN;
}
