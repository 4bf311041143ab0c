import type { WorkflowDefinition } from '#libs/contracts';
import { type SubmitEvent, useRef, useState } from 'react';
import type { PageOf } from '../../api/page-of';
import { teamPath, withQuery } from '../../api/paths';
import { useApi } from '../../api/use-api';
import { useKeys } from '../../frame/keys';
import { Icon } from '../../parts/icon';
import { looks, type Status } from '../../parts/status';
import { shownTime } from '../../parts/time';
import { navigate } from '../../router';
import { asList, type Filters, type ListFilter, listFilters, type Period, periods, periodWords } from './filters';

const triggers = ['manual', 'schedule', 'webhook', 'event', 'github', 'engine', 'task'] as const;
const phases = ['pending', 'queued', 'running', 'completed', 'finalized'] as const;
const runId = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const words: Readonly<Record<ListFilter, string>> = {
  statuses: 'status',
  workflows: 'workflow',
  triggers: 'trigger',
  phase: 'phase',
  workflowruns: 'run',
  labels: 'label',
};

interface FilterBarProps {
  readonly team: string;
  readonly filters: Filters;
  readonly onChange: (changes: Readonly<Record<string, string | null>>) => void;
}

/** One box for names, labels and ids, the other filters beside it, and what is filtered by as chips. */
export function FilterBar({ team, filters, onChange }: FilterBarProps) {
  const box = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const workflows = useApi<PageOf<WorkflowDefinition>>(
    withQuery(`${teamPath(team)}/workflow/query`, { limit: 200, sort: 'name' }),
    { freshFor: 60_000 },
  );
  useKeys([{ keys: 'f', does: 'Filter the runs', run: () => box.current?.focus() }]);
  const add = (name: ListFilter, item: string): void => {
    if (item !== '' && !filters[name].includes(item)) onChange({ [name]: asList([...filters[name], item]) });
  };
  const remove = (name: ListFilter, item: string): void =>
    onChange({ [name]: asList(filters[name].filter((each) => each !== item)) });
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const given = text.trim();
    setText('');
    if (runId.test(given)) navigate(`/team/${encodeURIComponent(team)}/runs/${given.toLowerCase()}`);
    else add(given.includes('=') ? 'labels' : 'workflows', given);
  };
  const chips = listFilters.flatMap((name) => filters[name].map((item) => ({ name, item })));
  return (
    <div className="stack" style={{ gap: 'var(--space-2)' }}>
      <form className="line" role="search" onSubmit={submit}>
        <input
          ref={box}
          className="filter-box"
          type="search"
          list="workflow-names"
          aria-label="Filter by workflow, by label (key=value), or open a run by its id"
          placeholder="Workflow, label key=value, or run id   f"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => event.key === 'Escape' && box.current?.blur()}
        />
        <datalist id="workflow-names">
          {workflows.data?.content.map(({ name, displayName }) => (
            <option key={name} value={name ?? ''}>
              {displayName}
            </option>
          ))}
        </datalist>
        <select
          aria-label="Period"
          value={filters.period ?? (filters.fromDate === null && filters.toDate === null ? '' : 'own')}
          onChange={(event) => onChange({ since: event.target.value, fromDate: null, toDate: null })}
        >
          <option value="">Any time</option>
          {(Object.keys(periods) as Period[]).map((period) => (
            <option key={period} value={period}>
              {periodWords[period]}
            </option>
          ))}
          {filters.period === null && (filters.fromDate !== null || filters.toDate !== null) && (
            <option value="own">Chosen in the chart</option>
          )}
        </select>
        <select aria-label="Trigger" value="" onChange={(event) => add('triggers', event.target.value)}>
          <option value="">Trigger</option>
          {triggers.map((trigger) => (
            <option key={trigger}>{trigger}</option>
          ))}
        </select>
        <select aria-label="Phase" value="" onChange={(event) => add('phase', event.target.value)}>
          <option value="">Phase</option>
          {phases.map((phase) => (
            <option key={phase}>{phase}</option>
          ))}
        </select>
      </form>
      {(chips.length > 0 || filters.fromDate !== null || filters.toDate !== null) && (
        <ul className="line" aria-label="Filters">
          {chips.map(({ name, item }) => (
            <li key={`${name} ${item}`} className="chip">
              <span className="soft">{words[name]}</span>
              <span className="cut">{name === 'statuses' && item in looks ? looks[item as Status].word : item}</span>
              <button
                type="button"
                aria-label={`Remove the filter ${words[name]} ${item}`}
                onClick={() => remove(name, item)}
              >
                <Icon name="close" />
              </button>
            </li>
          ))}
          {(filters.fromDate !== null || filters.toDate !== null) && (
            <li className="chip">
              <span className="soft">created</span>
              {filters.fromDate === null ? '…' : shownTime(filters.fromDate)} to{' '}
              {filters.toDate === null ? 'now' : shownTime(filters.toDate)}
              <button
                type="button"
                aria-label="Remove the filter by time"
                onClick={() => onChange({ fromDate: null, toDate: null })}
              >
                <Icon name="close" />
              </button>
            </li>
          )}
          <li>
            <button
              type="button"
              className="button plain"
              onClick={() =>
                onChange(
                  Object.fromEntries([...listFilters, 'since', 'fromDate', 'toDate'].map((name) => [name, null])),
                )
              }
            >
              Clear
            </button>
          </li>
        </ul>
      )}
    </div>
  );
}
