import { advisoryLocks, BackgroundPool, ifLockIsFree, Rounds } from '#libs/database';
import { Injectable } from '@nestjs/common';
import { type ArchiveSettings, Archivist } from './archivist';
import { Compactor } from './compactor';

/** Milliseconds between two passes. */
const interval = 60_000;

export type ArchiveOptions = ArchiveSettings;

/** The background work of archives. If several servers do it, one works at a time. The program starts and stops it. */
@Injectable()
export class ArchiveWorker {
  private readonly rounds = new Rounds(interval);

  constructor(
    private readonly archivist: Archivist,
    private readonly compactor: Compactor,
    private readonly pool: BackgroundPool,
  ) {}

  start(options: ArchiveOptions, onError: (error: unknown) => void): void {
    this.rounds.start(() => this.pass(options, onError), onError);
  }

  stop(): Promise<void> {
    return this.rounds.stop();
  }

  /** Archives everything that is due, and gives back its disk. Answers how many archives it has made; null if another server does it. */
  pass(options: ArchiveOptions, onError: (error: unknown) => void): Promise<number | null> {
    const isStopped = (): boolean => this.rounds.isStopped;
    return ifLockIsFree(this.pool, advisoryLocks.archive, async () => {
      let made = 0;
      await this.archivist.resume(options.folder, onError);
      while (!isStopped() && (await this.archivist.step(options, isStopped))) made++;
      await this.compactor.run(isStopped);
      return made;
    });
  }
}
