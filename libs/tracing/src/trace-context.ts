import { createHash } from 'node:crypto';

/** A place in a trace (W3C Trace Context): ids as lower-case hexadecimal digits, 32 and 16 of them. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  /** Whether the spans of this trace are recorded. */
  readonly isSampled: boolean;
}

const form = /^00-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})$/;

/** Reads a header `traceparent` of version 00; null if the text is none. */
export function readTraceparent(text: string | undefined): TraceContext | null {
  const [, traceId, spanId, flags] = form.exec(text ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  return { traceId, spanId, isSampled: (parseInt(flags, 16) & 1) === 1 };
}

export function writeTraceparent({ traceId, spanId, isSampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
}

/** An id of a trace that follows from what it is of: always the same, and as evenly spread as a random one. */
export function derivedTraceId(...parts: readonly (string | number)[]): string {
  return digest(parts).slice(0, 32);
}

/** The same for a span. */
export function derivedSpanId(...parts: readonly (string | number)[]): string {
  return digest(parts).slice(0, 16);
}

function digest(parts: readonly (string | number)[]): string {
  return createHash('sha256').update(parts.join('/')).digest('hex');
}
