import type { ChainProgress, ChainVerdict } from '#libs/ledger';
import { until } from '#libs/testing';
import type { Verdict } from '../domain';
import { LedgerCheck, type VerifyStep } from './ledger-check';

const verdict: ChainVerdict = { intact: true, position: 3, hash: 'h' };

describe('a check of the ledger', () => {
  /** A walk of three pages, each of which waits until it may go on. */
  function start(mayGoOn: () => Promise<void>) {
    const recorded: Verdict[] = [];
    async function* walk(): AsyncGenerator<ChainProgress, ChainVerdict> {
      for (let position = 1; position <= 3; position++) {
        await mayGoOn();
        yield { position, last: 3 };
      }
      return verdict;
    }
    const check = new LedgerCheck(walk(), (each) => Promise.resolve(void recorded.push(each)));
    return { check, recorded };
  }

  it('ends and is recorded although its reader takes nothing', async () => {
    const { check, recorded } = start(() => Promise.resolve());
    expect(await check.ended).toEqual(verdict);
    expect(recorded).toEqual([verdict]);
    const steps: VerifyStep[] = [];
    for await (const step of check) steps.push(step);
    expect(steps).toEqual([{ position: 3, last: 3 }, verdict]);
  });

  it('stops when its reader goes away, and is recorded with how far it came', async () => {
    let goOn: () => void = () => undefined;
    const { check, recorded } = start(() => new Promise((resolve) => (goOn = resolve)));
    const steps = check[Symbol.asyncIterator]();
    const first = steps.next();
    goOn();
    expect((await first).value).toEqual({ position: 1, last: 3 });
    await steps.return(undefined);
    const ended = await until(
      () => (goOn(), Promise.race([check.ended, Promise.resolve(undefined)])),
      (value) => value !== undefined,
    );
    expect(ended).toBeNull();
    expect(recorded).toEqual([{ intact: true, position: 1, interrupted: true }]);
  });
});
