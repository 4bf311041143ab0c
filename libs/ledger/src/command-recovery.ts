import { isConnectionLoss, isPassingFault } from '#libs/database';
import { databaseAway, type DomainEvent, RefusedError } from '#libs/kernel';
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Decided } from './batch';
import type { KnownStates } from './known-states';
import { findReceipts, receiptName } from './receipts';
import { type CommandOutcome, open, type WaitingCommand } from './waiting-command';

/** Times that a command is decided again because another process was faster. */
const maxConflicts = 20;
/** Times that a command is sent again after its batch was lost; from the second on without neighbours. */
const maxFailures = 5;
/** Milliseconds between two tries to reach the database, at most. */
const longestPause = 1000;

export interface Failure {
  readonly error: unknown;
  readonly commands: number;
  readonly connectionLost: boolean;
}

/** What recovery needs of the processor. */
export interface RestOfProcessor {
  /** Decides commands and commits them, apart from all others. Returns those that must be decided again. */
  readonly alone: (commands: readonly WaitingCommand[]) => Promise<readonly WaitingCommand[]>;
  readonly tell: (command: WaitingCommand, outcome: CommandOutcome<unknown, DomainEvent>) => void;
  /** Does this to the commands that wait for the failed batch: those of the next batch, and those that are in none. */
  readonly eachGroup: (refuse: (commands: readonly WaitingCommand[]) => void) => void;
  readonly onFailure: (failure: Failure) => void;
}

/** Recovers the commands of a batch that failed, or that may have failed: it loses none, and carries out none twice. */
export class CommandRecovery {
  private isClosing = false;

  constructor(
    private readonly pool: Pool,
    private readonly states: KnownStates,
    /** Milliseconds that a command waits for a database that is away, from its arrival. */
    private readonly patience: number,
    private readonly rest: RestOfProcessor,
  ) {}

  /** From now on no command waits for a database that is away. */
  close(): void {
    this.isClosing = true;
  }

  /** Another process was faster on some streams: those are loaded afresh; nothing of the batch was written. */
  async decideAgain(
    decided: readonly Decided[],
    refused: readonly WaitingCommand[],
    stale: ReadonlySet<string>,
    taken: ReadonlySet<string>,
  ): Promise<readonly WaitingCommand[]> {
    for (const id of stale) this.states.forget(id);
    const beaten = decided.filter(({ waiting }) => isOnAny(waiting, stale));
    const committed = await findCommitted(
      this.pool,
      beaten.flatMap(({ waiting, parts }) =>
        parts.map(({ streamId, firstVersion }) => probe(waiting, streamId, firstVersion)),
      ),
    );
    for (const { waiting, outcome } of decided) {
      const { receipt } = waiting.request;
      if (committed.has(waiting.metadata.commandId)) {
        waiting.resolve(outcome);
        this.rest.tell(waiting, outcome);
      } else {
        const isBeaten = isOnAny(waiting, stale) || (receipt !== undefined && taken.has(receiptName(receipt)));
        if (isBeaten && ++waiting.conflicts >= maxConflicts) {
          waiting.reject(new RefusedError('SERVICE_UNAVAILABLE', 'Too many writers at once. Try again shortly.'));
        }
      }
    }
    return open([...decided.map(({ waiting }) => waiting), ...refused]);
  }

  /**
   * The batch failed as a whole. After a lost connection nobody knows whether it was committed, so each command is looked for
   * by its id and tried again if it is not there; after any other error the commands are tried one by one, and only the one
   * at fault is refused.
   */
  async recover(batch: readonly WaitingCommand[], error: unknown): Promise<readonly WaitingCommand[]> {
    for (const { parts } of batch) for (const { streamId } of parts) this.states.forget(streamId);
    const connectionLost = isConnectionLoss(error);
    this.rest.onFailure({ error, commands: batch.length, connectionLost });
    if (connectionLost || isPassingFault(error)) return this.resume(batch);
    if (batch.length > 1) return this.oneByOne(batch);
    batch[0]?.reject(error);
    return [];
  }

  private async oneByOne(commands: readonly WaitingCommand[]): Promise<readonly WaitingCommand[]> {
    const again: WaitingCommand[] = [];
    for (const each of commands) again.push(...(await this.rest.alone([each])));
    return again;
  }

  private async resume(batch: readonly WaitingCommand[]): Promise<readonly WaitingCommand[]> {
    for (const each of batch) each.failures++;
    await this.findOut(batch);
    const left = open(batch);
    for (const each of left.filter(({ failures }) => failures >= maxFailures)) {
      const message = `The command has failed ${maxFailures} times for reasons outside of it. Try again shortly.`;
      each.reject(new RefusedError('SERVICE_UNAVAILABLE', message));
    }
    // A command that breaks connections must not take its neighbours along: the second time each is sent alone.
    const alone = left.length > 1 ? open(left).filter(({ failures }) => failures > 1) : [];
    const together = open(left).filter((each) => !alone.includes(each));
    return [...together, ...(await this.oneByOne(alone))];
  }

  /** Asks the database, as soon as it can say so, which commands of the batch are committed, and answers those. */
  private async findOut(batch: readonly WaitingCommand[]): Promise<void> {
    for (let attempt = 0; open(batch).length > 0; attempt++) {
      await pause(Math.min(50 * 2 ** attempt, longestPause));
      try {
        const committed = await findCommitted(
          this.pool,
          open(batch).flatMap((each) => each.parts.map(({ streamId }) => probe(each, streamId, null))),
        );
        await this.answerCommitted(open(batch).filter(({ metadata }) => committed.has(metadata.commandId)));
        return;
      } catch (error) {
        if (!isConnectionLoss(error) && !isPassingFault(error)) throw error;
        this.refuseImpatient(batch);
        this.rest.eachGroup((commands) => this.refuseImpatient(commands));
      }
    }
  }

  /** Refuses commands that have waited too long for the database; during a shutdown, all of them. */
  private refuseImpatient(commands: readonly WaitingCommand[]): void {
    const now = performance.now();
    for (const each of open(commands)) {
      if (!this.isClosing && now - each.since < this.patience) continue;
      each.reject(databaseAway());
    }
  }

  /** Answers commands that were committed before the connection was lost, even if their streams cannot be read any more. */
  private async answerCommitted(commands: readonly WaitingCommand[]): Promise<void> {
    const keys = commands.flatMap((each) => (each.request.receipt ? [each.request.receipt] : []));
    const receipts = keys.length > 0 ? await findReceipts(this.pool, keys) : new Map<string, { answer: string }>();
    for (const each of commands) {
      const { receipt } = each.request;
      const kept = receipt && receipts.get(receiptName(receipt));
      if (kept) each.resolve({ replayed: true, answer: kept.answer });
      else if (each.sent) each.resolve(each.sent);
      else each.reject(new RefusedError('SERVICE_UNAVAILABLE', 'The command is carried out, and its answer is lost.'));
      if (each.sent) this.rest.tell(each, each.sent);
    }
  }
}

interface CommittedProbe {
  readonly streamId: string;
  /** The position of the command's first event in the stream; null = anywhere. */
  readonly streamVersion: number | null;
  readonly commandId: string;
}

/** Those of the given command ids with events in the ledger. */
async function findCommitted(pool: Pool, probes: readonly CommittedProbe[]): Promise<ReadonlySet<string>> {
  if (probes.length === 0) return new Set();
  const { rows } = await pool.query<{ id: string }>({
    name: 'find_committed',
    text: `select distinct p.id
             from unnest($1::uuid[], $2::int[], $3::text[]) as p(stream, version, id)
             join event e on e.stream_id = p.stream
                         and (p.version is null or e.stream_version = p.version)
                         and e.metadata::jsonb ->> 'commandId' = p.id`,
    values: [
      probes.map((each) => each.streamId),
      probes.map((each) => each.streamVersion),
      probes.map((each) => each.commandId),
    ],
  });
  return new Set(rows.map((row) => row.id));
}

function isOnAny({ parts }: WaitingCommand, streams: ReadonlySet<string>): boolean {
  return parts.some(({ streamId }) => streams.has(streamId));
}

function probe(waiting: WaitingCommand, streamId: string, streamVersion: number | null) {
  return { streamId, streamVersion, commandId: waiting.metadata.commandId };
}
