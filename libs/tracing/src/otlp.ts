import { randomBytes } from 'node:crypto';
import {
  type Link,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type ReadableSpan,
  SamplingDecision,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import { CollectorAway } from './collector-away';
import type { TracingSettings } from './settings';
import type { FinishedSpan } from './span';
import { readTraceparent, type TraceContext } from './trace-context';
import type { Sampler } from './tracing';

/** Spans of one request. */
const maxBatch = 512;
/** Answers that say that these spans will never be taken. Every other failure may pass, a wrong password or path too. */
const finalAnswers: ReadonlySet<number> = new Set([400, 413, 415, 422]);

export interface SenderOptions {
  /** The collector does not take spans; called once, until it takes some again. */
  readonly onAway: (reason: string) => void;
  readonly onBack: () => void;
  /** The collector has refused these spans for good. */
  readonly onDropped: (spans: number, reason: string) => void;
}

/** Sends spans to a collector. It keeps none: who calls it does, until they are sent. */
export class SpanSender {
  private readonly exporter: OTLPTraceExporter;
  private readonly resource: Resource;
  private isAway = false;
  private isClosed = false;
  private abandon: (reason: Error) => void = () => undefined;
  private readonly closed = new Promise<Error>((resolve) => (this.abandon = resolve));
  /** Spans since the start, by what became of them. */
  readonly counts = { exported: 0, dropped: 0 };

  constructor(
    settings: TracingSettings,
    private readonly options: SenderOptions,
  ) {
    this.exporter = exporterOf(settings);
    this.resource = resourceOf(settings);
  }

  /** @throws CollectorAway if some were not taken, or the sender was closed: all of them may be sent again. */
  async send(spans: readonly FinishedSpan[]): Promise<void> {
    for (let from = 0; from < spans.length; from += maxBatch) await this.sendBatch(spans.slice(from, from + maxBatch));
  }

  /** Ends what is under way: nobody waits for a slow collector. */
  close(): void {
    this.isClosed = true;
    this.abandon(new Error('The sender was closed.'));
    void this.exporter.shutdown();
  }

  private async sendBatch(spans: readonly FinishedSpan[]): Promise<void> {
    const error = await Promise.race([this.export(spans), this.closed]);
    if (error === null) {
      this.counts.exported += spans.length;
      if (this.isAway) this.options.onBack();
      this.isAway = false;
    } else if (finalAnswers.has(Number((error as { code?: unknown }).code))) {
      this.counts.dropped += spans.length;
      this.options.onDropped(spans.length, error.message);
    } else {
      if (!this.isAway && !this.isClosed) this.options.onAway(error.message);
      this.isAway = true;
      throw new CollectorAway(error.message, { cause: error });
    }
  }

  private export(spans: readonly FinishedSpan[]): Promise<Error | null> {
    const readable = spans.map((span) => readableOf(span, this.resource, SpanKind.INTERNAL));
    return new Promise((resolve) => {
      this.exporter.export(readable, ({ error }) => resolve(error ?? null));
    });
  }
}

/** The spans of an agent: what it executes. Spans that the collector does not take in time are lost; tasks never wait for it. */
export class AgentSpans {
  private readonly processor: BatchSpanProcessor;
  private readonly resource: Resource;

  constructor(settings: TracingSettings) {
    this.processor = new BatchSpanProcessor({
      exporter: exporterOf(settings),
      exportTimeoutMillis: settings.timeout,
      scheduledDelayMillis: 1000,
    });
    this.resource = resourceOf(settings);
  }

  /** The place of a new span below a `traceparent`; null if that is none, or its trace is not recorded. */
  below(traceparent: string | undefined): { readonly context: TraceContext; readonly parentSpanId: string } | null {
    const parent = readTraceparent(traceparent);
    if (!parent?.isSampled) return null;
    return { context: { ...parent, spanId: randomBytes(8).toString('hex') }, parentSpanId: parent.spanId };
  }

  ended(span: FinishedSpan): void {
    this.processor.onEnd(readableOf(span, this.resource, SpanKind.CONSUMER));
  }

  /** Sends what is left, for as long as one request may take. */
  async close(): Promise<void> {
    await this.processor.shutdown().catch(() => undefined);
  }
}

export function samplerOf({ sampler, ratio }: TracingSettings): Sampler {
  const root = sampler.endsWith('traceidratio')
    ? new TraceIdRatioBasedSampler(ratio)
    : sampler.endsWith('always_off')
      ? new AlwaysOffSampler()
      : new AlwaysOnSampler();
  const chosen = sampler.startsWith('parentbased') ? new ParentBasedSampler({ root }) : root;
  return (traceId, parent) => {
    const context = parent
      ? trace.setSpanContext(ROOT_CONTEXT, { ...spanContextOf(parent), isRemote: true })
      : ROOT_CONTEXT;
    return (
      chosen.shouldSample(context, traceId, '', SpanKind.INTERNAL, {}, []).decision ===
      SamplingDecision.RECORD_AND_SAMPLED
    );
  };
}

function exporterOf({ url, timeout }: TracingSettings): OTLPTraceExporter {
  return new OTLPTraceExporter({ url, timeoutMillis: timeout });
}

function resourceOf({ serviceName, serviceVersion }: TracingSettings): Resource {
  return detectResources({ detectors: [envDetector] }).merge(
    resourceFromAttributes({ 'service.name': serviceName, 'service.version': serviceVersion }),
  );
}

function spanContextOf({ traceId, spanId, isSampled }: TraceContext): SpanContext {
  return { traceId, spanId, traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE };
}

function readableOf(span: FinishedSpan, resource: Resource, kind: SpanKind): ReadableSpan {
  const {
    name,
    context,
    parentSpanId,
    start,
    end,
    attributes,
    moments,
    droppedMoments = 0,
    links = [],
    isError,
  } = span;
  const own = spanContextOf(context);
  return {
    name,
    kind,
    spanContext: () => own,
    ...(parentSpanId !== undefined && { parentSpanContext: { ...own, spanId: parentSpanId, isRemote: true } }),
    startTime: timeOf(start),
    endTime: timeOf(end),
    duration: timeOf(end - start),
    ended: true,
    status: { code: isError ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes,
    events: moments.map(({ at, ...moment }) => ({ ...moment, time: timeOf(at) })),
    links: links.map((each): Link => ({ context: spanContextOf(each) })),
    resource,
    instrumentationScope: { name: 'runledger' },
    droppedAttributesCount: 0,
    droppedEventsCount: droppedMoments,
    droppedLinksCount: 0,
  };
}

/** Seconds and nanoseconds. */
function timeOf(milliseconds: number): [number, number] {
  return [Math.floor(milliseconds / 1000), (milliseconds % 1000) * 1_000_000];
}
