import type { FullGuard } from './append';
import type { Guard } from './stream-category';
import type { GuardUse } from './types';

/** A command of a batch, as its guards see it. */
export interface Guarded {
  readonly guards: readonly Guard[];
  refuse(error: unknown): void;
}

function nameOf(sqlFunction: string, key: string): string {
  return `${sqlFunction}/${key}`;
}

/** One use for each guard of the batch: all that it adds, within the smallest limit. */
export function guardUses(guards: readonly Guard[]): GuardUse[] {
  const uses = new Map<string, GuardUse>();
  for (const { sqlFunction, key, adds, limit } of guards) {
    const name = nameOf(sqlFunction, key);
    const known = uses.get(name);
    uses.set(name, {
      sqlFunction,
      key,
      adds: adds + (known?.adds ?? 0),
      limit: Math.min(limit, known?.limit ?? limit),
    });
  }
  return [...uses.values()];
}

/** Refuses commands that a full guard has no room for, in order of arrival; returns the others. */
export function refuseBeyondGuards<Command extends Guarded>(
  commands: readonly Command[],
  full: readonly FullGuard[],
): readonly Command[] {
  if (full.length === 0) return commands;
  const used = new Map(full.map(({ f, k, used: count }) => [nameOf(f, k), count]));
  const countOf = ({ sqlFunction, key }: Guard) => used.get(nameOf(sqlFunction, key));
  const admitted = commands.filter((command) => {
    for (const guard of command.guards) {
      const count = countOf(guard);
      if (count === undefined || count + guard.adds <= guard.limit) continue;
      command.refuse(guard.refuse(count));
      return false;
    }
    for (const guard of command.guards) {
      const count = countOf(guard);
      if (count !== undefined) used.set(nameOf(guard.sqlFunction, guard.key), count + guard.adds);
    }
    return true;
  });
  if (admitted.length < commands.length) return admitted;
  // Commands with different limits may fit separately but not together: refuse the last of them.
  const last = commands.findLast(({ guards }) => guards.some((guard) => countOf(guard) !== undefined));
  last?.refuse(last.guards[0]?.refuse(last.guards[0].limit));
  return commands.filter((each) => each !== last);
}
