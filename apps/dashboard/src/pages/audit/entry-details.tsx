import type { AuditEntryBody } from '#libs/contracts';
import { Id } from '../../parts/id';
import { Time } from '../../parts/time';
import { addressWith, Link } from '../../router';
import { actorFilter, filterNames, hourAround } from './filters';
import { objectAddress } from './object-address';

/** This page with only these filters. */
export function onlyFilters(filters: Readonly<Record<string, string>>): string {
  const none = Object.fromEntries([...filterNames, 'cursor', 'entry', 'view'].map((name) => [name, null]));
  return addressWith({ ...none, ...filters });
}

/** All that the trail knows about one change, with the ways from here to what belongs to it. */
export function EntryDetails({ entry }: { readonly entry: AuditEntryBody }) {
  const { actor, object, team, token, cause, details, events } = entry;
  const address = objectAddress(entry);
  return (
    <div className="stack audit-details">
      <div className="line">
        <Link className="button" to={onlyFilters({ actors: actorFilter(actor), ...hourAround(entry.time) })}>
          What else did they do that hour?
        </Link>
        <Link className="button" to={onlyFilters({ ...hourAround(entry.time), view: 'people' })}>
          Who did what in that hour?
        </Link>
        <Link className="button" to={onlyFilters({ object: object.id })}>
          All about this {object.kind}
        </Link>
        {address !== null && (
          <Link className="button" to={address}>
            Open the {object.kind === 'workflowrun' ? 'run' : object.kind}
          </Link>
        )}
      </div>
      <dl className="facts">
        <dt>When</dt>
        <dd>
          <Time at={entry.time} /> <code className="soft">{entry.time}</code>
        </dd>
        <dt>Who</dt>
        <dd>
          {actor.name ?? actor.id} <span className="soft">({actor.kind})</span>{' '}
          <Id id={actor.id} what="id of the actor" />
        </dd>
        {token && (
          <>
            <dt>Token</dt>
            <dd>
              {token.name ?? 'without a name'} <Id id={token.id} what="id of the token" />
            </dd>
          </>
        )}
        <dt>Thing</dt>
        <dd>
          {object.kind} {object.name} <Id id={object.id} what={`id of the ${object.kind}`} />
        </dd>
        {team && (
          <>
            <dt>Team</dt>
            <dd>
              {team.name} <Id id={team.id} what="id of the team" />
            </dd>
          </>
        )}
        <dt>Reason</dt>
        <dd>{entry.reason ?? <span className="soft">none was given</span>}</dd>
        {cause && (
          <>
            <dt>Caused by</dt>
            <dd>
              {cause.kind} {cause.name} <Id id={cause.id} what="id of the cause" />{' '}
              <Link to={onlyFilters({ object: cause.id })}>what was done to it</Link>
            </dd>
          </>
        )}
        <Fact name="Address" value={entry.address} />
        <Fact name="Client" value={entry.userAgent} />
        <Fact name="Request" value={entry.requestId} />
        <Fact name="Trace" value={entry.traceparent} />
        <Fact name="Server" value={entry.server} />
        <Fact name="Command" value={entry.commandId} />
        <dt>Events</dt>
        <dd>
          {events.map(({ position, version, type }) => (
            <div key={position}>
              <code>{type}</code>{' '}
              <span className="soft">
                position {position}, version {version}
              </span>
            </div>
          ))}
        </dd>
      </dl>
      {details && (
        <>
          <h3>Details</h3>
          <pre className="json">{JSON.stringify(details, null, 2)}</pre>
        </>
      )}
    </div>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string | undefined }) {
  if (value === undefined) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <code>{value}</code>
      </dd>
    </>
  );
}
