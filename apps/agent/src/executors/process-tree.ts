import { readdirSync, readFileSync } from 'node:fs';

/**
 * Processes of this machine that a task has left behind: those that carry its mark in their environment, and what they have begun,
 * whatever group or session they have gone to. Linux only; none elsewhere.
 */
export function findDescendants(mark: string): number[] {
  let ids: number[];
  try {
    ids = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
  const children = new Map<number, number[]>();
  const found = new Set<number>();
  for (const id of ids) {
    const parent = parentOf(id);
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), id]);
    if (id !== process.pid && environmentOf(id).includes(mark)) found.add(id);
  }
  const open = [...found];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const child of children.get(id) ?? []) {
      if (found.has(child)) continue;
      found.add(child);
      open.push(child);
    }
  }
  return [...found];
}

function parentOf(id: number): number | null {
  try {
    // The name of the program stands in brackets and may hold anything.
    const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
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
