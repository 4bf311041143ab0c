import { derivedSpanId, derivedTraceId, readTraceparent, type TraceContext, writeTraceparent } from './trace-context';

/** A run, as far as traces go. */
export interface TracedRun {
  readonly id: string;
  /** Of the request that made it, or of what in this server did. */
  readonly traceparent?: string;
}

/** A task of a run, and how many of its tries have failed before. */
export interface TracedTask {
  readonly id: string;
  readonly tries: number;
}

/** The span of a run. */
export interface RunSpan extends TraceContext {
  readonly parentSpanId?: string;
}

/** Decides whether a trace is recorded. `parent`: null where this server begins it. */
export type Sampler = (traceId: string, parent: TraceContext | null) => boolean;

/**
 * Where runs and the tries of their tasks stand in traces. All ids are derived from the ids in the ledger: each server gives the same ones
 * without asking, and a span that is sent again is the same span.
 */
export class Tracing {
  /** Traces are off: what a request says of its trace is handed on unchanged. */
  static readonly off = new Tracing(null);

  constructor(private readonly sampler: Sampler | null) {}

  /** A run continues the trace of its request; without one it begins a trace of its own. */
  spanOfRun({ id, traceparent }: TracedRun): RunSpan {
    const parent = readTraceparent(traceparent);
    const traceId = parent?.traceId ?? derivedTraceId('run', id);
    return {
      traceId,
      spanId: derivedSpanId('run', id),
      isSampled: this.sampler?.(traceId, parent) ?? false,
      ...(parent && { parentSpanId: parent.spanId }),
    };
  }

  spanOfTry(run: TracedRun, { id, tries }: TracedTask): TraceContext {
    const { traceId, isSampled } = this.spanOfRun(run);
    return { traceId, isSampled, spanId: derivedSpanId('try', id, tries) };
  }

  /** The `traceparent` of what the current try of a task does: for its agent, and for the run that it makes. Undefined: it has none. */
  traceparentOfTry(run: TracedRun, task: TracedTask): string | undefined {
    return this.sampler ? writeTraceparent(this.spanOfTry(run, task)) : run.traceparent;
  }

  /** The `traceparent` of what follows from a run: its retry by the server. */
  traceparentOfRun(run: TracedRun): string | undefined {
    return this.sampler ? writeTraceparent(this.spanOfRun(run)) : run.traceparent;
  }
}
