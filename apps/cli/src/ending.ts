import { constants } from 'node:os';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** What must be stopped before the process ends. */
const held = new Set<() => Promise<void>>();

let ends = false;

/** The process is about to end: what fails now is no news. */
export function isEnding(): boolean {
  return ends;
}

/** Ends the process, after what is held is stopped. */
export function endNow(code: number): void {
  ends = true;
  const stops = [...held];
  held.clear();
  void Promise.allSettled(stops.map((stop) => stop())).finally(() => process.exit(code));
}

const onSignal = (signal: NodeJS.Signals): void => endNow(128 + constants.signals[signal]);

/** Starts something for the work, and stops it afterwards, also if a signal or the end of the reader ends the process before. */
export async function whileHeld<Held, Result>(
  start: () => Promise<Held>,
  stop: (held: Held) => Promise<void>,
  work: (held: Held) => Promise<Result>,
): Promise<Result> {
  for (const signal of signals) process.on(signal, onSignal);
  const starting = start();
  const end = (): Promise<void> => starting.then(stop, () => undefined);
  held.add(end);
  try {
    return await work(await starting);
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
    if (held.delete(end)) await end();
  }
}
