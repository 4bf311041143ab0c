import type { AgentSpans, SenderOptions, SpanSender } from './otlp';
import type { TracingSettings } from './settings';
import { Tracing } from './tracing';

/** What a server needs of traces when they are on. */
export interface ServerTracing {
  readonly tracing: Tracing;
  readonly sender: SpanSender;
}

/** Loads the packages of OpenTelemetry, for a server. */
export async function openServerTracing(settings: TracingSettings, options: SenderOptions): Promise<ServerTracing> {
  const { samplerOf, SpanSender: Sender } = await import('./otlp.js');
  return { tracing: new Tracing(samplerOf(settings)), sender: new Sender(settings, options) };
}

/** Loads the packages of OpenTelemetry, for an agent. */
export async function openAgentSpans(settings: TracingSettings): Promise<AgentSpans> {
  const { AgentSpans: Spans } = await import('./otlp.js');
  return new Spans(settings);
}
