import type { ReactNode } from 'react';
import type { ApiError } from '../api/client';

/** Says what was refused, which field it is about, and what would be right, in the server's own words. */
export function ErrorNote({ error, onRetry }: { readonly error: ApiError; readonly onRetry?: () => void }) {
  const { field } = error;
  return (
    <div className="note bad stack" role="alert">
      <p>
        {field !== null && !error.message.startsWith(`${field}:`) && <code>{field}: </code>}
        {error.message}
      </p>
      <p className="line small soft">
        {error.status === 0
          ? 'The page asks again by itself when the server is back.'
          : `${error.status} ${error.reason}`}
        {error.requestId !== null && (
          <span>
            Request <code>{error.requestId}</code>
          </span>
        )}
        {onRetry && (
          <button type="button" className="button" onClick={onRetry}>
            Try again
          </button>
        )}
      </p>
    </div>
  );
}

export function State({
  title,
  isBad = false,
  children,
}: {
  readonly title: string;
  readonly isBad?: boolean;
  readonly children?: ReactNode;
}) {
  return (
    <div className={`state${isBad ? ' bad' : ''}`}>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

interface Answer<Data> {
  readonly data: Data | undefined;
  readonly error: ApiError | null;
  readonly isPending: boolean;
  readonly refetch: () => unknown;
}

/**
 * Shows an answer of the API, or why there is none: loading, refused, not permitted. What is known stays on the screen if
 * a later request fails.
 */
export function Loaded<Data>({
  answer,
  what,
  children,
}: {
  readonly answer: Answer<Data>;
  readonly what: string;
  readonly children: (data: Data) => ReactNode;
}) {
  const { data, error, refetch } = answer;
  const again = error && error.status !== 403 ? { onRetry: () => void refetch() } : {};
  if (data === undefined) {
    if (!error) return <p className="loading" role="status">{`Loading ${what} …`}</p>;
    if (error.status === 403) {
      return (
        <State title={`You may not see ${what}`} isBad>
          <p>{error.message}</p>
          <p className="soft">An owner of the team, or whoever made your token, can grant it.</p>
        </State>
      );
    }
    return <ErrorNote error={error} {...again} />;
  }
  return (
    <>
      {error && <ErrorNote error={error} {...again} />}
      {children(data)}
    </>
  );
}
