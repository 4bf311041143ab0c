import { performance } from 'node:perf_hooks';

/** Milliseconds over which the load is taken. */
const span = 250;

/** How much of the time the event loop of this process has worked of late: 0 to 1. */
export class LoopLoad {
  private last = performance.eventLoopUtilization();
  private at = performance.now();
  private value = 0;

  get now(): number {
    const now = performance.now();
    if (now - this.at >= span) {
      const current = performance.eventLoopUtilization();
      this.value = performance.eventLoopUtilization(current, this.last).utilization;
      this.last = current;
      this.at = now;
    }
    return this.value;
  }
}
