import { CommandProcessor, Subscription, WakeUps } from '#libs/ledger';
import { Inject, Injectable } from '@nestjs/common';
import { BackgroundPool } from '#libs/database';
import { RUN_CATEGORY, type RunCategory } from '../run-category';
import { type Landmark, readLandmarks } from './run-view';
import { createRunViews } from './run-views';

/** Milliseconds between two looks, and the events of one: a step costs by the batch. */
const pollInterval = 1000;
const batch = 1000;

/**
 * Keeps the views that follow the ledger: behind the commits by a second or so, and by more while many commands are under way. Commands never
 * wait for them. If several processes do it, one works on a view at a time. The program starts and stops it.
 */
@Injectable()
export class ViewFollowers {
  private readonly subscriptions: Subscription<Landmark>[] = [];

  constructor(
    private readonly pool: BackgroundPool,
    private readonly wakeUps: WakeUps,
    private readonly processor: CommandProcessor,
    @Inject(RUN_CATEGORY) private readonly category: RunCategory,
  ) {}

  /** `onError` is told what it will try again. */
  start(onError: (error: unknown) => void): void {
    for (const view of createRunViews(this.category.stored)) {
      const subscription = new Subscription(this.pool, this.wakeUps, {
        ...{ name: view.name, batch, pollInterval, onError, read: readLandmarks },
        handle: (landmarks, client) => view.handle(landmarks, client),
        onlyAtPolls: true,
        givesWay: () => this.processor.isBusy,
      });
      this.subscriptions.push(subscription);
      subscription.start();
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.subscriptions.splice(0).map((subscription) => subscription.stop()));
  }
}
