import type { Pool } from 'pg';
import type { MaskReason } from './batch';
import type { Failure } from './command-recovery';
import type { EventMetadata, News, ViewUpdate } from './types';

export interface CommandProcessorOptions {
  /** The name of this server for the metadata of events. */
  readonly server?: string;
  /** Commands that one transaction carries at most. */
  readonly maxBatch?: number;
  /** Commands that may be under way; more are refused with 503. */
  readonly maxWaiting?: number;
  /** Bytes of the commands that may be under way, about: more are refused with 503. */
  readonly maxWaitingBytes?: number;
  /** The connection that appends go through, apart from those that read; the pool's where absent. */
  readonly writer?: Pool;
  /** Bytes of states kept in memory, as their categories count them. */
  readonly cacheBytes?: number;
  /** Milliseconds that a command waits for a database that is away, from its arrival; then it is refused with 503. 20,000 where absent. */
  readonly patience?: number;
  /** Absent: reasons are kept as they were sent. */
  readonly maskReason?: MaskReason;
  readonly onCommit?: (position: number, views: readonly ViewUpdate[]) => void;
  readonly onFailure?: (failure: Failure) => void;
  /** Told of each command that was answered, and each batch that was committed; in seconds. */
  readonly figures?: CommandFigures;
  /** Told once for each change, after its commit, by the process that has committed it. */
  readonly onNews?: (news: News, metadata: EventMetadata) => void;
}

/** Hears how commands ended: see `Metrics`. */
export interface CommandFigures {
  commandEnded(type: string, outcome: 'committed' | 'repeated' | 'refused' | 'failed', seconds: number): void;
  batchCommitted(commands: number, seconds: number): void;
}
