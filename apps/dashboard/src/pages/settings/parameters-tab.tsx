import type { TeamBody, WorkflowParamDefinition } from '#libs/contracts';
import { useState } from 'react';
import { teamPath } from '../../api/paths';
import { useApi } from '../../api/use-api';
import { Confirm } from '../../parts/confirm';
import { type DialogControl, useDialog } from '../../parts/dialog';
import { Guarded, lacks } from '../../parts/guarded';
import { Loaded, State } from '../../parts/states';
import { useMay, useSession } from '../../session/session';
import { FormDialog } from './form-dialog';

const types = ['text', 'password', 'number', 'boolean', 'json', 'textarea', 'email', 'url'] as const;

/** Where a param is kept, and who may change it there. */
interface Store {
  readonly save: (
    param: WorkflowParamDefinition,
    isNew: boolean,
  ) => { readonly method: 'PATCH' | 'POST' | 'PUT'; readonly path: string; readonly body: unknown };
  readonly removePath: (name: string) => string;
  readonly changes: string;
  readonly may: boolean;
  readonly mayRemove: boolean;
  readonly why: string;
}

/** Values that runs may refer to: the team's, and those of the whole installation. */
export function ParametersTab({ team, body }: { readonly team: string; readonly body: TeamBody }) {
  const may = useMay(team);
  const { token } = useSession();
  const isGlobal = token.type === 'global';
  const global = useApi<readonly WorkflowParamDefinition[]>('/api/v2/parameters');
  const ofTeam: Store = {
    save: (param) => ({ method: 'PATCH', path: teamPath(team), body: { parameters: [param] } }),
    removePath: (name) => `${teamPath(team)}/parameters/${encodeURIComponent(name)}`,
    changes: teamPath(team),
    may: may('team/write'),
    mayRemove: may('team/write'),
    why: lacks('team/write'),
  };
  const ofInstallation: Store = {
    save: (param, isNew) => ({ method: isNew ? 'POST' : 'PUT', path: '/api/v2/parameters', body: param }),
    removePath: (name) => `/api/v2/parameters/${encodeURIComponent(name)}`,
    changes: '/api/v2/parameters',
    may: isGlobal,
    mayRemove: isGlobal,
    why: 'Only a global token changes the params of the installation.',
  };
  return (
    <div className="stack">
      <p className="soft">
        A definition refers to one as <code>$(params.name)</code>; a workflow’s own param of that name goes first, then
        the team’s, then the installation’s. A password is sealed, and no answer shows it.
      </p>
      <Params title="Of the team" params={body.parameters} store={ofTeam} />
      <Loaded answer={global} what="the params of the installation">
        {(params) => <Params title="Of the installation" params={params} store={ofInstallation} />}
      </Loaded>
    </div>
  );
}

interface ParamsProps {
  readonly title: string;
  readonly params: readonly WorkflowParamDefinition[];
  readonly store: Store;
}

function Params({ title, params, store }: ParamsProps) {
  const adding = useDialog();
  return (
    <section className="stack" aria-label={title}>
      <div className="section-head">
        <h2>{title}</h2>
        <Guarded may={store.may} why={store.why} onClick={adding.open}>
          Add<span className="hidden-name"> a param {title.toLowerCase()}</span>
        </Guarded>
      </div>
      {params.length === 0 ? (
        <State title="There is no param" />
      ) : (
        <div className="table-box">
          <table>
            <thead>
              <tr>
                <th>Name</th>
                <th>Value</th>
                <th className="wide-only">Type</th>
                <th className="wide-only">Description</th>
                <th>
                  <span className="hidden-name">What can be done</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {params.map((param) => (
                <Row key={param.name} param={param} store={store} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <ParamDialog dialog={adding} store={store} />
    </section>
  );
}

function Row({ param, store }: { readonly param: WorkflowParamDefinition; readonly store: Store }) {
  const { name, value, type, description, label } = param;
  const editing = useDialog();
  const removing = useDialog();
  return (
    <tr>
      <td>
        <code>{name}</code>
      </td>
      <td className="wrap param-value">
        {type === 'password' ? (
          <span className="soft" title="Sealed: nobody can read it">
            ******
          </span>
        ) : (
          <code>{shown(value)}</code>
        )}
      </td>
      <td className="wide-only soft">{type ?? 'text'}</td>
      <td className="wide-only grow soft">{description ?? label}</td>
      <td>
        <span className="cell-actions">
          <Guarded may={store.may} why={store.why} look="plain" onClick={editing.open}>
            Change<span className="hidden-name"> {name}</span>
          </Guarded>
          <Guarded may={store.mayRemove} why={store.why} look="plain" onClick={removing.open}>
            Delete<span className="hidden-name"> {name}</span>
          </Guarded>
        </span>
        <ParamDialog dialog={editing} store={store} param={param} />
        <Confirm
          dialog={removing}
          title={`Delete the param ${name}?`}
          action="Delete the param"
          isDangerous
          request={{ method: 'DELETE', path: store.removePath(name) }}
          changes={[store.changes]}
          done={`${name} is deleted.`}
        >
          <p>Runs that refer to it and have no value of their own get null from now on.</p>
        </Confirm>
      </td>
    </tr>
  );
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}

interface ParamDialogProps {
  readonly dialog: DialogControl;
  readonly store: Store;
  readonly param?: WorkflowParamDefinition;
}

function ParamDialog({ dialog, store, param }: ParamDialogProps) {
  const [name, setName] = useState(param?.name ?? '');
  const [type, setType] = useState(param?.type ?? 'text');
  const [value, setValue] = useState(param?.type === 'password' ? '' : shown(param?.value ?? ''));
  const [description, setDescription] = useState(param?.description ?? '');
  const isSecret = type === 'password';
  const request = store.save(
    {
      ...param,
      name,
      type,
      description,
      value: type === 'number' && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value,
    },
    param === undefined,
  );
  const hidden = store.save({ name, type, description, value: '…' }, param === undefined);
  return (
    <FormDialog
      dialog={dialog}
      title={param ? `Change ${param.name}` : 'New param'}
      action={param ? 'Save' : 'Add'}
      done={param ? `${name} is changed.` : `${name} is added.`}
      request={request}
      {...(isSecret && { shownRequest: hidden })}
      changes={[store.changes]}
    >
      <div className="fields">
        <label className="field">
          <span>Name</span>
          <input
            required
            disabled={param !== undefined}
            spellCheck={false}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        <label className="field">
          <span>Type</span>
          <select value={type} onChange={(event) => setType(event.target.value)}>
            {!types.some((each) => each === type) && <option value={type}>{type}</option>}
            {types.map((each) => (
              <option key={each} value={each}>
                {each === 'password' ? 'password (a secret)' : each}
              </option>
            ))}
          </select>
        </label>
      </div>
      <label className="field">
        <span>Value</span>
        <input
          type={isSecret ? 'password' : 'text'}
          autoComplete="off"
          required={isSecret}
          value={value}
          placeholder={isSecret && param ? 'The new secret; the old one cannot be shown' : ''}
          onChange={(event) => setValue(event.target.value)}
        />
      </label>
      <label className="field">
        <span>Description</span>
        <input value={description} onChange={(event) => setDescription(event.target.value)} />
      </label>
    </FormDialog>
  );
}
