import { messageShape } from '../../domain';
import { readOutlines } from './read-outlines';
import type { RunView } from './run-view';

/** Ends that count as failures: their messages have shapes. */
const failures: ReadonlySet<string> = new Set(['failed', 'timedout', 'invalid']);

/** How runs have ended, and after how long: `run_outcome`, and its counts. */
export const insightsView: RunView = {
  name: 'insights',
  async handle(landmarks, client) {
    const ends = new Map(landmarks.flatMap(({ kind, runId, at }) => (kind === 'ended' ? [[runId, at ?? 0]] : [])));
    if (ends.size === 0) return;
    const runs = [...(await readOutlines(client, [...ends.keys()])).values()];
    await client.query({
      name: 'run_outcome_add',
      text: 'select run_outcome_add($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[], $8::text[])',
      values: [
        runs.map(({ id }) => id),
        runs.map(({ teamId }) => teamId),
        runs.map(({ workflow }) => workflow.id),
        runs.map(({ created }) => created),
        runs.map(({ status }) => status),
        runs.map(({ id, created, started }) => Math.max(0, (started ?? ends.get(id) ?? created) - created)),
        runs.map(({ started, duration }) => (started === null ? null : duration)),
        runs.map(({ status, message }) => (failures.has(status) ? messageShape(message ?? '') : null)),
      ],
    });
  },
};
