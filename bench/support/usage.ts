import { readdirSync, readFileSync } from 'node:fs';

/* What processes use, from /proc: Linux only. */

/** Microseconds of one tick of the clock that /proc/<pid>/stat counts in: 100 ticks a second on every Linux that Node runs on. */
const tick = 10_000;

interface Times {
  readonly parent: number;
  /** Microseconds of CPU that it has used itself, in all of its threads. */
  readonly own: number;
  /** The same of its children that have ended. */
  readonly ended: number;
}

function timesOf(pid: number | string): Times | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null; // It has ended.
  }
  // The name, in brackets, may hold spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const at = (place: number) => Number(fields[place]);
  return { parent: at(1), own: (at(11) + at(12)) * tick, ended: (at(13) + at(14)) * tick };
}

/** Microseconds of CPU that a process has used so far. */
export function processMicros(pid: number): number {
  return timesOf(pid)?.own ?? NaN;
}

/** Microseconds of CPU that a PostgreSQL has used so far: the postmaster, its processes, and those that have ended. */
export function clusterMicros(postmaster: number): number {
  for (;;) {
    const before = timesOf(postmaster);
    if (!before) return NaN;
    const children = childrenMicros(postmaster);
    // Where a process has ended meanwhile, nobody knows on which side it was counted.
    if (timesOf(postmaster)?.ended === before.ended) return before.own + before.ended + children;
  }
}

function childrenMicros(parent: number): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const children = pids.map(timesOf).filter((times) => times?.parent === parent);
  return children.reduce((sum, times) => sum + (times?.own ?? 0), 0);
}

export interface Memory {
  readonly mebibytes: number;
  readonly threads: number;
}

/** What a process holds in memory now. */
export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? NaN);
  return { mebibytes: field('VmRSS') / 1024, threads: field('Threads') };
}
