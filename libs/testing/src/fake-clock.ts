import type { Clock } from '#libs/kernel';

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  constructor(private time = Date.UTC(2026, 0, 1)) {}

  now(): number {
    return this.time;
  }

  /** Moves it forward by so many milliseconds. */
  advance(milliseconds: number): void {
    this.time += milliseconds;
  }
}
