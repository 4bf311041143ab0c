import type { RecordedEvent } from '#libs/ledger';
import type { PoolClient } from 'pg';
import { isRefused, nameGivenBy } from '../domain';
import { hashOf } from '../read/audit-hash';

/** The name of the subscription that writes the index. */
export const auditSubscription = 'audit';

/** Adds the changes that these events are, and the names that they give. Events of one change have one metadata object. */
export async function indexEvents(events: readonly RecordedEvent[], client: PoolClient): Promise<void> {
  const firsts = events.filter(({ isFirst }) => isFirst);
  const names = new Map<string, string>();
  for (const event of events) {
    const name = nameGivenBy(event);
    if (name !== null) names.set(event.streamId, name);
  }
  await client.query({
    name: 'audit_index',
    text: `insert into audit_entry (position, team_id, actor, action, has_reason, is_refused)
           select * from unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::bigint[], $5::boolean[], $6::boolean[])`,
    values: [
      firsts.map(({ position }) => position),
      firsts.map(({ metadata }) => metadata.teamId ?? null),
      firsts.map(({ metadata }) => hashOf(metadata.actor)),
      firsts.map(({ metadata }) => hashOf(metadata.action)),
      firsts.map(({ metadata }) => metadata.reason !== undefined),
      firsts.map(({ type }) => isRefused(type)),
    ],
  });
  if (names.size === 0) return;
  await client.query({
    name: 'audit_names',
    text: `insert into audit_name (id, name) select * from unnest($1::uuid[], $2::text[])
           on conflict (id) do update set name = excluded.name`,
    values: [[...names.keys()], [...names.values()]],
  });
}
