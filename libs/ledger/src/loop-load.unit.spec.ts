import { LoopLoad } from './loop-load';

/** Keeps the event loop at work. */
function work(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

const rest = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('the load of the event loop', () => {
  it('is low where the process rests, and higher where it works', async () => {
    const load = new LoopLoad();
    await rest(400);
    const idle = load.now;
    for (let n = 0; n < 8; n++) {
      work(60);
      await rest(0);
    }
    const busy = load.now;
    expect(idle).toBeGreaterThanOrEqual(0);
    expect(busy).toBeLessThanOrEqual(1);
    expect(busy).toBeGreaterThan(idle);
  });
});
