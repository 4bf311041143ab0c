import { QueryHandler } from '#libs/bus';
import {
  type ArchivedRun,
  FindArchivedRun,
  FindPlanText,
  FindTeamOfRun,
  isArchived,
  type ReachInTeam,
  type WorkflowRunProof,
} from '#libs/contracts';
import { type Json, type JsonObject, OneByOne, RefusedError, reservedFields } from '#libs/kernel';
import { eventDigest, readStream, readStreamPage, type RecordedEvent } from '#libs/ledger';
import { holdsSealed } from '#libs/secrets';
import { type IQueryHandler, Query, QueryBus } from '@nestjs/cqrs';
import { Pool } from 'pg';
import { TreeStore } from '../read/tree-store';
import { RunProver, type ShownPart, wholeEvent } from './run-prover';

/** The events of a run, with what proves them. */
export class GetRunProof extends Query<WorkflowRunProof> {
  constructor(
    readonly reach: ReachInTeam,
    readonly runId: string,
    /** Only the event with this version; absent = all. */
    readonly version?: number,
  ) {
    super();
  }
}

/** The most events of a run in one proof: the largest run that there can be has about this many. */
const maxEvents = 20_000;

@QueryHandler(GetRunProof)
export class GetRunProofHandler implements IQueryHandler<GetRunProof> {
  private readonly turns = new OneByOne();

  constructor(
    private readonly pool: Pool,
    private readonly store: TreeStore,
    private readonly prover: RunProver,
    private readonly queries: QueryBus,
  ) {}

  async execute({ reach, runId, version }: GetRunProof): Promise<WorkflowRunProof> {
    if ((await this.queries.execute<FindTeamOfRun, string | null>(new FindTeamOfRun(reach, runId))) === null) {
      const archived = await this.queries.execute<FindArchivedRun, ArchivedRun | null>(
        new FindArchivedRun(reach, runId),
      );
      if (archived) throw isArchived(runId, archived);
      throw new RefusedError('WORKFLOWRUN_INVALID_REFERENCE', 'Invalid WorkflowRun reference has been provided.');
    }
    const checkpoint = await this.store.latestCheckpoint();
    const events = await this.eventsOf(runId, version);
    const held = events.filter(({ position }) => position <= (checkpoint?.size ?? 0));
    if (!checkpoint || held.length === 0) {
      throw new RefusedError('NOT_FOUND', 'No signed checkpoint holds this yet: try again in 10 seconds.');
    }
    const proof = await this.prover.prove(runId, checkpoint, held, events.length - held.length, shown);
    const plan = await this.queries.execute<FindPlanText, string | null>(new FindPlanText(reach, runId));
    return plan === null || holdsSealed(plan) || version !== undefined ? proof : { ...proof, plan };
  }

  private async eventsOf(runId: string, version: number | undefined): Promise<readonly RecordedEvent[]> {
    const { rows } = await this.pool.query<{ count: string }>({
      name: 'count_events_of_run',
      text: 'select count(*) as count from event where stream_id = $1',
      values: [runId],
    });
    const count = Number(rows[0]?.count ?? 0);
    if (version !== undefined) {
      if (version > count) {
        throw new RefusedError('NOT_FOUND', `The run has no version ${version}: its newest is ${count}.`);
      }
      return readStreamPage(this.pool, runId, { afterVersion: version - 1, limit: 1 });
    }
    if (count > maxEvents) {
      throw new RefusedError(
        'BAD_REQUEST',
        `The run has ${count} events, and one proof has at most ${maxEvents}: ask for one version at a time, or export the ledger.`,
      );
    }
    await this.turns.next();
    return readStream(this.pool, runId);
  }
}

/** What a reader of the run may see. A salted digest covers all of an event's data, so that no part of it can be left out. */
function shown(event: RecordedEvent): ShownPart {
  const withheld = whyWithheld(event);
  if (withheld === null) return wholeEvent(event);
  const { position, recordedAt, streamVersion, type, schemaVersion, stored } = event;
  const named = { position, recordedAt: String(recordedAt), streamVersion, type, schemaVersion };
  return { ...named, digest: eventDigest({ ...event, ...stored }).toString('base64'), withheld };
}

function whyWithheld({ data, stored }: RecordedEvent): string | null {
  if (holdsSealed(stored.data) || holdsSealed(stored.metadata)) return 'The event holds sealed values.';
  const fields = data as JsonObject;
  const reserved = reservedFields.find((name) => holdsAny(fields[name]));
  return reserved === undefined ? null : `The event holds ${nouns[reserved]}.`;
}

const nouns = { fence: 'the fence of a claim', layers: 'values of team or global params' } as const;

function holdsAny(value: Json | undefined): boolean {
  if (value === undefined || value === null) return false;
  return typeof value !== 'object' || Object.values(value).some((each) => !Array.isArray(each) || each.length > 0);
}
