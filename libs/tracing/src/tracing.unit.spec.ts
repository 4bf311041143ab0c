import { samplerOf } from './otlp';
import type { SamplerName, TracingSettings } from './settings';
import { readTraceparent, writeTraceparent } from './trace-context';
import { Tracing } from './tracing';

const settings = (sampler: SamplerName, ratio = 1): TracingSettings => ({
  url: 'http://127.0.0.1',
  timeout: 1,
  serviceName: 'it',
  serviceVersion: '1',
  sampler,
  ratio,
});
const tracing = (sampler: SamplerName, ratio = 1) => new Tracing(samplerOf(settings(sampler, ratio)));
const given = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const unrecorded = given.replace(/1$/, '0');
const runs = Array.from({ length: 1000 }, (_, number) => ({ id: `run-${number}` }));
const sampled = (of: Tracing) => runs.filter((run) => of.spanOfRun(run).isSampled).length;

describe('places in traces', () => {
  it('are read and written', () => {
    const place = readTraceparent(given);
    expect(place && writeTraceparent(place)).toBe(given);
    expect(readTraceparent('00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01')).toBeNull();
    expect(readTraceparent(undefined)).toBeNull();
  });

  it('follow from the ids', () => {
    const on = tracing('always_on');
    const run = { id: 'one', traceparent: given };
    expect(on.spanOfRun(run)).toEqual(tracing('always_on').spanOfRun(run));
    expect(on.spanOfRun(run)).toMatchObject({ traceId: given.slice(3, 35), parentSpanId: given.slice(36, 52) });
    const places = [
      on.spanOfRun(run),
      on.spanOfTry(run, { id: 't', tries: 0 }),
      on.spanOfTry(run, { id: 't', tries: 1 }),
    ];
    expect(new Set(places.map(({ spanId }) => spanId)).size).toBe(3);
    expect(on.spanOfRun({ id: 'two' }).traceId).not.toBe(on.spanOfRun({ id: 'three' }).traceId);
  });

  it('a sampler keeps a part of the traces, and what the caller keeps', () => {
    expect(sampled(tracing('always_off'))).toBe(0);
    expect(sampled(tracing('parentbased_always_off'))).toBe(0);
    expect(sampled(tracing('parentbased_traceidratio', 0.25)) / runs.length).toBeCloseTo(0.25, 1);
    const isKept = (sampler: SamplerName, traceparent: string, ratio = 1) =>
      tracing(sampler, ratio).spanOfRun({ id: 'one', traceparent }).isSampled;
    expect(isKept('parentbased_always_off', given)).toBe(true);
    expect(isKept('parentbased_traceidratio', given, 0)).toBe(true);
    expect(isKept('parentbased_always_on', unrecorded)).toBe(false);
    expect(isKept('always_on', unrecorded)).toBe(true);
    expect(isKept('always_off', given)).toBe(false);
  });

  it('without traces, what the caller says is handed on', () => {
    const run = { id: 'one', traceparent: given };
    expect(Tracing.off.traceparentOfTry(run, { id: 't', tries: 0 })).toBe(given);
    expect(Tracing.off.traceparentOfRun({ id: 'one' })).toBeUndefined();
  });
});
