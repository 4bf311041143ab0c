import type { ActionBody, WorkflowRunBody } from '#libs/contracts';
import { useState } from 'react';
import type { ApiRequest } from '../../api/client';
import type { PageOf } from '../../api/page-of';
import { runsPath, teamPath, withQuery } from '../../api/paths';
import { useApi, useChange } from '../../api/use-api';
import { Dialog, useDialog } from '../../parts/dialog';
import { FormEnd } from '../../parts/form-end';
import { notify } from '../../parts/notices';
import { ReasonField } from '../../parts/reason-field';
import { useMay } from '../../session/session';

/** The open approvals and manual tasks of a run. The API has no filter by run: those of its workflow since it began are looked through. */
export function Decisions({ team, run }: { readonly team: string; readonly run: WorkflowRunBody }) {
  const may = useMay(team);
  const path = withQuery(`${teamPath(team)}/action/query`, {
    workflows: run.workflowRef,
    statuses: 'submitted',
    fromDate: Date.parse(run.creationDate),
    order: 'ASC',
    limit: 200,
  });
  const actions = useApi<PageOf<ActionBody>>(may('action/read') ? path : null, { every: 5000 });
  const own = (actions.data?.content ?? []).filter(({ workflowRunRef }) => workflowRunRef === run.id);
  return own.map((action) => <Decision key={action.id} team={team} action={action} mayDecide={may('action/action')} />);
}

interface DecisionProps {
  readonly team: string;
  readonly action: ActionBody;
  readonly mayDecide: boolean;
}

function Decision({ team, action, mayDecide }: DecisionProps) {
  const dialog = useDialog();
  const [approved, setApproved] = useState(true);
  const isManual = action.type === 'manual';
  const [yes, no] = isManual ? ['Done', 'Not done'] : ['Approve', 'Reject'];
  const open = (decision: boolean): void => {
    setApproved(decision);
    dialog.open();
  };
  return (
    <div className="note hold line spread">
      <div>
        <b>{isManual ? 'A person has to do this: ' : 'Waits for approval: '}</b>
        {action.taskName}{' '}
        <span className="soft">
          {action.numberOfApprovals} of {action.approvalsRequired} so far
        </span>
        {action.instructions !== undefined && <p>{action.instructions}</p>}
        {action.actioners.map(({ approverName, approved: agreed, comments, date }) => (
          <p key={`${approverName} ${date}`} className="small soft">
            {approverName} {agreed ? 'approved' : 'rejected'} {comments !== undefined && `“${comments}”`}
          </p>
        ))}
      </div>
      {mayDecide && (
        <div className="line tight">
          <button type="button" className="button main" onClick={() => open(true)}>
            {yes} …
          </button>
          <button type="button" className="button danger" onClick={() => open(false)}>
            {no} …
          </button>
        </div>
      )}
      <Dialog dialog={dialog} title={`${approved ? yes : no}: ${action.taskName}`}>
        <DecisionForm
          team={team}
          action={action}
          approved={approved}
          verb={approved ? yes : no}
          onClose={dialog.close}
        />
      </Dialog>
    </div>
  );
}

interface DecisionFormProps {
  readonly team: string;
  readonly action: ActionBody;
  readonly approved: boolean;
  readonly verb: string;
  readonly onClose: () => void;
}

function DecisionForm({ team, action, approved, verb, onClose }: DecisionFormProps) {
  const [comments, setComments] = useState('');
  const [reason, setReason] = useState('');
  const change = useChange<ActionBody[]>(runsPath(team), `${teamPath(team)}/action`);
  const missing = action.approvalsRequired - action.numberOfApprovals - 1;
  const request: ApiRequest = {
    method: 'PUT',
    path: `${teamPath(team)}/action`,
    body: [{ id: action.id, approved, ...(comments !== '' && { comments }) }],
    ...(reason !== '' && { reason }),
  };
  return (
    <>
      <p>
        {approved
          ? missing > 0
            ? `Your approval counts; ${missing} more ${missing === 1 ? 'is' : 'are'} needed.`
            : `The task succeeds, and what depends on its success goes on.`
          : 'The task fails, and what depends on its success does not run.'}
      </p>
      <label className="field">
        <span>Comment</span>
        <textarea
          rows={2}
          maxLength={10_000}
          value={comments}
          placeholder="Shown with the decision, and a result of the task"
          onChange={(event) => setComments(event.target.value)}
        />
      </label>
      <ReasonField value={reason} onChange={setReason} />
      <FormEnd
        change={change}
        requests={[request]}
        close={onClose}
        back="Not now"
        isDangerous={!approved}
        onAct={() =>
          change.mutate(request, {
            onSuccess: () => {
              onClose();
              notify(`${action.taskName}: ${approved ? 'approved' : 'rejected'}.`);
            },
          })
        }
      >
        {verb}
      </FormEnd>
    </>
  );
}
