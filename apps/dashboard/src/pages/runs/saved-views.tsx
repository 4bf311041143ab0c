import type { SavedViewBody, SavedViewRequest } from '#libs/contracts';
import { useState } from 'react';
import { savedViewsPath } from '../../api/paths';
import { serverNow } from '../../api/client';
import { useApi, useChange } from '../../api/use-api';
import { Confirm } from '../../parts/confirm';
import { Dialog, type DialogControl, useDialog } from '../../parts/dialog';
import { FormEnd } from '../../parts/form-end';
import { notify } from '../../parts/notices';
import { addressWith, Link, navigate, useSearch } from '../../router';
import { useMay, useSession } from '../../session/session';
import type { Filters } from './filters';
import { addressOfView, filtersBody, shows } from './filters-body';

type View = Pick<SavedViewBody, 'id' | 'name' | 'filters' | 'period'> & {
  readonly address?: Readonly<Record<string, string | null>>;
};

const minute = 60_000;

/** Those that everybody has. Times are those of the moment. */
function builtIn(): readonly View[] {
  const today = new Date(serverNow()).setHours(0, 0, 0, 0);
  const anHourAgo = Math.floor((serverNow() - 60 * minute) / minute) * minute;
  return [
    {
      id: 'failed-today',
      name: 'Failed today',
      filters: { statuses: ['failed', 'timedout', 'invalid'], fromDate: today },
    },
    {
      id: 'stuck',
      name: 'Stuck',
      filters: { statuses: ['running', 'waiting', 'ready'], toDate: anHourAgo },
      address: { sort: 'creationDate', order: 'ASC' },
    },
    { id: 'running', name: 'Running', filters: { statuses: ['running'] } },
  ];
}

const sorting = { sort: null, order: null };

/** The address of a view: its filters, and its name for the tab. */
function addressOf(view: View): string {
  return addressWith({ ...sorting, ...addressOfView(view), ...view.address, view: view.id });
}

/** Named filters as tabs: the built-in ones, those of the team, those of the person. The address holds both the name and the filters. */
export function SavedViews({ team, filters }: { readonly team: string; readonly filters: Filters }) {
  const [search] = useSearch();
  const may = useMay(team);
  const list = useApi<SavedViewBody[]>(may('view/read') ? savedViewsPath(team) : null, { freshFor: 10_000 });
  const save = useDialog();
  const remove = useDialog();
  const chosen = search.get('view');
  const saved = list.data ?? [];
  const view = saved.find(({ id }) => id === chosen);
  const mayChange = view !== undefined && (!view.shared || may('view/write'));
  const isChanged = view !== undefined && !shows(filters, view);
  const isEmpty = Object.keys(filtersBody(filters)).length === 0 && filters.period === null;
  const none = addressWith({
    ...sorting,
    ...addressOfView({ filters: {} }),
    view: null,
  });
  return (
    <div className="line spread views">
      <nav className="tabs" aria-label="Saved views">
        <Link to={none} {...(isEmpty && chosen === null && { 'aria-current': 'page' })}>
          All runs
        </Link>
        {[...builtIn(), ...saved].map((each) => (
          <Link key={each.id} to={addressOf(each)} {...(each.id === chosen && { 'aria-current': 'page' })}>
            {each.name}
            {each.id === chosen && isChanged && <span className="soft"> (changed)</span>}
            {'shared' in each && each.shared && (
              <span className="soft small" title="Everybody in the team sees it">
                {' '}
                team
              </span>
            )}
          </Link>
        ))}
      </nav>
      <div className="line tight">
        {view !== undefined && mayChange && (
          <>
            {isChanged && <SaveChanges team={team} view={view} filters={filters} />}
            <button type="button" className="button plain" onClick={remove.open}>
              Delete view …
            </button>
            <Confirm
              dialog={remove}
              title={`Delete the view ${view.name}`}
              action="Delete"
              request={{ method: 'DELETE', path: `${savedViewsPath(team)}/${view.id}` }}
              changes={[savedViewsPath(team)]}
              done="The view is deleted."
              isDangerous
              onDone={() => navigate(addressWith({ view: null }))}
            >
              <p>{view.shared ? 'Everybody in the team loses it.' : 'The filters on the screen stay as they are.'}</p>
            </Confirm>
          </>
        )}
        {may('view/read') && !isEmpty && (view === undefined || isChanged) && (
          <button type="button" className="button plain" onClick={save.open}>
            Save view …
          </button>
        )}
      </div>
      <SaveDialog dialog={save} team={team} filters={filters} />
    </div>
  );
}

function SaveChanges({
  team,
  view,
  filters,
}: {
  readonly team: string;
  readonly view: SavedViewBody;
  readonly filters: Filters;
}) {
  const change = useChange<SavedViewBody>(savedViewsPath(team));
  const path = `${savedViewsPath(team)}/${view.id}`;
  const body = requestFor(view.name, filters);
  return (
    <button
      type="button"
      className="button plain"
      disabled={change.isPending}
      onClick={() => change.mutate({ method: 'PUT', path, body }, { onSuccess: () => notify('The view is saved.') })}
    >
      Save changes
    </button>
  );
}

function SaveDialog({
  dialog,
  ...rest
}: {
  readonly dialog: DialogControl;
  readonly team: string;
  readonly filters: Filters;
}) {
  return (
    <Dialog dialog={dialog} title="Save these filters as a view">
      <SaveForm onClose={dialog.close} {...rest} />
    </Dialog>
  );
}

function SaveForm({
  team,
  filters,
  onClose,
}: {
  readonly team: string;
  readonly filters: Filters;
  readonly onClose: () => void;
}) {
  const { person } = useSession();
  const may = useMay(team);
  const [name, setName] = useState('');
  const [isShared, setShared] = useState(person === undefined);
  const change = useChange<SavedViewBody>(savedViewsPath(team));
  const body = { ...requestFor(name, filters), ...(isShared && { shared: true }) };
  const request = { method: 'POST', path: savedViewsPath(team), body } as const;
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate(request, {
          onSuccess: ({ id }) => {
            onClose();
            navigate(addressWith({ view: id }));
          },
        });
      }}
    >
      <label className="field">
        <span>Name</span>
        <input value={name} required maxLength={100} onChange={(event) => setName(event.target.value)} />
      </label>
      <label className="line">
        <input
          type="checkbox"
          checked={isShared}
          disabled={person === undefined || !may('view/write')}
          onChange={(event) => setShared(event.target.checked)}
        />
        <span>Share it with the team</span>
      </label>
      {person === undefined && <p className="soft">Your token belongs to no person, so the view is the team’s.</p>}
      <FormEnd change={change} requests={[request]} close={onClose}>
        Save
      </FormEnd>
    </form>
  );
}

function requestFor(name: string, filters: Filters): SavedViewRequest {
  return { name, filters: filtersBody(filters), ...(filters.period !== null && { period: filters.period }) };
}
