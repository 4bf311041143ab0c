import { RefusedError } from '#libs/kernel';
import { LoopLoad } from './loop-load';

/** So many commands under way are a crowd; milliseconds that the process counts as busy after one, if its event loop works for that part of the time. */
const crowd = 4;
const busyFor = 250;
const busyLoad = 0.6;

/** Counts the commands that are under way, and refuses those that are too many. */
export class Intake {
  private commands = 0;
  private bytes = 0;
  /** When commands were last under way in numbers, by `performance.now()`. */
  private lastCrowd = -Infinity;
  private readonly loopLoad = new LoopLoad();

  constructor(
    private readonly maxCommands: number,
    private readonly maxBytes: number,
  ) {}

  /** @throws RefusedError SERVICE_UNAVAILABLE if there is no room for one more of that size. */
  take(bytes: number): void {
    this.refuseOverload(bytes);
    this.commands++;
    if (this.commands >= crowd) this.lastCrowd = performance.now();
    this.bytes += bytes;
  }

  /** A command of that size was answered. */
  release(bytes: number): void {
    this.commands--;
    this.bytes -= bytes;
  }

  /** Commands that were taken and not answered yet. */
  get count(): number {
    return this.commands;
  }

  /** Whether commands come as fast as this process can take them, or did a moment ago: work that can wait should. */
  get isBusy(): boolean {
    return this.loopLoad.now > busyLoad && performance.now() - this.lastCrowd < busyFor;
  }

  private refuseOverload(bytes: number): void {
    const bound =
      this.commands >= this.maxCommands
        ? `${this.maxCommands} commands`
        : this.bytes > 0 && this.bytes + bytes > this.maxBytes
          ? `${this.maxBytes} bytes of commands`
          : null;
    if (bound === null) return;
    throw new RefusedError('SERVICE_UNAVAILABLE', `The server takes ${bound} at once at most. Try again shortly.`);
  }
}
