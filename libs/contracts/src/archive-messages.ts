import { type FinalStatus, RefusedError } from '#libs/kernel';
import type { Reach } from './reach';
import type { WorkflowRunProof } from './trail';

/** Days after which finished runs leave the database, by their status; 0 or absent: never. */
export type Retention = Readonly<Partial<Record<FinalStatus, number>>>;

export interface TeamRetention {
  readonly teamId: string;
  readonly teamName: string;
  /** What the team has set. */
  readonly retention: Retention;
}

/** Query over the bus: what every team has set. Answers `readonly TeamRetention[]`. */
export class FindRetentions {
  constructor(readonly reach: Reach) {}
}

/** Entries of the transparency log with their hashes, as its tiles of level 0 have them: base64. */
export interface LoggedTile {
  readonly tile: number;
  readonly entries: string;
  readonly hashes: string;
}

export interface ProvenRuns {
  /** Runs whose last events no signed checkpoint holds yet are absent. */
  readonly proofs: readonly WorkflowRunProof[];
  /** The tiles that their events are in. */
  readonly tiles: readonly LoggedTile[];
}

/** Query over the bus: whole runs with what proves them, sealed values as they are stored. Answers `ProvenRuns`. */
export class ProveRuns {
  constructor(
    readonly reach: Reach,
    readonly runIds: readonly string[],
  ) {}
}

/** Query over the bus: throws where a proof of a run, or a tile, is not good in itself. Answers null. */
export class CheckProvenRuns {
  constructor(
    readonly reach: Reach,
    readonly proven: ProvenRuns,
  ) {}
}

export interface ArchivedRun {
  readonly teamId: string;
  readonly workflowId: string;
  /** The name of the archive. */
  readonly archive: string;
}

/** Query over the bus: where a run lies that has left the database. Answers `ArchivedRun | null`. */
export class FindArchivedRun {
  constructor(
    readonly reach: Reach,
    readonly runId: string,
  ) {}
}

export function isArchived(runId: string, { archive }: ArchivedRun): RefusedError {
  return new RefusedError(
    'WORKFLOWRUN_ARCHIVED',
    `The WorkflowRun has left the database. It lies in the archive ${archive}: runledger archive show ${runId}`,
  );
}
