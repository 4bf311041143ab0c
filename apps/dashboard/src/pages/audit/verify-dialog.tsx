import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { ApiError, open } from '../../api/client';
import { linesOf } from '../../api/lines';
import { refresh } from '../../api/use-api';
import { Curl } from '../../parts/curl';
import { Dialog, type DialogControl } from '../../parts/dialog';
import { Copy } from '../../parts/id';
import { ReasonField } from '../../parts/reason-field';
import { ErrorNote } from '../../parts/states';
import { Shape } from '../../parts/status';
import { shownDuration } from '../../parts/time';

const path = '/api/v2/audit/verify';

/** A line of the answer: how far it is, or how it has ended. */
type Step =
  | { readonly position: number; readonly last: number }
  | { readonly intact: true; readonly position: number; readonly hash: string }
  | { readonly intact: false; readonly position: number; readonly problem: string };

type Progress =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly position: number; readonly last: number }
  | { readonly kind: 'intact'; readonly position: number; readonly hash: string; readonly took: number }
  | { readonly kind: 'broken'; readonly position: number; readonly problem: string }
  | { readonly kind: 'stopped'; readonly position: number }
  | { readonly kind: 'failed'; readonly error: ApiError };

/** Has the server recompute the whole chain, and shows how far it is and what it finds. */
export function VerifyDialog({ dialog }: { readonly dialog: DialogControl }) {
  return (
    <Dialog dialog={dialog} title="Verify the chain">
      <Verify close={dialog.close} />
    </Dialog>
  );
}

function Verify({ close }: { readonly close: () => void }) {
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const [progress, setProgress] = useState<Progress>({ kind: 'idle' });
  const run = useRef<AbortController | null>(null);
  useEffect(() => () => run.current?.abort(), []);
  const isRunning = progress.kind === 'running';
  const request = { path, ...(reason !== '' && { reason }) };

  const start = async (): Promise<void> => {
    const stop = new AbortController();
    run.current = stop;
    const began = performance.now();
    let at = 0;
    setProgress({ kind: 'running', position: 0, last: 0 });
    try {
      for await (const line of linesOf(await open(request, stop.signal))) {
        const step = JSON.parse(line) as Step;
        at = step.position;
        if (!('intact' in step)) setProgress({ kind: 'running', ...step });
        else if (step.intact) setProgress({ kind: 'intact', ...step, took: performance.now() - began });
        else setProgress({ kind: 'broken', ...step });
      }
      setProgress((now) => (now.kind === 'running' ? { kind: 'stopped', position: at } : now));
    } catch (error) {
      if (stop.signal.aborted) setProgress({ kind: 'stopped', position: at });
      else setProgress({ kind: 'failed', error: toApiError(error) });
    }
    void refresh(client, '/api/v2/audit', '/api/v2/team');
  };

  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}
    >
      <p>
        The server reads every event again, recomputes its hash, and compares. The trail records who verified, and what
        was found.
      </p>
      {progress.kind === 'idle' && <ReasonField value={reason} onChange={setReason} />}
      <div role="status" aria-live="polite">
        <Outcome progress={progress} />
      </div>
      {progress.kind === 'failed' && <ErrorNote error={progress.error} />}
      <div className="dialog-end">
        <Curl requests={[request]} />
        {isRunning ? (
          <button type="button" className="button danger" onClick={() => run.current?.abort()}>
            Stop
          </button>
        ) : (
          <>
            <button type="button" className="button" onClick={close}>
              Close
            </button>
            <button className="button main">{progress.kind === 'idle' ? 'Verify' : 'Verify again'}</button>
          </>
        )}
      </div>
    </form>
  );
}

function toApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(0, 0, 'NO_ANSWER', 'The answer broke off.', null);
}

function Outcome({ progress }: { readonly progress: Progress }) {
  const number = (value: number): string => value.toLocaleString('en');
  switch (progress.kind) {
    case 'idle':
    case 'failed':
      return null;
    case 'running':
      return (
        <label className="stack">
          <span>
            {progress.last === 0
              ? 'Asking the server …'
              : `${number(progress.position)} of ${number(progress.last)} events are as they were hashed`}
          </span>
          <progress {...(progress.last > 0 && { value: progress.position, max: progress.last })} />
        </label>
      );
    case 'intact':
      return (
        <div className="note verdict hue-good">
          <Shape status="succeeded" />
          <div>
            <b>The chain is intact.</b>{' '}
            <span className="plain-text">
              {number(progress.position)} events in {shownDuration(progress.took)}; the last hash is{' '}
              <code>{progress.hash.slice(0, 16)}…</code>
              <Copy text={progress.hash} what="hash" />
            </span>
          </div>
        </div>
      );
    case 'broken':
      return (
        <div className="note bad verdict hue-bad">
          <Shape status="failed" />
          <div>
            <b>The chain is broken at position {number(progress.position)}.</b>{' '}
            <span className="plain-text">{progress.problem}</span>
          </div>
        </div>
      );
    case 'stopped':
      return <p className="note hold">Stopped; up to position {number(progress.position)} the chain is whole.</p>;
  }
}
