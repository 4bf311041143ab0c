import type { WorkflowDefinition } from '#libs/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useRef } from 'react';
import { type ApiError } from '../../api/client';
import { download } from '../../api/download';
import { runsPath, teamPath, withQuery, workflowPath } from '../../api/paths';
import { refresh, useApi, useChange } from '../../api/use-api';
import { useKeys } from '../../frame/keys';
import type { PageProps } from '../../page-props';
import { Confirm } from '../../parts/confirm';
import { Curl } from '../../parts/curl';
import { useDialog } from '../../parts/dialog';
import { Guarded, lacks } from '../../parts/guarded';
import { Icon } from '../../parts/icon';
import { notify } from '../../parts/notices';
import { Loaded } from '../../parts/states';
import { Tabs } from '../../parts/tabs';
import { Time } from '../../parts/time';
import { addressWith, Link, navigate, useSearch } from '../../router';
import { useMay } from '../../session/session';
import { ScheduleList } from '../schedules/schedule-list';
import { InsightsReport } from '../insights/insights-report';
import { GraphTab } from './graph-tab';
import { RevisionsTab } from './revisions-tab';
import './workflows.css';

const SourceTab = lazy(async () => ({ default: (await import('./source-tab')).SourceTab }));

const tabs = [
  { id: 'graph', label: 'Graph' },
  { id: 'source', label: 'Source' },
  { id: 'revisions', label: 'Revisions' },
  { id: 'schedules', label: 'Schedules' },
  { id: 'insights', label: 'Insights' },
] as const;

/** One workflow: what it is, who changed it, when it runs, how its runs end. */
export function WorkflowPage({ team, values }: PageProps) {
  const name = values['workflow'] ?? '';
  const [search] = useSearch();
  const tab = tabs.find(({ id }) => id === search.get('tab'))?.id ?? 'graph';
  const version = search.get('version');
  const path = workflowPath(team, name);
  const answer = useApi<WorkflowDefinition>(withQuery(path, { version: version ?? undefined }));
  return (
    // What another version says must not stand under the name of this one.
    <Loaded answer={answer.isPlaceholderData ? { ...answer, data: undefined } : answer} what="the workflow">
      {(definition) => (
        <div className="stack">
          <Head team={team} name={name} definition={definition} isOld={version !== null} />
          <Tabs label="The workflow" param="tab" chosen={tab} drops={['from', 'to', 'task']} tabs={tabs} />
          {version !== null && (
            <p className="note past">
              This is version {definition.version}.{' '}
              <Link to={addressWith({ version: null })}>Show the current one</Link>
            </p>
          )}
          {tab === 'graph' && <GraphTab definition={definition} />}
          {tab === 'source' && (
            <Suspense fallback={<p className="loading">Loading the editor …</p>}>
              <SourceTab team={team} name={name} definition={definition} isOld={version !== null} />
            </Suspense>
          )}
          {tab === 'revisions' && <RevisionsTab team={team} workflow={name} />}
          {tab === 'schedules' && <ScheduleList team={team} workflow={name} />}
          {tab === 'insights' && <InsightsReport team={team} workflow={name} />}
        </div>
      )}
    </Loaded>
  );
}

interface HeadProps {
  readonly team: string;
  readonly name: string;
  readonly definition: WorkflowDefinition;
  readonly isOld: boolean;
}

function Head({ team, name, definition, isOld }: HeadProps) {
  const may = useMay(team);
  const client = useQueryClient();
  const removing = useDialog();
  const switching = useDialog();
  const copying = useChange<WorkflowDefinition>(teamPath(team));
  const stop = useRef(new AbortController());
  const { displayName, description, status, version, labels, changelog, triggers } = definition;
  const isActive = status !== 'inactive';
  const base = `/team/${encodeURIComponent(team)}`;
  const path = workflowPath(team, name);
  const run = (): void => navigate(`${base}/runs/new?workflow=${encodeURIComponent(name)}`);
  const mayRun = may('workflow/action') && isActive;
  useKeys([{ keys: 'n', does: 'Start a run of this workflow', run: () => mayRun && run() }]);
  const enabled = Object.entries(triggers ?? {}).flatMap(([trigger, state]) => (state?.enabled ? [trigger] : []));
  const exported = (format: 'yaml' | 'json') =>
    download({ path: `${path}/export?format=${format}` }, `${name}.${format}`, stop.current.signal).catch(
      (error: unknown) => notify((error as ApiError).message),
    );
  return (
    <>
      <div className="page-head">
        <Link className="crumb" to={`${base}/workflows`}>
          Workflows /
        </Link>
        <h1>{displayName ?? name}</h1>
        <Guarded
          may={mayRun}
          why={isActive ? lacks('workflow/action') : 'The workflow is inactive: activate it to run it.'}
          look="main"
          title="n"
          onClick={run}
        >
          <Icon name="play" /> Run …
        </Guarded>
        <Guarded
          may={may('workflow/write') && !isOld}
          why={isOld ? 'Show the current version first.' : lacks('workflow/write')}
          onClick={switching.open}
        >
          {isActive ? 'Deactivate …' : 'Activate …'}
        </Guarded>
        <Guarded
          may={may('workflow/write')}
          why={lacks('workflow/write')}
          isBusy={copying.isPending}
          onClick={() =>
            copying.mutate(
              { method: 'POST', path: `${path}/duplicate` },
              {
                onSuccess: (copy) => navigate(`${base}/workflows/${encodeURIComponent(copy.name ?? '')}`),
                onError: ({ message }) => notify(message),
              },
            )
          }
        >
          Duplicate
        </Guarded>
        <Guarded may={may('workflow/delete')} why={lacks('workflow/delete')} look="danger" onClick={removing.open}>
          Delete …
        </Guarded>
      </div>
      <div className="line workflow-facts">
        <code>{name}</code>
        <span className={isActive ? 'hue-good' : 'hue-idle'}>{isActive ? 'Active' : 'Inactive'}</span>
        <span>
          Version {version}
          {changelog?.date && (
            <span className="soft">
              {' '}
              saved <Time at={changelog.date} /> by {changelog.author?.replace(/^user:/, '')}
            </span>
          )}
        </span>
        <span className="soft">Started by {enabled.length === 0 ? 'nothing' : enabled.join(', ')}</span>
        {Object.entries(labels ?? {}).map(([key, value]) => (
          <span key={key} className="chip">
            {key}={value}
          </span>
        ))}
        <Link to={withQuery(`${base}/runs`, { workflows: name })}>Its runs</Link>
        <Link to={withQuery(`${base}/audit`, { object: definition.id ?? '' })}>Its audit trail</Link>
        <span className="line tight">
          <button type="button" className="button plain" onClick={() => void exported('yaml')}>
            <Icon name="down" /> YAML
          </button>
          <button type="button" className="button plain" onClick={() => void exported('json')}>
            <Icon name="down" /> JSON
          </button>
        </span>
        <Curl
          requests={[
            { path },
            { path: `${path}/revisions` },
            { path: `${path}/export?format=yaml` },
            { path: withQuery(`${runsPath(team)}/count`, { workflows: name }) },
            { path: withQuery(`${teamPath(team)}/insights`, { workflows: name }) },
          ]}
        />
      </div>
      {description && <p className="soft">{description}</p>}
      <Confirm
        dialog={removing}
        title={`Delete ${displayName ?? name}?`}
        action="Delete the workflow"
        isDangerous
        request={{ method: 'DELETE', path }}
        changes={[]}
        done={`${name} is deleted.`}
        onDone={() => {
          navigate(`${base}/workflows`);
          void refresh(client, teamPath(team));
        }}
      >
        <p>Its runs and its history stay; its schedules stop. Nobody can start it any more.</p>
      </Confirm>
      <Confirm
        dialog={switching}
        title={isActive ? `Deactivate ${displayName ?? name}?` : `Activate ${displayName ?? name}?`}
        action={isActive ? 'Deactivate' : 'Activate'}
        request={{
          method: 'PUT',
          path: `${teamPath(team)}/workflow`,
          body: { ...definition, warnings: undefined, status: isActive ? 'inactive' : 'active' },
        }}
        changes={[teamPath(team)]}
        done={`${name} is ${isActive ? 'inactive' : 'active'} now.`}
      >
        <p>
          {isActive
            ? 'Nothing starts it while it is inactive, its schedules neither; runs under way go on.'
            : 'It can be started again, and its schedules go on.'}{' '}
          This saves a revision.
        </p>
      </Confirm>
    </>
  );
}
