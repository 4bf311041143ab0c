import type { WorkflowDefinition, WorkflowRunBody } from '#libs/contracts';
import { useState } from 'react';
import type { ApiRequest } from '../../api/client';
import type { PageOf } from '../../api/page-of';
import { runsPath, teamPath, withQuery, workflowPath } from '../../api/paths';
import { useApi, useChange } from '../../api/use-api';
import type { PageProps } from '../../page-props';
import { Curl } from '../../parts/curl';
import { ReasonField } from '../../parts/reason-field';
import { ErrorNote, Loaded, State } from '../../parts/states';
import { navigate, useSearch } from '../../router';
import { type Entered, firstValue, ParamField, sentValue } from './param-field';

/** Chooses a workflow, asks for its params, and starts a run of it. */
export function NewRunPage({ team }: PageProps) {
  const [search, change] = useSearch();
  const chosen = search.get('workflow');
  const workflows = useApi<PageOf<WorkflowDefinition>>(
    withQuery(`${teamPath(team)}/workflow/query`, { limit: 1000, sort: 'name', statuses: 'active' }),
  );
  return (
    <div className="stack" style={{ maxWidth: 640 }}>
      <h1>New run</h1>
      <Loaded answer={workflows} what="the workflows">
        {({ content }) =>
          content.length === 0 ? (
            <State title="The team has no workflow">
              <p>
                Save one with <code>PUT {teamPath(team)}/workflow</code>: see the{' '}
                <a href="/api/docs">API documentation</a>.
              </p>
            </State>
          ) : (
            <label className="field">
              <span>Workflow</span>
              <select
                value={chosen ?? ''}
                onChange={(event) => change({ workflow: event.target.value }, { replace: true })}
              >
                <option value="">Choose one</option>
                {content.map(({ name, displayName }) => (
                  <option key={name} value={name ?? ''}>
                    {displayName ?? name}
                  </option>
                ))}
              </select>
            </label>
          )
        }
      </Loaded>
      {chosen !== null && <ParamForm key={chosen} team={team} workflow={chosen} />}
    </div>
  );
}

function ParamForm({ team, workflow }: { readonly team: string; readonly workflow: string }) {
  const answer = useApi<WorkflowDefinition>(`${workflowPath(team, workflow)}?withTasks=false`, { freshFor: Infinity });
  return (
    <Loaded answer={answer} what="the workflow">
      {(definition) => <Fields team={team} workflow={workflow} definition={definition} />}
    </Loaded>
  );
}

interface FieldsProps {
  readonly team: string;
  readonly workflow: string;
  readonly definition: WorkflowDefinition;
}

function Fields({ team, workflow, definition }: FieldsProps) {
  const params = definition.params ?? [];
  const [values, setValues] = useState<Readonly<Record<string, Entered>>>(() =>
    Object.fromEntries(params.map((param) => [param.name, firstValue(param)])),
  );
  const [reason, setReason] = useState('');
  const submit = useChange<WorkflowRunBody>(runsPath(team));
  const given = params.flatMap((param) => {
    const entered = values[param.name] ?? '';
    // What is empty and not required is left to the workflow's default.
    return entered === '' && param.required !== true ? [] : [{ name: param.name, value: sentValue(param, entered) }];
  });
  const request: ApiRequest = {
    method: 'POST',
    path: `${workflowPath(team, workflow)}/submit`,
    body: { params: given },
    ...(reason !== '' && { reason }),
  };
  const masked: ApiRequest = {
    ...request,
    body: {
      params: given.map((each) =>
        params.some(({ name, type }) => name === each.name && type === 'password') ? { ...each, value: '…' } : each,
      ),
    },
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        submit.mutate(request, { onSuccess: ({ id }) => navigate(`/team/${encodeURIComponent(team)}/runs/${id}`) });
      }}
    >
      {definition.description !== undefined && definition.description !== null && (
        <p className="soft">{definition.description}</p>
      )}
      {params.length === 0 && <p className="soft">It has no params.</p>}
      {params.map((param) => (
        <ParamField
          key={param.name}
          param={param}
          value={values[param.name] ?? ''}
          onChange={(value) => setValues((now) => ({ ...now, [param.name]: value }))}
        />
      ))}
      <ReasonField value={reason} onChange={setReason} />
      {submit.error && <ErrorNote error={submit.error} />}
      <div className="line">
        <button className="button main" disabled={submit.isPending}>
          Start the run
        </button>
        <Curl requests={[masked]} />
      </div>
    </form>
  );
}
