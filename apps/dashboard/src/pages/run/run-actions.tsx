import type { RetryPlanBody, TaskRunBody, WorkflowRunBody } from '#libs/contracts';
import { useEffect, useState } from 'react';
import { ApiError, type ApiRequest, send } from '../../api/client';
import { runPath, runsPath, withQuery } from '../../api/paths';
import { useChange } from '../../api/use-api';
import { useKeys } from '../../frame/keys';
import { Dialog, type DialogControl, useDialog } from '../../parts/dialog';
import { FormEnd } from '../../parts/form-end';
import { notify } from '../../parts/notices';
import { ReasonField } from '../../parts/reason-field';
import { ErrorNote } from '../../parts/states';
import { isCancellable, isRetryable, StatusMark } from '../../parts/status';
import { navigate } from '../../router';
import { useMay } from '../../session/session';

interface RunActionsProps {
  readonly team: string;
  /** As it is now, whatever moment the page shows. */
  readonly run: WorkflowRunBody;
}

/** Start, cancel, retry: each says first what it will do. */
export function RunActions({ team, run }: RunActionsProps) {
  const may = useMay(team);
  const cancel = useDialog();
  const retry = useDialog();
  const change = useChange<WorkflowRunBody>(runsPath(team));
  const mayAct = may('workflowrun/action');
  const canCancel = mayAct && isCancellable(run);
  const canRetry = mayAct && isRetryable(run);
  useKeys([
    ...(canCancel ? [{ keys: 'z', does: 'Cancel the run', run: cancel.open }] : []),
    ...(canRetry ? [{ keys: 'r', does: 'Retry the run', run: retry.open }] : []),
  ]);
  return (
    <>
      {mayAct && (run.phase === 'pending' || run.phase === 'queued') && (
        <button
          type="button"
          className="button"
          title="Without waiting for an agent"
          disabled={change.isPending}
          onClick={() =>
            change.mutate(
              { method: 'PUT', path: `${runPath(team, run.id)}/start` },
              { onError: ({ message }) => notify(message) },
            )
          }
        >
          Start now
        </button>
      )}
      {canCancel && (
        <button type="button" className="button danger" onClick={cancel.open}>
          Cancel …
        </button>
      )}
      {canRetry && (
        <button type="button" className="button main" onClick={retry.open}>
          Retry …
        </button>
      )}
      <CancelDialog dialog={cancel} team={team} run={run} />
      <RetryDialog dialog={retry} team={team} run={run} />
    </>
  );
}

function CancelDialog({ dialog, team, run }: RunActionsProps & { readonly dialog: DialogControl }) {
  const [reason, setReason] = useState('');
  const change = useChange<WorkflowRunBody>(runsPath(team));
  const tasks = run.tasks ?? [];
  const stopped = tasks.filter(({ status }) => ['running', 'waiting', 'ready'].includes(status));
  const skipped = tasks.filter(({ status }) => status === 'notstarted');
  const request: ApiRequest = {
    method: 'DELETE',
    path: `${runPath(team, run.id)}/cancel`,
    ...(reason !== '' && { reason }),
  };
  return (
    <Dialog dialog={dialog} title="Cancel this run">
      <p>The run ends as cancelled. This cannot be undone; a retry makes a new run.</p>
      <ul className="stack" style={{ gap: 2 }}>
        <TaskNames tasks={stopped} what="will be stopped" />
        <TaskNames tasks={skipped} what="will not begin" />
        {run.awaitingApproval && <li>Its open approval closes.</li>}
      </ul>
      <ReasonField value={reason} onChange={setReason} />
      <FormEnd
        change={change}
        requests={[request]}
        close={dialog.close}
        back="Let it run"
        isDangerous
        onAct={() => change.mutate(request, { onSuccess: dialog.close })}
      >
        Cancel the run
      </FormEnd>
    </Dialog>
  );
}

function TaskNames({ tasks, what }: { readonly tasks: readonly TaskRunBody[]; readonly what: string }) {
  if (tasks.length === 0) return null;
  const names = tasks.slice(0, 8).map(({ name }) => name);
  return (
    <li>
      {tasks.length} task{tasks.length === 1 ? '' : 's'} {what}: <code>{names.join(', ')}</code>
      {tasks.length > names.length && ' …'}
    </li>
  );
}

function RetryDialog({ dialog, ...rest }: RunActionsProps & { readonly dialog: DialogControl }) {
  return (
    <Dialog dialog={dialog} title="Retry this run" isWide>
      <RetrySteps onClose={dialog.close} {...rest} />
    </Dialog>
  );
}

function RetrySteps({ team, run, onClose }: RunActionsProps & { readonly onClose: () => void }) {
  const hasFailed = (run.tasks ?? []).some(({ status }) => ['failed', 'invalid', 'timedout'].includes(status));
  const [from, setFrom] = useState(hasFailed ? 'failed' : '');
  const [reason, setReason] = useState('');
  const [plan, setPlan] = useState<RetryPlanBody | null>(null);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const change = useChange<WorkflowRunBody>(runsPath(team));
  const path = withQuery(`${runPath(team, run.id)}/retry`, { from });
  useEffect(() => {
    const stop = new AbortController();
    setPlan(null);
    setProblem(null);
    send<RetryPlanBody>(
      { method: 'PUT', path: withQuery(`${runPath(team, run.id)}/retry`, { from, dryRun: true }), body: {} },
      stop.signal,
    ).then(setPlan, (error: unknown) => {
      if (error instanceof ApiError) setProblem(error);
    });
    return () => stop.abort();
  }, [team, run.id, from]);
  const request: ApiRequest = { method: 'PUT', path, body: {}, ...(reason !== '' && { reason }) };
  return (
    <>
      <p>A retry makes a new run with the same params and the same revision. This one stays as it is.</p>
      <label className="line">
        <span>Begin</span>
        <select value={from} onChange={(event) => setFrom(event.target.value)}>
          {hasFailed && <option value="failed">with the tasks that failed</option>}
          <option value="">from the start</option>
          {(run.tasks ?? [])
            .filter(({ type }) => type !== 'start' && type !== 'end')
            .map(({ name }) => (
              <option key={name} value={name}>{`with ${name}`}</option>
            ))}
        </select>
      </label>
      {problem && <ErrorNote error={problem} />}
      {plan && (
        <div className="scroll">
          <table>
            <thead>
              <tr>
                <th>Task</th>
                <th>Was</th>
                <th>Will</th>
              </tr>
            </thead>
            <tbody>
              {[
                ...plan.tasks.map((task) => ({ ...task, will: 'run' })),
                ...plan.reused.map((task) => ({ ...task, will: 'keep its result' })),
              ].map((task) => (
                <tr key={task.name}>
                  <td>{task.name}</td>
                  <td>
                    <StatusMark status={task.status} />
                  </td>
                  <td className={task.will === 'run' ? '' : 'soft'}>{task.will}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {!plan && !problem && <p className="loading">Asking what would run …</p>}
      <ReasonField value={reason} onChange={setReason} />
      <FormEnd
        change={change}
        requests={[request]}
        close={onClose}
        back="Leave it"
        isDisabled={!plan}
        onAct={() =>
          change.mutate(request, {
            onSuccess: ({ id }) => {
              onClose();
              notify('The retry is a new run: this page shows it.');
              navigate(`/team/${encodeURIComponent(team)}/runs/${id}`);
            },
          })
        }
      >
        Retry
      </FormEnd>
    </>
  );
}
