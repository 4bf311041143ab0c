import type { SessionBody } from '#libs/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { type ApiError, send } from '../api/client';
import { ErrorNote } from '../parts/states';
import { navigate, useSearch } from '../router';

/** Where the API says who the caller is. */
export const sessionPath = '/api/v2/session';

/** Only an address of the dashboard itself. */
function ownAddress(text: string | null): string {
  return text !== null && /^\/(?!\/)/.test(text) ? text : '/';
}

/** Takes a token, which the browser then keeps in a cookie that no script can read. */
export function SignInPage() {
  const client = useQueryClient();
  const [search] = useSearch();
  const [error, setError] = useState<ApiError | null>(null);
  const [isBusy, setBusy] = useState(false);

  const signIn = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form).get('token');
    const token = typeof given === 'string' ? given.trim() : '';
    setBusy(true);
    setError(null);
    try {
      const headers = { Authorization: `Bearer ${token}` };
      const session = await send<SessionBody>({ method: 'POST', path: sessionPath }, undefined, headers);
      client.clear();
      client.setQueryData([sessionPath], session);
      navigate(ownAddress(search.get('to')), { replace: true });
    } catch (problem) {
      setError(problem as ApiError);
      form.querySelector('input')?.focus();
    } finally {
      setBusy(false);
    }
  };

  return (
    <main className="sign-in">
      <form onSubmit={(event) => void signIn(event)}>
        <h1>Runledger</h1>
        <label className="field">
          <span>Access token</span>
          <input
            name="token"
            type="password"
            required
            autoFocus
            autoComplete="off"
            spellCheck={false}
            placeholder="bfg_… bft_… bfu_…"
            aria-describedby="token-help"
          />
        </label>
        <p id="token-help" className="soft small">
          The first start of the server prints one; <code>npm start -- --new-admin-token</code> makes another. Your
          browser keeps it in a cookie that no script can read, until it closes.
        </p>
        {error &&
          (error.status === 401 ? (
            <p className="note bad" role="alert">
              This token is not valid: it is wrong, revoked or expired.
            </p>
          ) : (
            <ErrorNote error={error} />
          ))}
        <div className="line spread">
          <button className="button main" disabled={isBusy}>
            {isBusy ? 'Signing in …' : 'Sign in'}
          </button>
          <a href="/api/docs">API documentation</a>
        </div>
      </form>
    </main>
  );
}
