import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';

/** The most ancestors of the agent to check. */
const maxAncestors = 32;

/**
 * Overwrites the value of an environment variable in this process's original memory, which `/proc/<pid>/environ` shows
 * to every process of the same user; unsetting the variable does not do that. Returns the processes (this one or its
 * ancestors) that still show the value. Linux only: elsewhere no file shows the environment.
 */
export function wipeVariable(name: string): number[] {
  try {
    overwrite(name);
  } catch {
    // There is no writable /proc; the check below finds what is still readable.
  }
  const found: number[] = [];
  let id = process.pid;
  for (let step = 0; id > 0 && step < maxAncestors; step++) {
    if (holds(id, name)) found.push(id);
    id = Number(statOf(id)?.[1] ?? 0);
  }
  return found;
}

function overwrite(name: string): void {
  const stat = statOf(process.pid);
  // env_start and env_end, fields 50 and 51 of proc_pid_stat(5).
  const from = Number(stat?.[47] ?? 0);
  const to = Number(stat?.[48] ?? 0);
  if (!(from > 0 && to > from)) return;
  const memory = openSync('/proc/self/mem', 'r+');
  try {
    const environment = Buffer.alloc(to - from);
    readSync(memory, environment, 0, environment.length, from);
    let at = 0;
    for (const entry of environment.toString('latin1').split('\0')) {
      const start = name.length + 1;
      if (entry.startsWith(`${name}=`) && entry.length > start) {
        writeSync(memory, Buffer.alloc(entry.length - start, '*'), 0, entry.length - start, from + at + start);
      }
      at += entry.length + 1;
    }
  } finally {
    closeSync(memory);
  }
}

function holds(id: number, name: string): boolean {
  try {
    const entries = readFileSync(`/proc/${id}/environ`, 'latin1').split('\0');
    return entries.some((entry) => entry.startsWith(`${name}=`) && !/^\**$/.test(entry.slice(name.length + 1)));
  } catch {
    // It is gone, or belongs to another user.
    return false;
  }
}

/** The fields after the name, which is in brackets: state, parent, group, … */
function statOf(id: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}
