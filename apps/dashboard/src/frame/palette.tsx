import { useState } from 'react';
import { useApi } from '../api/use-api';
import { teamPath, withQuery } from '../api/paths';
import type { PageOf } from '../api/page-of';
import { Dialog, type DialogControl } from '../parts/dialog';
import { navigate } from '../router';
import { useSession } from '../session/session';
import { boundKeys } from './keys';
import type { WorkflowDefinition } from '#libs/contracts';

interface Choice {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly run: () => void;
}

const runId = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Goes anywhere: a page, a team, a workflow's runs, a run by its id. */
export function Palette({ dialog, team }: { readonly dialog: DialogControl; readonly team: string }) {
  return (
    <Dialog dialog={dialog} title="Go to" hasHiddenTitle>
      <PaletteBox team={team} onDone={dialog.close} />
    </Dialog>
  );
}

function PaletteBox({ team, onDone }: { readonly team: string; readonly onDone: () => void }) {
  const { teams } = useSession();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const workflows = useApi<PageOf<WorkflowDefinition>>(
    withQuery(`${teamPath(team)}/workflow/query`, { limit: 200, sort: 'name' }),
    { freshFor: 60_000 },
  );
  const wanted = text.trim().toLowerCase();
  const choices: Choice[] = [
    ...(runId.test(wanted)
      ? [{ id: 'run', label: `Run ${wanted}`, hint: 'run', run: () => navigate(`/team/${team}/runs/${wanted}`) }]
      : []),
    ...boundKeys()
      .filter(({ keys }) => !keys.startsWith('mod+') && keys !== '?')
      .map(({ keys, does, run }) => ({ id: `key ${keys}`, label: does, hint: keys, run })),
    ...(workflows.data?.content ?? []).map(({ name, displayName }) => ({
      id: `workflow ${name ?? ''}`,
      label: `Runs of ${displayName ?? name ?? ''}`,
      hint: 'workflow',
      run: () => navigate(withQuery(`/team/${team}/runs`, { workflows: name ?? '' })),
    })),
    ...teams
      .filter(({ name }) => name !== team)
      .map(({ name, displayName }) => ({
        id: `team ${name}`,
        label: displayName,
        hint: 'team',
        run: () => navigate(`/team/${name}/runs`),
      })),
  ].filter(({ label, id }) => id === 'run' || label.toLowerCase().includes(wanted));
  const shown = choices.slice(0, 12);
  const chosen = Math.min(at, shown.length - 1);
  const go = (choice: Choice | undefined): void => {
    if (!choice) return;
    onDone();
    choice.run();
  };
  return (
    <div className="palette stack">
      <input
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={shown[chosen] ? `palette-${chosen}` : undefined}
        aria-label="Go to a page, a team, a workflow or a run by its id"
        placeholder="A page, a team, a workflow, the id of a run …"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
          if (step !== undefined) {
            event.preventDefault();
            setAt((chosen + step + shown.length) % Math.max(1, shown.length));
          } else if (event.key === 'Enter') {
            event.preventDefault();
            go(shown[chosen]);
          }
        }}
      />
      <ul role="listbox" id="palette-list" aria-label="Where to go">
        {shown.map((choice, index) => (
          <li
            key={choice.id}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === chosen}
            onClick={() => go(choice)}
          >
            <span className="cut">{choice.label}</span>
            <span className="soft small">{choice.hint}</span>
          </li>
        ))}
      </ul>
      {shown.length === 0 && <p className="soft">Nothing is called that. The whole id of a run opens it.</p>}
    </div>
  );
}
