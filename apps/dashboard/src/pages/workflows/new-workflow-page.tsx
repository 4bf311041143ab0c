import { lazy, Suspense } from 'react';
import type { PageProps } from '../../page-props';
import { Link, navigate } from '../../router';
import './workflows.css';

const NewSource = lazy(async () => ({ default: (await import('./new-source')).NewSource }));

/** A new workflow, from a small one that works. */
export function NewWorkflowPage({ team }: PageProps) {
  const base = `/team/${encodeURIComponent(team)}/workflows`;
  return (
    <div className="stack">
      <div className="page-head">
        <Link className="crumb" to={base}>
          Workflows /
        </Link>
        <h1>New</h1>
      </div>
      <p className="soft">
        What a definition can say: <a href="/api/docs">the API documentation</a>. The server checks the text while you
        write.
      </p>
      <Suspense fallback={<p className="loading">Loading the editor …</p>}>
        <NewSource team={team} onSaved={(name) => navigate(`${base}/${encodeURIComponent(name)}`)} />
      </Suspense>
    </div>
  );
}
