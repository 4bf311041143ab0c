import type { HelperBody } from '#libs/contracts';
import type { Author, NearbyRun, RunFacts } from './run-facts';

/** How many helpers an explanation names. */
const mostHelpers = 20;
/** How many things a sentence lists. */
const mostListed = 5;

export function shownHelpers(who: readonly HelperBody[]): HelperBody[] {
  return who.slice(0, mostHelpers);
}

/** `a, b and c`; `a, b, c, d, e and 7 more`. */
export function listed(names: readonly string[]): string {
  const rest = names.length - mostListed;
  const shown = rest > 1 ? [...names.slice(0, mostListed), `${rest} more`] : [...names];
  const last = shown.pop() ?? '';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}

export function isOver({ phase }: Pick<NearbyRun, 'phase'>): boolean {
  return phase === 'completed' || phase === 'finalized';
}

/** `agent builder-1`; by its id if it is forgotten. */
export function nameOfAgent({ names }: RunFacts, id: string | null): string {
  return `agent ${names.get(`agent:${id ?? ''}`) ?? id ?? 'unknown'}`;
}

export function agentsOf({ names }: RunFacts, id: string | null): HelperBody[] {
  if (id === null) return [];
  const name = names.get(`agent:${id}`);
  return [{ kind: 'agent', id, ...(name !== undefined && { name }) }];
}

/** `Ann (user:ann), because: wrong version`. */
export function actorText({ names }: RunFacts, { actor, reason }: Author): string {
  const name = names.get(actor);
  const who = name === undefined ? actor : `${name} (${actor})`;
  return reason === undefined ? who : `${who}, because: ${reason}`;
}
