import type { TrailBody } from '#libs/contracts';
import { useQuery } from '@tanstack/react-query';
import { type ApiError, open } from '../../api/client';
import { useApi } from '../../api/use-api';
import { Dialog, useDialog } from '../../parts/dialog';
import { Guarded } from '../../parts/guarded';
import { Copy } from '../../parts/id';
import { ErrorNote } from '../../parts/states';
import { Shape } from '../../parts/status';
import { useSession } from '../../session/session';
import { VerifyDialog } from './verify-dialog';

export const trailPath = '/api/v2/trail';

/** How far the ledger is signed, what stops that, and the way to verify the chain. */
export function ChainStatus({ newest }: { readonly newest: number | undefined }) {
  const answer = useApi<TrailBody>(trailPath, { every: 10_000 });
  const { token } = useSession();
  const note = useDialog();
  const verify = useDialog();
  const trail = answer.data;
  const alarms = trail?.parts.filter(({ alarm }) => alarm !== null) ?? [];
  const isGlobal = token.type === 'global';
  return (
    <section className="chain" aria-label="The chain">
      {trail ? (
        <>
          <span className={`status hue-${alarms.length > 0 ? 'bad' : 'good'}`}>
            <Shape status={alarms.length > 0 ? 'failed' : 'succeeded'} />
            {alarms.length > 0 ? 'The trail has an alarm' : 'The trail has no alarm'}
          </span>
          <span>
            {trail.signed ? (
              <>
                Last checkpoint at <b>{trail.signed.size.toLocaleString('en')}</b>
                {newest !== undefined && newest > trail.signed.size && (
                  <span className="soft">, {(newest - trail.signed.size).toLocaleString('en')} not signed yet</span>
                )}
              </>
            ) : (
              'Nothing is signed yet'
            )}
          </span>
          {trail.signed && (
            <button type="button" className="button plain" onClick={note.open}>
              Show the checkpoint
            </button>
          )}
        </>
      ) : answer.error ? (
        <span className="soft">
          {answer.error.status === 403
            ? 'Your token may not see how far the chain is signed (trail/read).'
            : answer.error.message}
        </span>
      ) : (
        <span className="soft">Loading the chain …</span>
      )}
      <Guarded
        may={isGlobal}
        why="Only a global token can verify: the chain holds the events of all teams. tools/verify.mjs checks the log offline."
        onClick={verify.open}
      >
        Verify the chain
      </Guarded>
      {alarms.map(({ name, alarm }) => (
        <p key={name} className="note bad" role="alert">
          <b>{name}:</b> {alarm}
        </p>
      ))}
      <Dialog dialog={note} title="The latest checkpoint" isWide>
        <Checkpoint />
        {trail?.signed && (
          <dl className="facts">
            <dt>Origin</dt>
            <dd>
              <code>{trail.signed.origin}</code>
            </dd>
            <dt>Key</dt>
            <dd>
              <code>{trail.signed.key}</code> <Copy text={trail.signed.key} what="key of the log" />
            </dd>
            {trail.parts.map(({ name, size }) => (
              <div key={name} style={{ display: 'contents' }}>
                <dt>{name}</dt>
                <dd>up to {size.toLocaleString('en')}</dd>
              </div>
            ))}
          </dl>
        )}
        <p className="soft small">
          Keep it in a place that those who run the server cannot change: with it, <code>tools/verify.mjs</code> proves
          later that nothing before it was rewritten.
        </p>
        <div className="dialog-end">
          <button type="button" className="button" onClick={note.close}>
            Close
          </button>
        </div>
      </Dialog>
      <VerifyDialog dialog={verify} />
    </section>
  );
}

function Checkpoint() {
  const { data, error } = useQuery<string, ApiError>({
    queryKey: [`${trailPath}/checkpoint`],
    queryFn: async ({ signal }) => (await open({ path: `${trailPath}/checkpoint` }, signal)).text(),
  });
  if (error) return <ErrorNote error={error} />;
  if (data === undefined) return <p className="loading">Loading the checkpoint …</p>;
  return (
    <div className="line" style={{ flexWrap: 'nowrap', alignItems: 'start' }}>
      <pre className="json" style={{ flex: 1 }}>
        {data}
      </pre>
      <Copy text={data} what="checkpoint" />
    </div>
  );
}
