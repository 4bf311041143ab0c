import { assertNever } from '#libs/kernel';
import {
  type FinishedSpan,
  maxMoments,
  type RunSpan,
  type SpanAttributes,
  type SpanMoment,
  type TraceContext,
  type TracedRun,
  type Tracing,
} from '#libs/tracing';
import { idOfTask, type PlannedTask, type RunEvent, type WorkflowRunSubmitted } from '../../domain';

/** A try of a task that has not ended. */
interface OpenTry {
  readonly since: number;
  readonly moments: SpanMoment[];
  droppedMoments: number;
  agentId: string | null;
}

/** A run, as its submission says where it stands. */
export function tracedRun({ runId: id, traceparent }: WorkflowRunSubmitted['data']): TracedRun {
  return { id, ...(traceparent !== undefined && { traceparent }) };
}

/** Ends that an operator looks into. A cancelled run was told to stop. */
const errors: ReadonlySet<string> = new Set(['failed', 'invalid', 'timedout']);

/**
 * The spans of one run: a fold of its events, which gives a span when something ends. One span for the run, from its submit to its end, and
 * one below it for each try of a task, from the moment when the task is ready: when it was claimed, started and waiting are moments in it.
 */
export class RunTrace {
  readonly span: RunSpan;
  private readonly tasks: ReadonlyMap<string, PlannedTask>;
  private readonly failedTries = new Map<string, number>();
  private readonly open = new Map<string, OpenTry>();
  private readonly moments: SpanMoment[] = [];
  private droppedMoments = 0;
  private agentId: string | null = null;

  /** `links`: the run that it retries, unless it stands below that one. */
  constructor(
    private readonly submitted: WorkflowRunSubmitted['data'],
    private readonly tracing: Tracing,
    private readonly links: readonly TraceContext[],
  ) {
    this.span = tracing.spanOfRun(this.run);
    const { runId, tasks } = submitted;
    this.tasks = new Map(this.span.isSampled ? tasks.map((task, place) => [idOfTask(runId, place), task]) : []);
  }

  /** About how much it holds in memory: its tasks. */
  get size(): number {
    return 1 + this.tasks.size;
  }

  /** The event that follows. The span that ends with it; null: none does. */
  apply(event: RunEvent): FinishedSpan | null {
    if (!this.span.isSampled) return null;
    switch (event.type) {
      case 'WorkflowRunClaimed':
        if (event.data.purpose === 'start') this.agentId = event.data.agentId;
        return this.happened('claimed', event.data.at, { 'runledger.agent.id': event.data.agentId });
      case 'WorkflowRunStarted':
        return this.happened('started', event.data.at);
      case 'TaskRunReady':
      case 'TaskRunRequeued':
        this.open.set(event.data.taskId, { since: event.data.at, moments: [], droppedMoments: 0, agentId: null });
        return null;
      case 'TaskRunClaimed': {
        const { taskId, at, agentId } = event.data;
        const open = this.open.get(taskId);
        if (open) open.agentId = agentId;
        return this.happenedTo(taskId, 'claimed', at, { 'runledger.agent.id': agentId });
      }
      case 'TaskRunReleased':
        return this.happenedTo(event.data.taskId, 'released', event.data.at);
      case 'TaskRunStarted':
        return this.happenedTo(event.data.taskId, 'started', event.data.at);
      case 'TaskRunWaiting': {
        const { for: wait = { kind: 'sleep' } } = event.data;
        return this.happenedTo(event.data.taskId, 'waiting', event.data.at, {
          'runledger.wait.kind': wait.kind,
          ...(wait.kind === 'child' && { 'runledger.child.run.id': wait.child.runId }),
        });
      }
      case 'TaskRunRetried': {
        const { taskId, at } = event.data;
        const span = this.endTry(taskId, at, 'failed');
        this.failedTries.set(taskId, this.triesOf(taskId) + 1);
        return span;
      }
      case 'TaskRunEnded':
        return this.endTry(event.data.taskId, event.data.at, event.data.status);
      case 'WorkflowRunCompleted':
        return this.endRun(event.data.at, event.data.status);
      case 'WorkflowRunCancelled':
        return this.endRun(event.data.at, 'cancelled');
      case 'WorkflowRunTimedOut':
        return this.endRun(event.data.at, 'timedout');
      case 'WorkflowRunSubmitted':
      case 'WorkflowRunQueued':
      case 'WorkflowRunReleased':
      case 'ActionDecided':
      case 'WorkflowRunEventReceived':
      case 'LockAcquired':
      case 'LockReleased':
      case 'WorkflowRunResultSet':
      case 'WorkflowRunStatusOverridden':
      case 'WorkflowRunFinalized':
        return null;
      default:
        return assertNever(event);
    }
  }

  private get run(): TracedRun {
    return tracedRun(this.submitted);
  }

  private get about(): SpanAttributes {
    const { runId, workflow, teamId, teamName } = this.submitted;
    return {
      'runledger.run.id': runId,
      'runledger.workflow.id': workflow.id,
      'runledger.workflow.name': workflow.name,
      'runledger.workflow.version': workflow.version,
      'runledger.team.id': teamId,
      'runledger.team.name': teamName,
    };
  }

  private triesOf(taskId: string): number {
    return this.failedTries.get(taskId) ?? 0;
  }

  private happened(name: string, at: number, attributes: SpanAttributes = {}): null {
    if (this.moments.length < maxMoments) this.moments.push({ name, at, attributes });
    else this.droppedMoments++;
    return null;
  }

  private happenedTo(taskId: string, name: string, at: number, attributes: SpanAttributes = {}): null {
    const open = this.open.get(taskId);
    if (!open) return null;
    if (open.moments.length < maxMoments) open.moments.push({ name, at, attributes });
    else open.droppedMoments++;
    return null;
  }

  /** Null for a task whose turn never came, and for the start and the end of the graph, which take no time. */
  private endTry(taskId: string, at: number, status: string): FinishedSpan | null {
    const open = this.open.get(taskId);
    const task = this.tasks.get(taskId);
    this.open.delete(taskId);
    if (!open || !task || task.type === 'start' || task.type === 'end') return null;
    const tries = this.triesOf(taskId);
    return {
      name: `task ${task.name}`,
      context: this.tracing.spanOfTry(this.run, { id: taskId, tries }),
      parentSpanId: this.span.spanId,
      start: open.since,
      end: at,
      attributes: {
        ...this.about,
        'runledger.task.id': taskId,
        'runledger.task.name': task.name,
        'runledger.task.type': task.type,
        'runledger.task.try': tries + 1,
        ...(open.agentId !== null && { 'runledger.agent.id': open.agentId }),
        ...outcome(status),
      },
      moments: open.moments,
      droppedMoments: open.droppedMoments,
      isError: errors.has(status),
    };
  }

  private endRun(at: number, status: string): FinishedSpan {
    const { trigger, retry, at: start, workflow } = this.submitted;
    const { parentSpanId, ...context } = this.span;
    return {
      name: `run ${workflow.name}`,
      context,
      ...(parentSpanId !== undefined && { parentSpanId }),
      start,
      end: at,
      attributes: {
        ...this.about,
        'runledger.run.trigger': trigger,
        ...(retry && { 'runledger.run.retry_of': retry.of, 'runledger.run.retry_count': retry.count }),
        ...(this.agentId !== null && { 'runledger.agent.id': this.agentId }),
        ...outcome(status),
      },
      // What happens after its end, such as a claim to finalize it, is no part of the span.
      moments: [...this.moments],
      droppedMoments: this.droppedMoments,
      links: this.links,
      isError: errors.has(status),
    };
  }
}

function outcome(status: string): SpanAttributes {
  return { 'runledger.status': status, ...(errors.has(status) && { 'error.type': status }) };
}
