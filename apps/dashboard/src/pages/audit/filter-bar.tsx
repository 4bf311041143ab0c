import { useEffect, useState } from 'react';
import type { ApiError } from '../../api/client';
import { Icon } from '../../parts/icon';
import { shownTime } from '../../parts/time';
import { LocalTimeField } from '../../parts/local-time-field';
import { actions, kinds, ofPeople } from './actions';
import type { FilterName, Filters } from './filters';

interface FilterBarProps {
  readonly filters: Filters;
  readonly error: ApiError | null;
  readonly onChange: (changes: Readonly<Partial<Record<FilterName, string | null>>>) => void;
}

/** Every filter of the trail. Texts count when Enter is pressed or the field is left. */
export function FilterBar({ filters, error, onChange }: FilterBarProps) {
  const now = Date.now();
  const since = (hours: number): void =>
    onChange({ fromDate: new Date(now - hours * 3_600_000).toISOString(), toDate: null });
  return (
    <div className="stack audit-filters" role="search" aria-label="Filters of the trail">
      <div className="fields">
        <TextFilter name="actors" label="Who" hint="user:ada@example.org" {...{ filters, error, onChange }} />
        <ListFilter name="actions" label="What they did" choices={Object.entries(actions)} {...{ filters, onChange }} />
        <ListFilter
          name="kinds"
          label="Kind of thing"
          choices={kinds.map((kind) => [kind, kind])}
          {...{ filters, onChange }}
        />
        <TextFilter
          name="object"
          label="Thing"
          hint="id of a run, workflow, token …"
          {...{ filters, error, onChange }}
        />
        <TextFilter name="reason" label="Reason has" hint="INC-481" {...{ filters, error, onChange }} />
        <label className="field">
          <span>Outcome</span>
          <select
            value={filters.outcome ?? ''}
            onChange={(event) => onChange({ outcome: event.target.value === '' ? null : event.target.value })}
          >
            <option value="">Changes and refusals</option>
            <option value="success">Changes</option>
            <option value="refused">Refused attempts</option>
          </select>
        </label>
        <LocalTimeField label="From" value={filters.fromDate} onChange={(fromDate) => onChange({ fromDate })} />
        <LocalTimeField label="To" value={filters.toDate} onChange={(toDate) => onChange({ toDate })} />
        <div className="line audit-quick">
          <button type="button" className="button" onClick={() => since(1)}>
            Last hour
          </button>
          <button type="button" className="button" onClick={() => since(24)}>
            Last 24 hours
          </button>
          <button
            type="button"
            className="button"
            title="Without what agents report and what the server does by itself"
            onClick={() => onChange({ actions: ofPeople.join(',') })}
          >
            What people do
          </button>
        </div>
      </div>
      <Chips filters={filters} onChange={onChange} />
    </div>
  );
}

const labels: Readonly<Record<FilterName, string>> = {
  actors: 'who',
  actions: 'did',
  object: 'thing',
  kinds: 'kind',
  outcome: 'outcome',
  reason: 'reason has',
  fromDate: 'from',
  toDate: 'to',
};

function shownValue(name: FilterName, value: string): string {
  if (name === 'fromDate' || name === 'toDate') {
    const at = Date.parse(value);
    return Number.isNaN(at) ? value : shownTime(at);
  }
  if (name === 'actions' && value === ofPeople.join(',')) return 'what people do';
  return value.replaceAll(',', ', ');
}

/** What filters now, each to be taken away. */
function Chips({ filters, onChange }: Pick<FilterBarProps, 'filters' | 'onChange'>) {
  const set = Object.entries(filters) as [FilterName, string][];
  if (set.length === 0) return null;
  return (
    <div className="line">
      {set.map(([name, value]) => (
        <span key={name} className="chip">
          <span className="cut">
            {labels[name]} <b>{shownValue(name, value)}</b>
          </span>
          <button type="button" onClick={() => onChange({ [name]: null })}>
            <Icon name="close" />
            <span className="hidden-name">{`Remove the filter ${labels[name]}`}</span>
          </button>
        </span>
      ))}
      <button
        type="button"
        className="button plain"
        onClick={() => onChange(Object.fromEntries(set.map(([name]) => [name, null])))}
      >
        Clear all
      </button>
    </div>
  );
}

function TextFilter({
  name,
  label,
  hint,
  filters,
  error,
  onChange,
}: FilterBarProps & { readonly name: FilterName; readonly label: string; readonly hint: string }) {
  const given = filters[name] ?? '';
  const [text, setText] = useState(given);
  useEffect(() => setText(given), [given]);
  const isWrong = error?.field === name;
  const apply = (): void => {
    if (text.trim() !== given) onChange({ [name]: text.trim() === '' ? null : text.trim() });
  };
  return (
    <label className="field">
      <span>{label}</span>
      <input
        value={text}
        placeholder={hint}
        spellCheck={false}
        autoComplete="off"
        data-filter={name}
        aria-invalid={isWrong}
        onChange={(event) => setText(event.target.value)}
        onBlur={apply}
        onKeyDown={(event) => event.key === 'Enter' && apply()}
      />
      {isWrong && <span className="field-error">{error.message}</span>}
    </label>
  );
}

/** Adds one of the choices to a list; the chips take it away. */
function ListFilter({
  name,
  label,
  choices,
  filters,
  onChange,
}: Pick<FilterBarProps, 'filters' | 'onChange'> & {
  readonly name: FilterName;
  readonly label: string;
  readonly choices: readonly (readonly [id: string, label: string])[];
}) {
  const given = (filters[name] ?? '').split(',').filter((each) => each !== '');
  return (
    <label className="field">
      <span>{label}</span>
      <select
        value=""
        onChange={(event) => {
          const id = event.target.value;
          const next = given.includes(id) ? given.filter((each) => each !== id) : [...given, id];
          onChange({ [name]: next.length === 0 ? null : next.join(',') });
        }}
      >
        <option value="">{given.length === 0 ? 'Anything' : `${given.length} chosen`}</option>
        {choices.map(([id, words]) => (
          <option key={id} value={id}>
            {`${given.includes(id) ? '✓ ' : ''}${words === id ? id : `${words} (${id})`}`}
          </option>
        ))}
      </select>
    </label>
  );
}
