import type { ReachInTeam, StreamSink } from '#libs/contracts';
import type { LiveEvent } from './live-events';
import { asksForStanding, type LiveFilter, type LiveScope, passes } from './live-filter';
import { mostPending } from './bounds';

export interface StreamRequest {
  readonly scope: LiveScope;
  readonly filter: LiveFilter;
  /** How the reader sees names; null: as the team of each event does. Of the same scope and filter, one for all. */
  readonly reach: ReachInTeam | null;
  /** The position after which the reader goes on; absent: from now on. */
  readonly from?: number;
}

/** One reader. It has every event of its scope after a position that its filter passes, once, in order. */
export class LiveStream {
  /** What was committed while it catches up; null: it is caught up. */
  private pending: Buffer[] | null = [];
  private pendingBytes = 0;
  private sink: StreamSink | null = null;

  /** @param start up to this position it reads the ledger itself. @param from after this position it wants events. @param leave no longer counts it. */
  constructor(
    readonly group: LiveGroup,
    private start: number,
    readonly from: number,
    readonly leave: () => void,
  ) {}

  /** Up to here it reads the ledger itself; what comes later is given to it. */
  get startsAt(): number {
    return this.start;
  }

  attach(sink: StreamSink): void {
    this.sink = sink;
  }

  /** Takes the messages of a page of the ledger that it passes. `upTo`: where the page ends. */
  take(messages: Buffer, upTo: number): void {
    if (this.pending === null) {
      this.sink?.send(messages);
      return;
    }
    this.pendingBytes += messages.length;
    if (this.pendingBytes <= mostPending) this.pending.push(messages);
    else {
      this.pending = [];
      this.pendingBytes = 0;
      this.start = upTo;
    }
  }

  /** It has read the ledger up to `startsAt`. */
  caughtUp(): void {
    for (const messages of this.pending ?? []) this.sink?.send(messages);
    this.pending = null;
  }

  /** After `position` nothing has come for it. */
  stayAlive(position: number): void {
    const id = this.pending === null && position > this.start ? `id: ${position}\n` : '';
    this.sink?.send(Buffer.from(`: keep-alive\n${id}\n`));
  }

  finish(why: string): void {
    this.sink?.finish(why);
  }

  /** Up to here it reads the ledger itself, or has what is there. */
  get hasUpTo(): number {
    return Math.max(this.start, this.from);
  }
}

/** The readers of the same events in the same view: their messages are put together once. */
export class LiveGroup {
  readonly streams = new Set<LiveStream>();
  readonly asksForStanding: boolean;

  constructor(
    readonly key: string,
    readonly request: Pick<StreamRequest, 'scope' | 'filter' | 'reach'>,
  ) {
    this.asksForStanding = asksForStanding(request.filter);
  }

  passes(event: LiveEvent): boolean {
    return this.covers(event.teamId, event.event.streamId) && passes(this.request.filter, event);
  }

  covers(teamId: string, runId: string): boolean {
    const { scope } = this.request;
    if (scope.kind === 'run') return scope.runId === runId;
    return scope.teamIds === null || scope.teamIds.includes(teamId);
  }
}

export function groupKeyOf({ scope, filter, reach }: StreamRequest): string {
  const view = reach?.kind === 'workflow' ? reach.workflowId : '';
  return JSON.stringify([scope, filter, view]);
}
