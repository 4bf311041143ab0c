import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { send } from '../api/client';
import { useDialog } from '../parts/dialog';
import { Icon } from '../parts/icon';
import { Notices } from '../parts/notices';
import { Link, navigate, useAddress } from '../router';
import { useSession } from '../session/session';
import { sessionPath } from '../session/sign-in-page';
import { KeyHelp } from './help';
import { useKeys } from './keys';
import { LiveMark } from './live-mark';
import { navigation } from './navigation';
import { Palette } from './palette';
import { rememberTeam } from './last-team';
import { useTheme } from './theme';

/** What is around every page of a team. */
export function Frame({ team, children }: { readonly team: string; readonly children: ReactNode }) {
  const help = useDialog();
  const palette = useDialog();
  const [theme, setTheme] = useTheme();
  const otherTheme = theme === 'dark' ? 'light' : 'dark';
  useKeys([
    ...navigation.map(({ label, key, to }) => ({
      keys: `g ${key}`,
      does: `Go to ${label}`,
      run: () => navigate(to(team)),
    })),
    { keys: '/', does: 'Search for runs: ids, names, labels, messages', run: palette.open },
    { keys: 'mod+k', does: 'Go to anything', run: palette.open },
    { keys: '?', does: 'Show the keys', run: help.open },
  ]);
  return (
    <div className="frame">
      <a className="button skip" href="#content">
        Skip to the content
      </a>
      <header className="bar">
        <Link to={`/team/${encodeURIComponent(team)}/runs`} className="brand" aria-label="Runledger">
          <Mark /> <b>Runledger</b>
        </Link>
        <TeamSwitch team={team} />
        <nav className="pages" aria-label="Pages">
          <PageLinks team={team} />
        </nav>
        <div className="tools">
          <LiveMark />
          <button
            type="button"
            className="button search-button"
            onClick={palette.open}
            title="Search, or go to anything (/ or Ctrl K)"
          >
            <Icon name="search" /> <span>Search …</span> <kbd aria-hidden="true">/</kbd>
          </button>
          <button
            type="button"
            className="button plain square"
            onClick={() => setTheme(otherTheme)}
            title={`Show in ${otherTheme} colours`}
          >
            <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
            <span className="hidden-name">{`Show in ${otherTheme} colours`}</span>
          </button>
          <button type="button" className="button plain square" onClick={help.open} title="Keys (?)">
            <Icon name="help" />
            <span className="hidden-name">Keys</span>
          </button>
          <SignOut />
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      <Notices />
      <KeyHelp dialog={help} />
      <Palette dialog={palette} team={team} />
    </div>
  );
}

/** Two rules of a margin, and entries beside them. */
function Mark() {
  return (
    <svg width="18" height="18" viewBox="0 0 16 16" aria-hidden="true" fill="none" stroke="var(--accent)">
      <path d="M5 1v14M7.5 1v14" strokeWidth="1.2" />
      <path d="M10 4h5M10 8h5M10 12h3M1 4h2M1 8h2M1 12h2" strokeWidth="1.8" />
    </svg>
  );
}

function PageLinks({ team }: { readonly team: string }) {
  const { path } = useAddress();
  return navigation.map(({ label, key, to }) => {
    const address = to(encodeURIComponent(team));
    const isHere = path === address || path.startsWith(`${address}/`);
    return (
      <Link key={key} to={address} title={`g ${key}`} {...(isHere && { 'aria-current': 'page' })}>
        {label}
      </Link>
    );
  });
}

function TeamSwitch({ team }: { readonly team: string }) {
  const { teams, hasMoreTeams } = useSession();
  const { path } = useAddress();
  const change = (name: string): void => {
    rememberTeam(name);
    // The same page of the other team; what one team has, the other has not.
    const page = path.split('/')[3] ?? 'runs';
    navigate(`/team/${encodeURIComponent(name)}/${page}`);
  };
  const isListed = teams.some(({ name }) => name === team);
  return (
    <div>
      <select className="team-switch" aria-label="Team" value={team} onChange={(event) => change(event.target.value)}>
        {!isListed && <option value={team}>{team}</option>}
        {teams.map(({ name, displayName }) => (
          <option key={name} value={name}>
            {displayName}
          </option>
        ))}
        {hasMoreTeams && <option disabled>More teams: open them by their address</option>}
      </select>
    </div>
  );
}

function SignOut() {
  const client = useQueryClient();
  const { token, person } = useSession();
  const who = person ?? token.name ?? `${token.type} token`;
  const signOut = async (): Promise<void> => {
    await send({ method: 'DELETE', path: sessionPath });
    client.clear();
    navigate('/sign-in');
  };
  return (
    <button type="button" className="button plain square" onClick={() => void signOut()} title={`Sign out ${who}`}>
      <Icon name="out" />
      <span className="hidden-name">{`Sign out ${who}`}</span>
    </button>
  );
}
