import type { TeamBody, TokenCreateRequest, TokenCreateResponse } from '#libs/contracts';
import { useState } from 'react';
import type { ApiRequest } from '../../api/client';
import { teamPath } from '../../api/paths';
import { useApi, useChange } from '../../api/use-api';
import { Dialog, type DialogControl } from '../../parts/dialog';
import { FormEnd } from '../../parts/form-end';
import { Copy } from '../../parts/id';
import { ReasonField } from '../../parts/reason-field';
import { Time } from '../../parts/time';
import { useSession } from '../../session/session';
import { tokensPath } from './tokens-path';

const presets = [
  { id: 'read', label: 'Read everything', permissions: ['**/read'] },
  {
    id: 'run',
    label: 'Start runs and read them',
    permissions: ['workflow/action', 'workflow/read', 'workflowrun/read', 'taskrun/read'],
  },
  { id: 'agent', label: 'Be an agent', permissions: ['taskrun/action'] },
  { id: 'hook', label: 'Send webhooks and events', permissions: ['webhook/action'] },
  { id: 'all', label: 'Everything', permissions: ['**/**'] },
  { id: 'own', label: 'As I write it', permissions: [] },
] as const;

const dayLength = 86_400_000;
const lives = [
  { days: 7, label: '7 days' },
  { days: 30, label: '30 days' },
  { days: 90, label: '90 days' },
  { days: 365, label: 'a year' },
  { days: 0, label: 'for ever' },
] as const;

interface CreateTokenProps {
  readonly team: string;
}

/** Makes a token, and shows it this once. */
export function CreateTokenDialog({ dialog, team }: CreateTokenProps & { readonly dialog: DialogControl }) {
  return (
    <Dialog dialog={dialog} title="New token" isWide>
      <CreateToken team={team} close={dialog.close} />
    </Dialog>
  );
}

function CreateToken({ team, close }: CreateTokenProps & { readonly close: () => void }) {
  const { token: own, person } = useSession();
  const isGlobal = own.type === 'global';
  const [type, setType] = useState<TokenCreateRequest['type']>('team');
  const [name, setName] = useState('');
  const [principal, setPrincipal] = useState(person ?? '');
  const [workflow, setWorkflow] = useState('');
  const [preset, setPreset] = useState<(typeof presets)[number]['id']>('read');
  const [written, setWritten] = useState('');
  const [days, setDays] = useState(90);
  const [reason, setReason] = useState('');
  const { data: body } = useApi<TeamBody>(teamPath(team), { freshFor: 60_000 });
  const change = useChange<TokenCreateResponse>(tokensPath);
  const permissions =
    preset === 'own'
      ? written.split(/[\s,]+/).filter((each) => each !== '')
      : [...(presets.find(({ id }) => id === preset)?.permissions ?? [])];
  const owner = { team, user: principal, workflow, global: undefined, session: undefined }[type];
  const request: ApiRequest = {
    method: 'POST',
    path: tokensPath,
    body: {
      type,
      name,
      ...(owner !== undefined && { principal: owner }),
      permissions,
      ...(days > 0 && { expirationDate: new Date(Date.now() + days * dayLength).toISOString().slice(0, 19) + 'Z' }),
    } satisfies TokenCreateRequest,
    ...(reason !== '' && { reason }),
  };
  if (change.data) return <Made made={change.data} close={close} />;
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate(request);
      }}
    >
      <div className="fields">
        <label className="field">
          <span>Name</span>
          <input
            required
            autoFocus
            maxLength={256}
            value={name}
            placeholder="What uses it?"
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        <label className="field">
          <span>Whose</span>
          <select value={type} onChange={(event) => setType(event.target.value as typeof type)}>
            <option value="team">the team’s</option>
            <option value="workflow">a workflow’s</option>
            {(isGlobal || person !== undefined) && <option value="user">{isGlobal ? 'a person’s' : 'my own'}</option>}
            {isGlobal && <option value="global">the installation’s</option>}
          </select>
        </label>
        {type === 'workflow' && (
          <label className="field">
            <span>Workflow</span>
            <select required value={workflow} onChange={(event) => setWorkflow(event.target.value)}>
              <option value="">Choose one</option>
              {body?.workflows.map(({ id, displayName }) => (
                <option key={id} value={id}>
                  {displayName}
                </option>
              ))}
            </select>
          </label>
        )}
        {type === 'user' && isGlobal && (
          <label className="field">
            <span>Person</span>
            <input
              required
              list="people"
              value={principal}
              placeholder="id or e-mail"
              onChange={(event) => setPrincipal(event.target.value)}
            />
            <datalist id="people">
              {body?.members.map(({ id, email, name: called }) => (
                <option key={id ?? email} value={id ?? email ?? ''}>
                  {called}
                </option>
              ))}
            </datalist>
          </label>
        )}
        <label className="field">
          <span>Lives</span>
          <select value={days} onChange={(event) => setDays(Number(event.target.value))}>
            {lives.map(({ days: count, label }) => (
              <option key={count} value={count}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>May</span>
          <select value={preset} onChange={(event) => setPreset(event.target.value as typeof preset)}>
            {presets.map(({ id, label }) => (
              <option key={id} value={id}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      {preset === 'own' ? (
        <label className="field">
          <span>Permissions</span>
          <textarea
            className="mono"
            rows={3}
            required
            spellCheck={false}
            value={written}
            placeholder="workflowrun/read action/action"
            aria-describedby="permissions-help"
            onChange={(event) => setWritten(event.target.value)}
          />
          <span id="permissions-help" className="soft small">
            resource/action; ** on either side means all. You cannot give more than you have.
          </span>
        </label>
      ) : (
        <p className="soft">
          <code>{permissions.join('  ')}</code>
          {type === 'workflow' &&
            ' – and never more than to submit the workflow, handle its runs, and call its webhooks'}
        </p>
      )}
      <ReasonField value={reason} onChange={setReason} />
      <FormEnd change={change} requests={[request]} close={close}>
        {change.isPending ? 'Making …' : 'Make the token'}
      </FormEnd>
    </form>
  );
}

function Made({
  made: { token, expirationDate },
  close,
}: {
  readonly made: TokenCreateResponse;
  readonly close: () => void;
}) {
  return (
    <div className="stack">
      <p className="note hold" role="status">
        Copy it now: this is the only time that anybody can see it.
      </p>
      <div className="line" style={{ flexWrap: 'nowrap' }}>
        <code className="new-token" data-token>
          {token}
        </code>
        <Copy text={token} what="token" />
      </div>
      <p className="soft">
        {expirationDate ? (
          <>
            It ends <Time at={expirationDate} />.
          </>
        ) : (
          'It does not end by itself.'
        )}
      </p>
      <div className="dialog-end">
        <button type="button" className="button main" autoFocus onClick={close}>
          I have copied it
        </button>
      </div>
    </div>
  );
}
