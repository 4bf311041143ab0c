import type { TraceContext } from './trace-context';

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** Something that happened during a span. */
export interface SpanMoment {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly attributes?: SpanAttributes;
}

/** A span that has ended. It never holds a secret or a personal value: collectors keep what they get. */
export interface FinishedSpan {
  readonly name: string;
  readonly context: TraceContext;
  readonly parentSpanId?: string;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
  readonly attributes: SpanAttributes;
  readonly moments: readonly SpanMoment[];
  /** Moments that it had no room for. */
  readonly droppedMoments?: number;
  /** Spans of other traces that it has to do with. */
  readonly links?: readonly TraceContext[];
  readonly isError: boolean;
}

/** Moments that a span keeps at most. */
export const maxMoments = 128;
