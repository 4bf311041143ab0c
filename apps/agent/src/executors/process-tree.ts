import { readdirSync, readFileSync } from 'node:fs';

interface Standing {
  readonly parent: number;
  readonly group: number;
}

/**
 * Processes of this machine that tasks have left behind: those that carry one of the marks in their environment (`NAME=value`), those
 * of their process groups, and what any of them have begun, whatever group or session they have gone to. Never this process or one of
 * its own group. A number that was given out anew to somebody else's process carries no mark, and is not found. Linux only; none
 * elsewhere.
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

/** When a process began, in the kernel's own count: together with its number it names one process. Null if there is none, or not on Linux. */
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

/** Of one that has ended and is only not yet noticed by its parent (a zombie): null. */
function standingOf(id: number): Standing | null {
  const [state, parent, group] = statOf(id) ?? [];
  if (state === undefined || state === 'Z') return null;
  return { parent: Number(parent), group: Number(group) };
}

/** The fields after the name: state, parent, group, session, … */
function statOf(id: number): string[] | null {
  try {
    // The name of the program stands in brackets and may hold anything.
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
    // Gone, or somebody else's.
    return [];
  }
}
