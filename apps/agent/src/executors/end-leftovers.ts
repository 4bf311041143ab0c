import { setTimeout as sleep } from 'node:timers/promises';
import { findDescendants } from './process-tree';

/** Milliseconds between the request to end and the end. */
export const gracePeriod = 1000;
const look = 50;

/**
 * Ends what is left of the tasks with these marks: SIGTERM, and SIGKILL to what is still there a second later. Looks for the marks
 * anew each time, so that no signal goes to a process that has taken a number over. Answers how many processes there were.
 */
export async function endLeftovers(marks: readonly string[]): Promise<number> {
  const first = findDescendants(marks);
  first.forEach((id) => signal(id, 'SIGTERM'));
  for (let waited = 0, left = first; left.length > 0; waited += look) {
    // What is being killed may have begun another: until there is none, for two seconds at most.
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
    // It has gone.
  }
}
