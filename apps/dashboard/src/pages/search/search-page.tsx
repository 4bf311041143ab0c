import type { TextSearchBody } from '#libs/contracts';
import { useState } from 'react';
import { teamPath, withQuery } from '../../api/paths';
import { useApi } from '../../api/use-api';
import type { PageProps } from '../../page-props';
import { Behind } from '../../parts/behind';
import { Curl } from '../../parts/curl';
import { Id } from '../../parts/id';
import { Loaded, State } from '../../parts/states';
import { StatusMark } from '../../parts/status';
import { Time } from '../../parts/time';
import { addressWith, Link, useSearch } from '../../router';
import { matchWords } from './match-words';
import './search.css';

const limit = 30;

/** Runs in which a text is found, newest first, and where it is. */
export function SearchPage({ team }: PageProps) {
  const [search, change] = useSearch();
  const text = search.get('q') ?? '';
  const cursor = search.get('cursor');
  const [typed, setTyped] = useState(text);
  const [shownFor, setShownFor] = useState(text);
  if (shownFor !== text) {
    setShownFor(text);
    setTyped(text);
  }
  const path = withQuery(`${teamPath(team)}/search`, { q: text, limit, cursor: cursor ?? undefined });
  const answer = useApi<TextSearchBody>(text.trim() === '' ? null : path);
  return (
    <div className="stack">
      <div className="page-head">
        <h1>Search</h1>
        <Curl requests={[{ path }]} />
      </div>
      <form
        className="line"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          change({ q: typed.trim(), cursor: null });
        }}
      >
        <input
          type="search"
          className="search-box"
          aria-label="Words of a workflow, a label, a message or a result; key=value; the beginning of an id"
          placeholder="Words, label key=value, or the beginning of an id"
          maxLength={200}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <button type="submit" className="button">
          Search
        </button>
      </form>
      {text.trim() === '' ? (
        <State title="What are you looking for?">
          <p>
            Every word must be in the run, as the beginning of one: of its workflow, labels, message, or results that
            are searchable.
          </p>
        </State>
      ) : (
        <Loaded answer={answer.isPlaceholderData ? { ...answer, data: undefined } : answer} what="the runs">
          {(found) => (
            <>
              <Behind view={found} />
              <Results team={team} found={found} />
              <nav className="line" aria-label="Pages of the results">
                {cursor !== null && (
                  <Link className="button" to={addressWith({ cursor: null })}>
                    Newest
                  </Link>
                )}
                {found.next !== undefined && (
                  <Link className="button" to={addressWith({ cursor: found.next })}>
                    Older
                  </Link>
                )}
              </nav>
            </>
          )}
        </Loaded>
      )}
    </div>
  );
}

function Results({ team, found: { results } }: { readonly team: string; readonly found: TextSearchBody }) {
  if (results.length === 0) {
    return (
      <State title="No run has all of that">
        <p>Archived runs are not found; try fewer words.</p>
      </State>
    );
  }
  return (
    <ul className="search-results">
      {results.map(({ run, matches }) => (
        <li key={run.id}>
          <div className="line">
            <StatusMark status={run.status} />
            <Link to={`/team/${encodeURIComponent(team)}/runs/${run.id}`}>
              {run.workflowDisplayName ?? run.workflowName ?? run.id}
            </Link>
            <span className="soft">
              <Time at={run.creationDate} />
            </span>
            <Id id={run.id} what="run id" />
          </div>
          {matches.map((match) => (
            <p key={`${match.field} ${match.name ?? ''}`}>
              <span className="soft">{matchWords(match)}</span> {match.snippet}
            </p>
          ))}
        </li>
      ))}
    </ul>
  );
}
