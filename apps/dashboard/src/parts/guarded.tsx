import type { ReactNode } from 'react';
import { useId } from 'react';
import { notify } from './notices';

interface GuardedProps {
  /** Whether the viewer may do it; else the button says why not, when it is reached or pressed. */
  readonly may: boolean;
  readonly why: string;
  readonly look?: 'main' | 'danger' | 'plain';
  readonly isBusy?: boolean;
  readonly title?: string;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

/** A button for what not everybody may do. It stays reachable by keyboard, so that its reason can be read. */
export function Guarded({ may, why, look, isBusy = false, title, onClick, children }: GuardedProps) {
  const id = useId();
  return (
    <>
      <button
        type="button"
        className={`button${look ? ` ${look}` : ''}`}
        aria-disabled={!may}
        {...(!may && { 'aria-describedby': id })}
        disabled={isBusy}
        title={may ? title : why}
        onClick={() => (may ? onClick() : notify(why))}
      >
        {children}
      </button>
      {!may && (
        <span hidden id={id}>
          {why}
        </span>
      )}
    </>
  );
}

/** What to say to those who lack a permission in the team. */
export function lacks(permission: string): string {
  return `Your token does not have ${permission} in this team: an owner can grant it.`;
}
