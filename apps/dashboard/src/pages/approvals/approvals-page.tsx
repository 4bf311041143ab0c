import type { ActionBody, ActionRequestBody, ActionSummaryBody } from '#libs/contracts';
import { useState } from 'react';
import type { ApiRequest } from '../../api/client';
import { useLive } from '../../api/live';
import type { PageOf } from '../../api/page-of';
import { teamPath, withQuery } from '../../api/paths';
import { useApi, useChange } from '../../api/use-api';
import { useKeys } from '../../frame/keys';
import type { PageProps } from '../../page-props';
import { Curl } from '../../parts/curl';
import { Dialog, type DialogControl, useDialog } from '../../parts/dialog';
import { FormEnd } from '../../parts/form-end';
import { Guarded, lacks } from '../../parts/guarded';
import { notify } from '../../parts/notices';
import { Pager } from '../../parts/pager';
import { ReasonField } from '../../parts/reason-field';
import { Loaded, State } from '../../parts/states';
import { looks, Shape, type Status } from '../../parts/status';
import { Tabs } from '../../parts/tabs';
import { shownDuration, Time, useNow } from '../../parts/time';
import { Link, useSearch } from '../../router';
import { useMay } from '../../session/session';
import './approvals.css';

const pageSize = 50;
/** Decisions of one request, at most. */
const mostAtOnce = 100;

const views = [
  { id: 'submitted', label: 'Waiting' },
  { id: 'approved', label: 'Approved' },
  { id: 'rejected', label: 'Rejected' },
  { id: 'cancelled', label: 'Cancelled' },
] as const;

const shapes: Readonly<Record<ActionBody['status'], readonly [shape: Status | 'approval', word: string]>> = {
  submitted: ['approval', 'Waits'],
  approved: ['succeeded', 'Approved'],
  rejected: ['failed', 'Rejected'],
  cancelled: ['cancelled', 'Cancelled'],
};

/** What waits for a person to decide, and what was decided. */
export function ApprovalsPage({ team }: PageProps) {
  const [search] = useSearch();
  const view = views.find(({ id }) => id === search.get('status'))?.id ?? 'submitted';
  const page = Math.max(0, Number(search.get('page') ?? 0));
  const base = `${teamPath(team)}/action`;
  useLive(`${base}/events`, [base]);
  const order = view === 'submitted' ? 'ASC' : 'DESC';
  const path = withQuery(`${base}/query`, { statuses: view, limit: pageSize, page, order, sort: 'creationDate' });
  const answer = useApi<PageOf<ActionBody>>(path);
  const summary = useApi<ActionSummaryBody>(`${base}/summary`);
  return (
    <div className="stack">
      <div className="page-head">
        <h1>Approvals</h1>
        {summary.data && (
          <span className="soft">
            {summary.data.approvals + summary.data.manual} wait; {summary.data.approvalsRate} % of the decided were
            approved
          </span>
        )}
        <Curl
          requests={[{ path }, { method: 'PUT', path: base, body: [{ id: '<id>', approved: true, comments: '' }] }]}
        />
      </div>
      <Tabs label="Decisions" param="status" chosen={view} drops={['page']} tabs={views} />
      <Loaded answer={answer} what="the approvals">
        {(found) =>
          found.content.length === 0 ? (
            <State title={view === 'submitted' ? 'Nothing waits for a decision' : 'There is none'}>
              {view === 'submitted' && (
                <p className="soft">Approvals and manual tasks of runs appear here as they come up.</p>
              )}
            </State>
          ) : (
            <List key={path} team={team} found={found} isOpen={view === 'submitted'} />
          )
        }
      </Loaded>
    </div>
  );
}

interface Decision {
  readonly approved: boolean;
  readonly actions: readonly ActionBody[];
}

interface ListProps {
  readonly team: string;
  readonly found: PageOf<ActionBody>;
  readonly isOpen: boolean;
}

function List({ team, found: { content, number, totalPages, totalElements }, isOpen }: ListProps) {
  const may = useMay(team);
  const mayDecide = may('action/action');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [at, setAt] = useState(0);
  const [decision, setDecision] = useState<Decision | null>(null);
  const dialog = useDialog();
  const now = useNow(isOpen);
  const selected = content.filter(({ id }) => chosen.has(id));
  const decide = (approved: boolean, actions: readonly ActionBody[]): void => {
    if (!mayDecide) {
      notify(lacks('action/action'));
      return;
    }
    if (actions.length === 0) return;
    setDecision({ approved, actions: actions.slice(0, mostAtOnce) });
    dialog.open();
  };
  const current = (): readonly ActionBody[] => (selected.length > 0 ? selected : content.slice(at, at + 1));
  const toggle = (id: string): void =>
    setChosen((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const move = (step: number): void => {
    const to = Math.max(0, Math.min(content.length - 1, at + step));
    setAt(to);
    document.querySelector<HTMLElement>(`[data-action="${to}"]`)?.focus();
  };
  useKeys([
    { keys: 'j', does: 'Next decision', run: () => move(1) },
    { keys: 'k', does: 'Decision before', run: () => move(-1) },
    ...(isOpen
      ? [
          { keys: 'x', does: 'Choose it', run: () => content[at] && toggle(content[at].id) },
          { keys: 'y', does: 'Approve it, or those that are chosen', run: () => decide(true, current()) },
          { keys: 'n', does: 'Reject it, or those that are chosen', run: () => decide(false, current()) },
        ]
      : []),
  ]);
  const buttons = (actions: readonly ActionBody[], what: string) => (
    <>
      <Guarded may={mayDecide} why={lacks('action/action')} onClick={() => decide(true, actions)}>
        Approve<span className="hidden-name"> {what}</span>
      </Guarded>
      <Guarded may={mayDecide} why={lacks('action/action')} look="danger" onClick={() => decide(false, actions)}>
        Reject<span className="hidden-name"> {what}</span>
      </Guarded>
    </>
  );
  return (
    <>
      {selected.length > 1 && (
        <div className="note line" role="status">
          <b>{selected.length} chosen</b>
          {buttons(selected, 'those that are chosen')}
          <button type="button" className="button plain" onClick={() => setChosen(new Set())}>
            Choose none
          </button>
        </div>
      )}
      <ul className="approvals">
        {content.map((action, index) => {
          const { id, taskName, workflowName, workflowRunRef, instructions, creationDate, status, actioners, type } =
            action;
          const [shape, word] = shapes[status];
          const what = `${taskName} of ${workflowName}`;
          return (
            <li key={id} className={chosen.has(id) ? 'on' : ''}>
              <div className="approval-head">
                {isOpen && (
                  <input
                    type="checkbox"
                    aria-label={`Choose ${what}`}
                    checked={chosen.has(id)}
                    onChange={() => toggle(id)}
                  />
                )}
                <span className={`status hue-${looks[shape].hue}`}>
                  <Shape status={shape} />
                  {isOpen ? shownDuration(now - Date.parse(creationDate)) : word}
                </span>
                <Link
                  to={`/team/${encodeURIComponent(team)}/runs/${workflowRunRef}`}
                  data-action={index}
                  onFocus={() => setAt(index)}
                >
                  <b>{workflowName}</b> / {taskName}
                </Link>
                {type === 'manual' && <span className="soft small">manual task</span>}
                <span className="soft small">
                  asked <Time at={creationDate} />
                </span>
              </div>
              {instructions && <p className="instructions">{instructions}</p>}
              <p className="soft small">
                {action.approvalsRequired > 1 &&
                  `${action.numberOfApprovals} of ${action.approvalsRequired} approvals. `}
                {action.approverGroupRef && `Only the group ${action.approverGroupRef} decides. `}
              </p>
              {actioners.map(({ approverId, approverName, approved, comments, date }) => (
                <p key={`${approverId} ${date}`} className="small">
                  <span className={approved ? 'hue-good' : 'hue-bad'}>{approved ? 'Approved' : 'Rejected'}</span> by{' '}
                  {approverName}, <Time at={date} />
                  {comments && <>: “{comments}”</>}
                </p>
              ))}
              {isOpen && <div className="line approval-buttons">{buttons([action], what)}</div>}
            </li>
          );
        })}
      </ul>
      <Pager
        number={number}
        totalPages={totalPages}
        says={`Page ${number + 1} of ${totalPages}; ${totalElements} in all`}
      />
      {decision && (
        <DecisionDialog dialog={dialog} team={team} decision={decision} onDone={() => setChosen(new Set())} />
      )}
    </>
  );
}

interface DecisionProps {
  readonly team: string;
  readonly decision: Decision;
  readonly onDone: () => void;
}

/** One commit decides all of them or none. */
function DecisionDialog({ dialog, ...rest }: DecisionProps & { readonly dialog: DialogControl }) {
  const { approved, actions } = rest.decision;
  const what =
    actions.length === 1
      ? `${actions[0]?.taskName ?? ''} of ${actions[0]?.workflowName ?? ''}`
      : `${actions.length} decisions`;
  return (
    <Dialog dialog={dialog} title={`${approved ? 'Approve' : 'Reject'} ${what}?`}>
      <DecisionForm close={dialog.close} {...rest} />
    </Dialog>
  );
}

function DecisionForm({
  team,
  decision: { approved, actions },
  onDone,
  close,
}: DecisionProps & { readonly close: () => void }) {
  const base = `${teamPath(team)}/action`;
  const [comments, setComments] = useState('');
  const [reason, setReason] = useState('');
  const change = useChange<ActionBody[]>(base);
  const request: ApiRequest = {
    method: 'PUT',
    path: base,
    body: actions.map(({ id }): ActionRequestBody => ({ id, approved, ...(comments !== '' && { comments }) })),
    ...(reason !== '' && { reason }),
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate(request, {
          onSuccess: (decided) => {
            const open = decided.filter(({ status }) => status === 'submitted').length;
            const word = approved ? 'Approved' : 'Rejected';
            notify(
              open > 0 ? `${word}; ${open === 1 ? 'it waits' : `${open} wait`} for further approvals.` : `${word}.`,
            );
            close();
            onDone();
          },
        });
      }}
    >
      {actions.length === 1 && actions[0]?.instructions && <p className="instructions">{actions[0].instructions}</p>}
      {actions.length > 1 && (
        <ul className="scroll">
          {actions.map(({ id, workflowName, taskName }) => (
            <li key={id}>
              {workflowName} / {taskName}
            </li>
          ))}
        </ul>
      )}
      <label className="field">
        <span>Comment</span>
        <textarea
          autoFocus
          rows={3}
          maxLength={10_000}
          value={comments}
          placeholder="The run’s readers see it"
          onChange={(event) => setComments(event.target.value)}
        />
      </label>
      <ReasonField value={reason} onChange={setReason} />
      <FormEnd change={change} requests={[request]} close={close} isDangerous={!approved}>
        {change.isPending ? 'Sending …' : approved ? 'Approve' : 'Reject'}
      </FormEnd>
    </form>
  );
}
