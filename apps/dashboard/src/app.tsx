import type { SessionBody } from '#libs/contracts';
import { Component, type ReactNode, Suspense, useEffect } from 'react';
import { useApi } from './api/use-api';
import { Frame } from './frame/frame';
import { lastTeam, rememberTeam } from './frame/last-team';
import { ErrorNote, State } from './parts/states';
import { Link, matchPath, navigate, useAddress } from './router';
import { routes } from './routes';
import { SessionProvider, useSession } from './session/session';
import { sessionPath, SignInPage } from './session/sign-in-page';

export function App() {
  const { path } = useAddress();
  useEffect(() => {
    document.title = 'Runledger';
  }, [path]);
  return path === '/sign-in' ? <SignInPage /> : <SignedIn />;
}

/** Knows who is signed in; without a session it asks for a token, and comes back. */
function SignedIn() {
  const { path, search } = useAddress();
  const session = useApi<SessionBody>(sessionPath, { every: 60_000, freshFor: 30_000 });
  const hasEnded = session.error?.status === 401;
  useEffect(() => {
    if (!hasEnded) return;
    const here = search === '' ? path : `${path}?${search}`;
    navigate(here === '/' ? '/sign-in' : `/sign-in?to=${encodeURIComponent(here)}`, { replace: true });
  }, [hasEnded, path, search]);
  if (hasEnded) return null;
  if (session.data) {
    return (
      <SessionProvider session={session.data}>
        <Place />
      </SessionProvider>
    );
  }
  return (
    <main>
      {session.error ? (
        <ErrorNote error={session.error} onRetry={() => void session.refetch()} />
      ) : (
        <p className="loading" role="status">
          Loading …
        </p>
      )}
    </main>
  );
}

/** The page of the address. */
function Place() {
  const { path } = useAddress();
  const { teams } = useSession();
  const found = routes.flatMap((route) => {
    const values = matchPath(route.path, path);
    return values ? [{ ...route, values }] : [];
  })[0];
  const home = teams.find(({ name }) => name === lastTeam()) ?? teams[0];
  const team = found?.values['team'];
  useEffect(() => {
    if (team !== undefined) rememberTeam(team);
    document.title = found ? `${found.title} · ${team ?? ''} · Runledger` : 'Runledger';
    if (path === '/' && home) navigate(`/team/${encodeURIComponent(home.name)}/runs`, { replace: true });
  }, [path, home, found, team]);
  if (!found) return <Elsewhere team={home?.name} />;
  const { page: Page, values } = found;
  return (
    <Frame team={values['team'] ?? ''}>
      <PageBoundary key={path}>
        <Suspense fallback={<p className="loading">Loading …</p>}>
          <Page team={values['team'] ?? ''} values={values} />
        </Suspense>
      </PageBoundary>
    </Frame>
  );
}

function Elsewhere({ team }: { readonly team: string | undefined }) {
  const { path } = useAddress();
  if (team === undefined) {
    return (
      <main>
        <State title="Your token sees no team">
          <p>
            A global token can make one: <code>POST /api/v2/team</code>. See the{' '}
            <a href="/api/docs">API documentation</a>.
          </p>
          <Link to="/sign-in">Sign in with another token</Link>
        </State>
      </main>
    );
  }
  return (
    <Frame team={team}>
      {path !== '/' && (
        <State title="There is no such page" isBad>
          <Link to={`/team/${encodeURIComponent(team)}/runs`}>Runs</Link>
        </State>
      )}
    </Frame>
  );
}

/** A page that breaks does not take the frame along. */
class PageBoundary extends Component<{ readonly children: ReactNode }, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <State title="This page has a fault" isBad>
        <p>{error.message}</p>
        <button type="button" className="button" onClick={() => location.reload()}>
          Load it again
        </button>
      </State>
    );
  }
}
