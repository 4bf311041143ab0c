import { type Json, type JsonObject, toTimestamp } from '#libs/kernel';
import type { RecordedEvent } from '#libs/ledger';
import { maskAll } from '#libs/secrets';
import type { TeamEvent, TokenEvent } from '../domain';

export const teamEventTypes = [
  'TeamCreated',
  'TeamUpdated',
  'TeamReduced',
  'TeamParameterRemoved',
] as const satisfies readonly TeamEvent['type'][];
export const tokenEventTypes = ['TokenCreated', 'TokenRevoked'] as const satisfies readonly TokenEvent['type'][];

/** What no answer shows. */
const hidden: ReadonlySet<string> = new Set(['at', 'sha256']);
const times: ReadonlySet<string> = new Set(['creationDate', 'expirationDate']);

/** The data of the event of a team or a token as other answers show them: secrets masked, times in the API's format. */
export function shownData({ data }: RecordedEvent): JsonObject {
  return maskAll(fields(data as JsonObject, hidden));
}

function fields(object: JsonObject, without: ReadonlySet<string> = new Set()): JsonObject {
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, value]) => (without.has(name) ? [] : [[name, field(name, value)]])),
  );
}

function field(name: string, value: Json): Json {
  if (times.has(name) && typeof value === 'number') return toTimestamp(value);
  // The names of labels, and what a param declares, are the client's own.
  if (name === 'labels' || name === 'parameters' || typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? value.map((each: Json) => field('', each)) : fields(value as JsonObject);
}
