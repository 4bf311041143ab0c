import type { ReactNode } from 'react';
import type { ApiError } from '../../api/client';
import { Loaded } from '../../parts/states';

interface LoadedIfKnownProps<Data> {
  readonly answer: {
    readonly data: Data | undefined;
    readonly error: ApiError | null;
    readonly isPending: boolean;
    readonly refetch: () => unknown;
  };
  readonly what: string;
  readonly children: (data: Data) => ReactNode;
}

/** What `Loaded` shows, and one thing more: an older server does not know the route. */
export function LoadedIfKnown<Data>({ answer, what, children }: LoadedIfKnownProps<Data>) {
  if (answer.data === undefined && answer.error?.status === 404) {
    return (
      <p className="note">
        This server does not tell {what} yet: it answers 404 to the route. A newer server does; the rest of the page is
        complete.
      </p>
    );
  }
  return (
    <Loaded answer={answer} what={what}>
      {children}
    </Loaded>
  );
}
