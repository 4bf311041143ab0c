import type { AuditEntryBody, AuditPageBody } from '#libs/contracts';
import { useApi } from '../../api/use-api';
import { Loaded, State } from '../../parts/states';
import { Time } from '../../parts/time';
import { Link } from '../../router';
import { actionWords } from './actions';
import { onlyFilters } from './entry-details';
import { actorFilter, type Filters, searchPath } from './filters';

/** How many entries are grouped at most: a page of the API. */
const most = 500;

/** Attempts that were refused. */
const refusals = ['RecordAttempt', 'SummariseAttempts'];

interface Group {
  readonly actor: AuditEntryBody['actor'];
  readonly first: string;
  readonly last: string;
  readonly total: number;
  readonly counts: ReadonlyMap<string, number>;
}

/** Who did what: the entries by their actors, those who did most first. */
export function groupByActor(entries: readonly AuditEntryBody[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const { actor, action, time } of entries) {
    const key = `${actor.kind} ${actor.id}`;
    const none = new Map<string, number>();
    const group = groups.get(key) ?? { actor, first: time, last: time, total: 0, counts: none };
    groups.set(key, {
      actor,
      first: time < group.first ? time : group.first,
      last: time > group.last ? time : group.last,
      total: group.total + 1,
      counts: new Map(group.counts).set(action, (group.counts.get(action) ?? 0) + 1),
    });
  }
  return [...groups.values()].sort((one, other) => other.total - one.total);
}

export function PeopleView({ team, filters }: { readonly team: string | null; readonly filters: Filters }) {
  const answer = useApi<AuditPageBody>(searchPath(team, filters, { limit: most }));
  return (
    <Loaded answer={answer} what="the audit trail">
      {({ entries, next }) => {
        const groups = groupByActor(entries);
        if (groups.length === 0) return <State title="Nobody did anything that fits these filters" />;
        return (
          <>
            {next !== undefined && (
              <p className="note hold">
                Of the newest {entries.length} entries only: choose a shorter time to see all of it.
              </p>
            )}
            <div className="table-box">
              <table>
                <thead>
                  <tr>
                    <th className="gutter number">Entries</th>
                    <th>Who</th>
                    <th>Did what</th>
                    <th className="wide-only">First</th>
                    <th className="wide-only">Last</th>
                  </tr>
                </thead>
                <tbody>
                  {groups.map(({ actor, first, last, total, counts }) => (
                    <tr key={`${actor.kind} ${actor.id}`}>
                      <td className="gutter number">
                        <Link to={onlyFilters({ ...filters, actors: actorFilter(actor) })}>
                          {total}
                          <span className="hidden-name"> entries of {actor.name ?? actor.id}</span>
                        </Link>
                      </td>
                      <td>
                        {actor.name ?? actor.id} <span className="soft small">{actor.kind}</span>
                      </td>
                      <td className="wrap">
                        {[...counts].map(([action, count]) => (
                          <span key={action} className={`audit-count${refusals.includes(action) ? ' hue-bad' : ''}`}>
                            {actionWords(action)} <b>{count}</b>
                          </span>
                        ))}
                      </td>
                      <td className="wide-only">
                        <Time at={first} />
                      </td>
                      <td className="wide-only">
                        <Time at={last} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </>
        );
      }}
    </Loaded>
  );
}
