import type { BulkBody, BulkPreviewBody, BulkRequest, TeamBody } from '#libs/contracts';
import { useEffect, useState } from 'react';
import { ApiError, type ApiRequest, send } from '../../api/client';
import { bulkAddress, bulkPath, runsPath, teamPath } from '../../api/paths';
import { useApi, useChange } from '../../api/use-api';
import { Dialog, type DialogControl } from '../../parts/dialog';
import { FormEnd } from '../../parts/form-end';
import { shortId } from '../../parts/id';
import { ReasonField } from '../../parts/reason-field';
import { ErrorNote } from '../../parts/states';
import { StatusMark } from '../../parts/status';
import { Time } from '../../parts/time';
import { navigate } from '../../router';

export type BulkAction = BulkRequest['action'];
/** The runs that are meant: by their ids, or every one that fits. */
export type BulkChoice = Pick<BulkRequest, 'runs' | 'filters'>;

export const verbs: Readonly<Record<BulkAction, string>> = { cancel: 'Cancel', retry: 'Retry' };
const operations: Readonly<Record<BulkAction, string>> = { cancel: 'cancelWorkflowRun', retry: 'retryWorkflowRun' };

interface BulkDialogProps {
  readonly dialog: DialogControl;
  readonly team: string;
  readonly action: BulkAction;
  readonly choice: BulkChoice;
}

/** Says what will come of it, exactly, and makes the job; the job's page then shows how far it is. */
export function BulkDialog({ dialog, action, ...rest }: BulkDialogProps) {
  return (
    <Dialog dialog={dialog} title={`${verbs[action]} runs`} isWide>
      <BulkForm action={action} onClose={dialog.close} {...rest} />
    </Dialog>
  );
}

function BulkForm({
  team,
  action,
  choice: given,
  onClose,
}: Omit<BulkDialogProps, 'dialog'> & { readonly onClose: () => void }) {
  // What arrives later is not touched.
  const [choice] = useState(given);
  const [from, setFrom] = useState('failed');
  const [reason, setReason] = useState('');
  const request: BulkRequest = {
    action,
    ...choice,
    ...(action === 'retry' && from !== '' && { from }),
  };
  const preview = usePreview(team, request);
  const settings = useApi<TeamBody>(teamPath(team), { freshFor: 60_000 });
  const change = useChange<BulkBody>(runsPath(team), bulkPath(team));
  const needsReason = settings.data?.requiredReasons?.some((each) => each === operations[action]) ?? false;
  const whole: ApiRequest = {
    method: 'POST',
    path: bulkPath(team),
    body: { ...request, ...(reason !== '' && { reason }) },
  };
  const will = preview.data?.outcomes.done ?? 0;
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate(whole, { onSuccess: ({ id }) => navigate(bulkAddress(team, id)) });
      }}
    >
      {action === 'retry' && (
        <label className="line">
          <span>Begin</span>
          <select value={from} onChange={(event) => setFrom(event.target.value)}>
            <option value="failed">with the tasks that failed</option>
            <option value="">from the start</option>
          </select>
        </label>
      )}
      {preview.data ? <Preview action={action} preview={preview.data} /> : null}
      {preview.error ? <ErrorNote error={preview.error} /> : null}
      {!preview.data && !preview.error && <p className="loading">Looking at what will come of it …</p>}
      <ReasonField value={reason} onChange={setReason} isRequired={needsReason} />
      <FormEnd
        change={change}
        requests={[{ ...whole, body: { ...request, dryRun: true } }, whole]}
        close={onClose}
        back="Leave them as they are"
        isDangerous={action === 'cancel'}
        isDisabled={change.isSuccess || will === 0}
      >
        {change.isPending ? 'Working …' : `${verbs[action]} ${runs(will)}`}
      </FormEnd>
    </form>
  );
}

/** What the server says would come of it; asked again when the request is another. */
function usePreview(team: string, request: BulkRequest) {
  const [found, setFound] = useState<{ data?: BulkPreviewBody; error?: ApiError }>({});
  const body = JSON.stringify({ ...request, dryRun: true });
  useEffect(() => {
    const stop = new AbortController();
    const type = 'application/json';
    send<BulkPreviewBody>({ method: 'POST', path: bulkPath(team), text: { type, content: body } }, stop.signal).then(
      (data) => setFound({ data }),
      (error: unknown) => {
        if (error instanceof ApiError) setFound({ error });
      },
    );
    return () => stop.abort();
  }, [team, body]);
  return found;
}

function Preview({ action, preview }: { readonly action: BulkAction; readonly preview: BulkPreviewBody }) {
  const { outcomes, refusals, sample } = preview;
  return (
    <>
      <p role="status">
        <b>
          {outcomes.done.toLocaleString('en')} of {runs(preview.runs)}
        </b>{' '}
        {action === 'cancel'
          ? 'can be cancelled: their tasks stop, and open approvals close.'
          : 'can be retried: each makes a new run; the original stays as it is.'}
        {outcomes.unchanged > 0 && ` ${runs(outcomes.unchanged)} will not change: cancelled already.`}
      </p>
      {refusals.length > 0 && (
        <ul>
          {refusals.map(({ message, runs: count }) => (
            <li key={message} className="outcome refused">
              {runs(count)} would be refused: {message}
            </li>
          ))}
        </ul>
      )}
      {sample.length > 0 && (
        <div className="scroll" tabIndex={0} role="region" aria-label="The first of them">
          <table>
            <thead>
              <tr>
                <th>{sample.length < preview.runs ? `The first ${sample.length}` : 'Run'}</th>
                <th>Status</th>
                <th>Made</th>
                <th>What will happen</th>
              </tr>
            </thead>
            <tbody>
              {sample.map(({ id, workflowDisplayName, status, creationDate, outcome, message }) => (
                <tr key={id}>
                  <td>
                    {workflowDisplayName} <span className="id soft">{shortId(id)}</span>
                  </td>
                  <td>
                    <StatusMark status={status} />
                  </td>
                  <td>
                    <Time at={creationDate} />
                  </td>
                  <td className={`outcome ${outcome}`} title={message}>
                    {wordsOf(action)[outcome]}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

function wordsOf(action: BulkAction): Readonly<Record<BulkPreviewBody['sample'][number]['outcome'], string>> {
  return {
    done: action === 'cancel' ? 'is cancelled' : 'runs again',
    unchanged: 'stays cancelled',
    refused: 'is refused',
  };
}

export function runs(count: number): string {
  return `${count.toLocaleString('en')} run${count === 1 ? '' : 's'}`;
}
