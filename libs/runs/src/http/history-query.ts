import { choiceParam, intParam, momentParam, optionalIntParam, type RawQuery, requiredIntParam } from '#libs/http';
import { RefusedError } from '#libs/kernel';
import type { GetWorkflowRun } from '../application/get-workflow-run.handler';

/** Seconds that a request waits for the end of a run. */
export const waits = { min: 0, max: 60 };

type Moment = NonNullable<GetWorkflowRun['moment']>;

const versions = { min: 1, max: 2_147_483_647 };
const positions = { min: 1, max: Number.MAX_SAFE_INTEGER };

/** What `from` and `to` of a difference are. */
export const momentKinds = ['version', 'position'] as const;

/** The moment that `at` or `version` names; absent = now. */
export function parseMoment(query: RawQuery): Moment | undefined {
  const moment = momentParam(query, 'at');
  const version = optionalIntParam(query, 'version', versions);
  if (moment && version !== undefined) {
    throw new RefusedError(
      'QUERY_INVALID_FILTERS',
      'Invalid query filters have been provided. Parameter version must not be given together with at.',
    );
  }
  return version === undefined ? moment : { version };
}

/** Seconds to wait for the end of the run; of a run as it was, nobody can. */
export function parseWait(query: RawQuery, moment: Moment | undefined): number {
  const wait = intParam(query, 'wait', { ...waits, default: 0 });
  if (!moment || wait === 0) return wait;
  throw new RefusedError(
    'QUERY_INVALID_FILTERS',
    'Invalid query filters have been provided. Parameter wait must not be given together with at or version.',
  );
}

/** The two moments of a difference, in their order. */
export function parseSpan(query: RawQuery): { readonly from: Moment; readonly to: Moment } {
  const kind = choiceParam(query, 'by', momentKinds) ?? 'version';
  const bounds = kind === 'version' ? versions : positions;
  const from = requiredIntParam(query, 'from', bounds);
  const to = requiredIntParam(query, 'to', bounds);
  if (from > to) {
    throw new RefusedError(
      'QUERY_INVALID_FILTERS',
      'Invalid query filters have been provided. Parameter from must be at most to.',
    );
  }
  return kind === 'version'
    ? { from: { version: from }, to: { version: to } }
    : { from: { position: from }, to: { position: to } };
}
