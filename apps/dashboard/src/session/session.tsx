import type { SessionBody } from '#libs/contracts';
import { createContext, type ReactNode, use } from 'react';

/** The API's own answer about the token: its teams, and what it may do in each. */
const SessionContext = createContext<SessionBody | null>(null);

export function SessionProvider({
  session,
  children,
}: {
  readonly session: SessionBody;
  readonly children: ReactNode;
}) {
  return <SessionContext value={session}>{children}</SessionContext>;
}

export function useSession(): SessionBody {
  const session = use(SessionContext);
  if (!session) throw new Error('This page is only for those who are signed in');
  return session;
}

/** Whether the token may do this in the team, such as `workflowrun/action`: hides what would be refused, the server decides. */
export function useMay(team: string): (permission: string) => boolean {
  const { teams, token } = useSession();
  const granted = teams.find(({ name }) => name === team)?.permissions ?? token.permissions;
  return (permission) => {
    const [resource, action] = permission.split('/');
    return granted.some((each) => {
      const [anyResource, anyAction] = each.split('/');
      return ['**', resource].includes(anyResource) && ['**', action].includes(anyAction);
    });
  };
}
