import { Injectable } from '@nestjs/common';
import { type ArchiveSettings, Archivist } from '../application/archivist';
import { Compactor } from '../application/compactor';
import { OneAtATime } from '../application/one-at-a-time';

/** Milliseconds between two passes. */
const interval = 60_000;

export type ArchiveOptions = ArchiveSettings;

/** The background work of archives. If several servers do it, one works at a time. The program starts and stops it. */
@Injectable()
export class ArchiveWorker {
  private timer: NodeJS.Timeout | null = null;
  private working: Promise<unknown> = Promise.resolve();
  private isStopped = false;

  constructor(
    private readonly archivist: Archivist,
    private readonly compactor: Compactor,
    private readonly turn: OneAtATime,
  ) {}

  start(options: ArchiveOptions, onError: (error: unknown) => void): void {
    if (this.isStopped) return;
    this.timer = setTimeout(() => {
      this.working = this.pass(options, onError)
        .catch(onError)
        .then(() => this.start(options, onError));
    }, interval);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    if (this.timer) clearTimeout(this.timer);
    await this.working;
  }

  /** Archives everything that is due, and gives back its disk. Answers how many archives it has made; null if another server does it. */
  pass(options: ArchiveOptions, onError: (error: unknown) => void): Promise<number | null> {
    const isStopped = (): boolean => this.isStopped;
    return this.turn.take(async () => {
      let made = 0;
      await this.archivist.resume(options.folder, onError);
      while (!this.isStopped && (await this.archivist.step(options, isStopped))) made++;
      await this.compactor.run(isStopped);
      return made;
    });
  }
}
