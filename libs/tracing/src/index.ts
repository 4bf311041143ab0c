// Traces: where runs and tasks stand in them, and how spans are sent over OTLP. It must not know what a run consists of, nor the
// ledger. The packages of OpenTelemetry are loaded only when traces are on: `./open` loads them.
export * from './collector-away';
export * from './open';
export * from './settings';
export * from './span';
export type { AgentSpans, SpanSender } from './otlp';
export * from './trace-context';
export * from './tracing';
