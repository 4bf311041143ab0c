import { BackgroundPool } from '#libs/database';
import {
  CheckProvenRuns,
  FinalizeWorkflowRun,
  FindRetentions,
  type LoggedTile,
  type ProvenRuns,
  ProveRuns,
  type Retention,
  serverReach,
  type TeamRetention,
  type WorkflowRunProof,
} from '#libs/contracts';
import { type Clock, CLOCK, isId, newId, RefusedError } from '#libs/kernel';
import { CommandProcessor, positionsHash, positionsText } from '#libs/ledger';
import { Inject, Injectable } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { dueBefore } from '../domain';
import { ArchiveStore } from '../read/archive-store';
import { archiveCategory } from './archive-category';
import {
  type ArchiveHead,
  archiveNames,
  nameOf,
  readArchive,
  removeDrafts,
  type StoredArchive,
  writeArchive,
} from './archive-file';

/** The most runs of one archive. */
const mostRuns = 200;
/** Runs that leave the views in one transaction: commands wait for it a few milliseconds. */
const removedAtOnce = 25;
/** An archive ends with the run that makes its events' text larger than this. */
const mostBytes = 16 * 1024 * 1024;
/** Runs that are proven at once. */
const provenAtOnce = 5;
/** For each millisecond of work, milliseconds of rest while commands are under way; and the longest rest. */
const rest = 2;
const longestRest = 1000;
/** Runs whose proofs are checked without letting others have the process: some milliseconds. */
const checkedAtOnce = 5;
const actor = 'system:archive';

export interface ArchiveSettings {
  readonly folder: string;
  /** Where a team has set nothing. */
  readonly retention: Retention;
}

/**
 * Brings finished runs into archives. Each step can be repeated: a file is written whole or not at all, is read back and verified, is named by an event,
 * and only then its runs are removed from the database, some at once: a run is in the views or archived. Whatever ends in between, the next pass goes on from there.
 */
@Injectable()
export class Archivist {
  constructor(
    private readonly pool: BackgroundPool,
    private readonly processor: CommandProcessor,
    private readonly store: ArchiveStore,
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Finishes what an earlier process has begun. `onError` is told of an archive that is not good: its runs stay in the database, and the others go on. */
  async resume(folder: string, onError: (error: unknown) => void): Promise<void> {
    await removeDrafts(folder);
    for (const name of await archiveNames(folder)) await this.adopt(folder, name).catch(onError);
    for (const { name } of await this.store.unremoved()) {
      await this.verified(folder, name)
        .then((archive) => this.remove(archive))
        .catch(onError);
    }
  }

  /** Records a file that a process has written, and not recorded any more. */
  private async adopt(folder: string, name: string): Promise<void> {
    const id = name.slice(11, 47);
    if (!isId(id) || (await this.store.isRecorded(id))) return;
    const archive = await this.verified(folder, name);
    const runs = archive.proofs.map(({ run }) => run);
    // Else the file belongs to another database, or is older than a restore: it stays as it is.
    if ((await this.store.countPresent(runs)) === runs.length) await this.record(name, archive);
  }

  /** One archive of the first team that has runs to archive. Answers false if there is nothing to do. `isStopped`: then it leaves early. */
  async step({ folder, retention }: ArchiveSettings, isStopped: () => boolean): Promise<boolean> {
    const upTo = await this.store.readByAll();
    for (const team of await this.queries.execute<FindRetentions, readonly TeamRetention[]>(
      new FindRetentions(serverReach),
    )) {
      const limits = dueBefore(this.clock.now(), team.retention, retention);
      if (limits.length === 0) continue;
      if (isStopped()) return false;
      const due = await this.store.due(team.teamId, limits, mostRuns, upTo);
      await this.finalize(due.completed);
      if (due.finalized.length > 0 && (await this.archive(folder, team, due.finalized, isStopped))) return true;
    }
    return false;
  }

  private async finalize(runIds: readonly string[]): Promise<void> {
    const context = { metadata: { actor, reason: 'The run is due for its archive.' } };
    await Promise.all(
      runIds.map(async (runId) => {
        try {
          await this.commands.execute(new FinalizeWorkflowRun(serverReach, runId, context));
        } catch (error) {
          // An agent holds it still: it is looked at again.
          if (!(error instanceof RefusedError) || error.status >= 500) throw error;
        }
      }),
    );
  }

  private async archive(
    folder: string,
    { teamId, teamName }: TeamRetention,
    runIds: readonly string[],
    isStopped: () => boolean,
  ): Promise<boolean> {
    const { proofs, tiles } = await this.prove(runIds, isStopped);
    if (proofs.length === 0 || isStopped()) return false;
    const at = this.clock.now();
    const id = newId(at);
    const positions = positionsOf(proofs);
    const head = {
      format: 'runledger.archive/1' as const,
      id,
      at,
      teamId,
      team: teamName,
      positions: positionsText(positions),
      runs: proofs.length,
      events: positions.length,
    };
    const name = nameOf(id, at);
    await writeArchive(folder, name, { head, proofs, tiles });
    const archive = await this.verified(folder, name);
    await this.record(name, archive);
    await this.remove(archive);
    return true;
  }

  private async prove(runIds: readonly string[], isStopped: () => boolean): Promise<ProvenRuns> {
    const proofs: WorkflowRunProof[] = [];
    const tiles = new Map<number, LoggedTile>();
    let bytes = 0;
    for (let at = 0; at < runIds.length && bytes < mostBytes && !isStopped(); at += provenAtOnce) {
      const began = performance.now();
      const some = new ProveRuns(serverReach, runIds.slice(at, at + provenAtOnce));
      const proven = await this.queries.execute<ProveRuns, ProvenRuns>(some);
      proofs.push(...proven.proofs);
      for (const tile of proven.tiles) tiles.set(tile.tile, tile);
      for (const { events } of proven.proofs) bytes += events.reduce((sum, { data = '' }) => sum + data.length, 0);
      await this.giveWay(began);
    }
    return { proofs, tiles: [...tiles.values()] };
  }

  /** After work that began then. */
  private giveWay(began: number): Promise<void> {
    return pause(this.processor.isBusy ? Math.min(rest * (performance.now() - began), longestRest) : 0);
  }

  /** Read back from the disk. @throws Error where it is not good. */
  private async verified(folder: string, name: string): Promise<StoredArchive> {
    const archive = await readArchive(folder, name);
    const { head, proofs, tiles } = archive;
    const positions = positionsText(positionsOf(proofs));
    if (positions !== head.positions || proofs.length !== head.runs) throw new Error(`${name} does not have its runs.`);
    const byTile = new Map(tiles.map((each) => [each.tile, each]));
    for (let at = 0; at < proofs.length; at += checkedAtOnce) {
      const began = performance.now();
      const some = proofs.slice(at, at + checkedAtOnce);
      const wanted = new Set(
        some.flatMap(({ events }) => events.map(({ position }) => Math.floor((position - 1) / 256))),
      );
      const own = [...wanted].flatMap((tile) => byTile.get(tile) ?? []);
      await this.queries.execute(new CheckProvenRuns(serverReach, { proofs: some, tiles: own }));
      await this.giveWay(began);
    }
    return archive;
  }

  private async record(name: string, { head, proofs, bytes, sha256 }: StoredArchive): Promise<void> {
    const { id, at, teamId, positions, runs, events } = head;
    const all = positionsOf(proofs);
    const archive = {
      ...{ at, teamId, name, bytes, sha256, runs, events },
      firstPosition: all.reduce((least, each) => Math.min(least, each), Infinity),
      lastPosition: all.reduce((most, each) => Math.max(most, each), 0),
      positionsSha256: positionsHash(positions),
    };
    await this.processor.execute(archiveCategory, {
      streamId: id,
      command: { type: 'RecordArchive', archive },
      metadata: { actor, teamId },
    });
  }

  private async remove({ head, proofs }: StoredArchive): Promise<void> {
    for (let at = 0; at < proofs.length; at += removedAtOnce) {
      const began = performance.now();
      await this.removeSome(
        head,
        proofs.slice(at, at + removedAtOnce).map(({ run }) => run),
      );
      await this.giveWay(began);
    }
  }

  private async removeSome({ id, positions }: ArchiveHead, runIds: readonly string[]): Promise<void> {
    await this.pool.query({
      name: 'archive_remove',
      text: 'select archive_remove($1, $2::uuid[], $3::int8multirange)',
      values: [id, runIds, positions],
    });
  }
}

function positionsOf(proofs: readonly WorkflowRunProof[]): number[] {
  return proofs.flatMap(({ events }) => events.map(({ position }) => position));
}
