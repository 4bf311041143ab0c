import { type AgentSpans, type TraceContext, writeTraceparent } from '#libs/tracing';
import type { ClaimedTask, TaskOutcome } from './protocol';

/** The span of one execution, below the server's span of the try. */
export class TaskSpan {
  private readonly start = Date.now();

  private constructor(
    private readonly spans: AgentSpans,
    private readonly task: ClaimedTask,
    private readonly place: { readonly context: TraceContext; readonly parentSpanId: string },
  ) {}

  /** Undefined if the agent sends no spans, or the task's trace is not recorded. */
  static begin(spans: AgentSpans | null, task: ClaimedTask): TaskSpan | undefined {
    const place = spans?.below(task.traceparent);
    return spans && place ? new TaskSpan(spans, task, place) : undefined;
  }

  /** For what the task calls. */
  get traceparent(): string {
    return writeTraceparent(this.place.context);
  }

  end(status: TaskOutcome['status'], agent: string): void {
    const { id, name, type, workflowRunRef } = this.task;
    const isError = status !== 'succeeded';
    this.spans.ended({
      ...this.place,
      name: `execute ${name}`,
      start: this.start,
      end: Date.now(),
      attributes: {
        'runledger.run.id': workflowRunRef,
        'runledger.task.id': id,
        'runledger.task.name': name,
        'runledger.task.type': type,
        'runledger.agent.name': agent,
        'runledger.status': status,
        ...(isError && { 'error.type': status }),
      },
      moments: [],
      isError,
    });
  }
}
