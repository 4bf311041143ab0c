import type { Decider } from '#libs/kernel';

/** Finished runs of one team in one file. */
export interface ArchiveState {
  readonly at: number;
  readonly teamId: string;
  /** Of the file. */
  readonly name: string;
  /** Of the file as it is on the disk. */
  readonly bytes: number;
  readonly sha256: string;
  readonly firstPosition: number;
  readonly lastPosition: number;
  readonly runs: number;
  readonly events: number;
  /** SHA-256 of the list of the events' positions, as the file has it. */
  readonly positionsSha256: string;
}

export interface RecordArchive {
  readonly type: 'RecordArchive';
  readonly archive: ArchiveState;
}

export interface RunsArchived {
  readonly type: 'RunsArchived';
  readonly data: ArchiveState;
}

export const archiveDecider: Decider<ArchiveState, RecordArchive, RunsArchived> = {
  decide: (state, { archive }) => (state ? [] : [{ type: 'RunsArchived', data: archive }]),
  evolve: (state, { data }) => state ?? data,
};
