import type { RetryPlanBody, WorkflowRunBody } from '#libs/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ApiError, type ApiRequest, send } from '../../api/client';
import { runPath, runsPath, withQuery } from '../../api/paths';
import { refresh } from '../../api/use-api';
import { Curl } from '../../parts/curl';
import { Dialog, type DialogControl } from '../../parts/dialog';
import { shortId } from '../../parts/id';
import { inTurns } from '../../parts/in-turns';
import { ReasonField } from '../../parts/reason-field';
import { isCancellable, isRetryable, StatusMark } from '../../parts/status';
import { Link } from '../../router';

export type BulkAction = 'cancel' | 'retry';

/** Requests that are under way at once. */
const width = 4;

interface Outcome {
  readonly kind: 'plan' | 'skip' | 'busy' | 'done' | 'refused';
  readonly text: string;
  readonly newRun?: string;
}

function canBe(action: BulkAction, run: WorkflowRunBody): boolean {
  return action === 'cancel' ? isCancellable(run) : isRetryable(run);
}

function requestFor(
  action: BulkAction,
  team: string,
  { id }: WorkflowRunBody,
  from: string,
  reason: string,
): ApiRequest {
  const why = reason === '' ? {} : { reason };
  return action === 'cancel'
    ? { method: 'DELETE', path: `${runPath(team, id)}/cancel`, ...why }
    : { method: 'PUT', path: withQuery(`${runPath(team, id)}/retry`, { from }), body: {}, ...why };
}

interface BulkDialogProps {
  readonly dialog: DialogControl;
  readonly team: string;
  readonly action: BulkAction;
  /** Fixed when the dialog opens: what arrives later is not touched. */
  readonly runs: readonly WorkflowRunBody[];
}

/** Shows for each run what will happen, does it, and shows for each what came of it. */
export function BulkDialog({ dialog, action, runs, ...rest }: BulkDialogProps) {
  const verb = action === 'cancel' ? 'Cancel' : 'Retry';
  return (
    <Dialog dialog={dialog} title={`${verb} ${runs.length} run${runs.length === 1 ? '' : 's'}`} isWide>
      <BulkSteps action={action} runs={runs} verb={verb} onClose={dialog.close} {...rest} />
    </Dialog>
  );
}

function BulkSteps({
  team,
  action,
  runs: given,
  verb,
  onClose,
}: Omit<BulkDialogProps, 'dialog'> & { readonly verb: string; readonly onClose: () => void }) {
  const client = useQueryClient();
  const [runs] = useState(given);
  const [from, setFrom] = useState('failed');
  const [reason, setReason] = useState('');
  const [isStarted, setStarted] = useState(false);
  const [outcomes, setOutcomes] = useState<Readonly<Record<string, Outcome>>>({});
  const fitting = runs.filter((run) => canBe(action, run));
  const say = (id: string, outcome: Outcome): void => setOutcomes((now) => ({ ...now, [id]: outcome }));

  // The preview of a retry comes from the server: it makes nothing.
  useEffect(() => {
    if (action !== 'retry' || isStarted) return;
    const stop = new AbortController();
    void inTurns(runs.filter(isRetryable), width, async (run) => {
      const path = withQuery(`${runPath(team, run.id)}/retry`, { from, dryRun: true });
      const outcome = await send<RetryPlanBody>({ method: 'PUT', path, body: {} }, stop.signal).then(
        ({ tasks, reused }): Outcome => ({ kind: 'plan', text: planText(tasks.length, reused.length) }),
        (error: unknown): Outcome => ({ kind: 'refused', text: messageOf(error) }),
      );
      if (!stop.signal.aborted) setOutcomes((now) => ({ ...now, [run.id]: outcome }));
    });
    return () => stop.abort();
  }, [action, isStarted, runs, team, from]);

  const act = async (): Promise<void> => {
    setStarted(true);
    for (const { id } of fitting) say(id, { kind: 'busy', text: 'waits for its turn' });
    await inTurns(fitting, width, async (run) => {
      try {
        const made = await send<WorkflowRunBody>(requestFor(action, team, run, from, reason));
        const newRun = made.id === run.id ? {} : { newRun: made.id };
        say(run.id, { kind: 'done', text: action === 'cancel' ? `is ${made.status}` : 'runs again as', ...newRun });
      } catch (error) {
        say(run.id, { kind: 'refused', text: messageOf(error) });
      }
    });
    await refresh(client, runsPath(team));
  };

  const done = Object.values(outcomes).filter(({ kind }) => kind === 'done').length;
  const refused = Object.values(outcomes).filter(({ kind }) => kind === 'refused').length;
  const isOver = isStarted && done + refused >= fitting.length;
  return (
    <>
      <p>
        {fitting.length} of {runs.length}{' '}
        {action === 'cancel'
          ? 'can be cancelled: their tasks stop, and open approvals close.'
          : 'can be retried: each makes a new run; the original stays as it is.'}
      </p>
      {action === 'retry' && !isStarted && (
        <label className="line">
          <span>Begin</span>
          <select value={from} onChange={(event) => setFrom(event.target.value)}>
            <option value="failed">with the tasks that failed</option>
            <option value="">from the start</option>
          </select>
        </label>
      )}
      <div className="scroll">
        <table>
          <thead>
            <tr>
              <th>Run</th>
              <th>Status</th>
              <th>{isStarted ? 'What came of it' : 'What will happen'}</th>
            </tr>
          </thead>
          <tbody>
            {runs.map((run) => {
              const outcome = canBe(action, run) ? (outcomes[run.id] ?? firstOutcome(action)) : unfit(action);
              return (
                <tr key={run.id}>
                  <td>
                    {run.workflowDisplayName ?? run.workflowName} <span className="id soft">{shortId(run.id)}</span>
                  </td>
                  <td>
                    <StatusMark status={run.status} />
                  </td>
                  <td className={`outcome ${outcome.kind}`}>
                    {outcome.text}{' '}
                    {outcome.newRun !== undefined && (
                      <Link to={`/team/${team}/runs/${outcome.newRun}`}>{shortId(outcome.newRun)}</Link>
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {!isStarted && <ReasonField value={reason} onChange={setReason} />}
      {isStarted && (
        <p role="status">
          {done} done, {refused} refused, {fitting.length - done - refused} to go.
        </p>
      )}
      <div className="dialog-end">
        {!isStarted && (
          <Curl requests={fitting.slice(0, 20).map((run) => requestFor(action, team, run, from, reason))} />
        )}
        <button type="button" className="button" onClick={onClose}>
          {isStarted ? 'Close' : 'Leave them as they are'}
        </button>
        {!isOver && (
          <button
            type="button"
            className={`button ${action === 'cancel' ? 'danger' : 'main'}`}
            disabled={isStarted || fitting.length === 0}
            onClick={() => void act()}
          >
            {verb} {fitting.length} run{fitting.length === 1 ? '' : 's'}
          </button>
        )}
      </div>
    </>
  );
}

function firstOutcome(action: BulkAction): Outcome {
  return action === 'cancel'
    ? { kind: 'plan', text: 'will be cancelled' }
    : { kind: 'plan', text: 'asking what would run …' };
}

function unfit(action: BulkAction): Outcome {
  return {
    kind: 'skip',
    text:
      action === 'cancel'
        ? 'has ended: nothing to cancel'
        : 'only failed, invalid, cancelled or timed-out runs can be retried',
  };
}

export function planText(tasks: number, reused: number): string {
  return `${tasks} task${tasks === 1 ? '' : 's'} will run${reused > 0 ? `, ${reused} keep their results` : ''}`;
}

function messageOf(error: unknown): string {
  return error instanceof ApiError ? error.message : 'The request was not sent.';
}
