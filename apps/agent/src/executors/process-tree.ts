import { readdirSync, readFileSync } from 'node:fs';

interface Standing {
  readonly parent: number;
  readonly group: number;
}

/**
 * Finds processes on this machine that tasks left behind: those with one of the marks in their environment
 * (`NAME=value`), those in their process groups, and their children, in any group or session. Never this process or one
 * of its own group. A process with a reused process id has no mark, so it is not found. Linux only; elsewhere finds
 * none.
 */
export function findDescendants(marks: readonly string[]): number[] {
  const wanted = new Set(marks);
  const standings = new Map<number, Standing>();
  for (const id of processIds()) {
    const standing = standingOf(id);
    if (standing) standings.set(id, standing);
  }
  const ownGroup = standings.get(process.pid)?.group;
  const marked = [...standings.keys()].filter(
    (id) => id !== process.pid && environmentOf(id).some((each) => wanted.has(each)),
  );
  const groups = new Set(marked.flatMap((id) => standings.get(id)?.group ?? []));
  const children = new Map<number, number[]>();
  const found = new Set(marked);
  for (const [id, { parent, group }] of standings) {
    children.set(parent, [...(children.get(parent) ?? []), id]);
    if (groups.has(group) && group !== ownGroup && id !== process.pid) found.add(id);
  }
  const open = [...found];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const child of children.get(id) ?? []) {
      if (found.has(child) || child === process.pid) continue;
      found.add(child);
      open.push(child);
    }
  }
  return [...found];
}

/**
 * When a process began, in the kernel's count: together with its id it identifies one process. Null if there is none,
 * or not on Linux.
 */
export function beginningOf(id: number): string | null {
  return statOf(id)?.[19] ?? null;
}

function processIds(): number[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
}

/** Null for a zombie: a process that has ended but that its parent has not reaped yet. */
function standingOf(id: number): Standing | null {
  const [state, parent, group] = statOf(id) ?? [];
  if (state === undefined || state === 'Z') return null;
  return { parent: Number(parent), group: Number(group) };
}

/** The fields after the name: state, parent, group, session, … */
function statOf(id: number): string[] | null {
  try {
    // The program's name is in brackets and may contain anything.
    const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

function environmentOf(id: number): string[] {
  try {
    return readFileSync(`/proc/${id}/environ`, 'latin1').split('\0');
  } catch {
    // It is gone, or belongs to another user.
    return [];
  }
}
