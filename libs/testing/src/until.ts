import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';

/** Far above what a loaded machine needs, and below the time limit of a test. */
const limit = 120_000;

/** Asks again until the answer fits, and gives that one. */
export async function until<Value>(
  ask: () => Value | Promise<Value>,
  fits: (value: Value) => boolean = Boolean,
): Promise<Value> {
  for (const deadline = Date.now() + limit; ;) {
    const value = await ask();
    if (fits(value)) return value;
    if (Date.now() > deadline) throw new Error(`It did not come about: ${inspect(value).slice(0, 1500)}`);
    await sleep(10);
  }
}
