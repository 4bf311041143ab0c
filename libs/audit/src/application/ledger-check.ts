import type { ChainProgress, ChainVerdict } from '#libs/ledger';
import type { Verdict } from '../domain';

/** How far the check is, and at the end what it has found. */
export type VerifyStep = ChainProgress | ChainVerdict;

/**
 * One check. It goes on at its own pace, however slowly its reader takes the steps: those in between are left out. A reader that goes away stops it,
 * and that is recorded too.
 */
export class LedgerCheck implements AsyncIterable<VerifyStep> {
  readonly ended: Promise<ChainVerdict | null>;
  private newest: ChainProgress | null = null;
  private isStopped = false;
  private tell: () => void = () => undefined;

  constructor(
    private readonly walk: AsyncGenerator<ChainProgress, ChainVerdict | null>,
    private readonly record: (verdict: Verdict) => Promise<void>,
  ) {
    this.ended = this.run();
    // Its reader hears of it, if there is one.
    this.ended.catch(() => null);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<VerifyStep> {
    try {
      let verdict: ChainVerdict | null | undefined;
      while (verdict === undefined) {
        const news = new Promise<undefined>((resolve) => (this.tell = () => resolve(undefined)));
        const step = this.newest;
        this.newest = null;
        if (step) yield step;
        else verdict = await Promise.race([this.ended, news]);
      }
      if (verdict) yield verdict;
    } finally {
      this.isStopped = true;
    }
  }

  private async run(): Promise<ChainVerdict | null> {
    let position = 0;
    let step = await this.walk.next();
    for (; !step.done && !this.isStopped; step = await this.walk.next()) {
      ({ position } = this.newest = step.value);
      this.tell();
    }
    if (step.done && step.value) {
      await this.record(step.value);
      return step.value;
    }
    await this.walk.return(null);
    await this.record({ intact: true, position, interrupted: true });
    return null;
  }
}
