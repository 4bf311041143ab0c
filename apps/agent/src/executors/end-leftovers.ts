import { setTimeout as sleep } from 'node:timers/promises';
import { findDescendants } from './process-tree';

/** Milliseconds between SIGTERM and SIGKILL. */
export const gracePeriod = 1000;
const look = 50;

/**
 * Ends the remaining processes of tasks with these marks: SIGTERM, and SIGKILL a second later. Searches for the marks
 * again each time, so that no signal goes to a process with a reused process id. Returns how many processes there were.
 */
export async function endLeftovers(marks: readonly string[]): Promise<number> {
  const first = findDescendants(marks);
  first.forEach((id) => signal(id, 'SIGTERM'));
  for (let waited = 0, left = first; left.length > 0; waited += look) {
    // A dying process may have started another: repeat until there is none, for two seconds at most.
    if (waited >= gracePeriod) left.forEach((id) => signal(id, 'SIGKILL'));
    if (waited >= 3 * gracePeriod) break;
    await sleep(look);
    left = findDescendants(marks);
  }
  return first.length;
}

export function signal(id: number, name: NodeJS.Signals): void {
  try {
    process.kill(id, name);
  } catch {
    // It is gone.
  }
}
