import type { TextSearchBody, WorkflowDefinition } from '#libs/contracts';
import { useEffect, useState } from 'react';
import { useApi } from '../api/use-api';
import { teamPath, withQuery } from '../api/paths';
import type { PageOf } from '../api/page-of';
import { matchWords } from '../pages/search/match-words';
import { Behind } from '../parts/behind';
import { Dialog, type DialogControl } from '../parts/dialog';
import { looks } from '../parts/status';
import { navigate } from '../router';
import { useSession } from '../session/session';
import { boundKeys } from './keys';

interface Choice {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly run: () => void;
}

const runId = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Letters and digits from which on a text is searched for, and milliseconds that the typing has to rest. */
const leastText = 2;
const rest = 150;

/** One box for everything: a page, a team, a workflow's runs; runs by their ids, names, labels, messages and results. */
export function Palette({ dialog, team }: { readonly dialog: DialogControl; readonly team: string }) {
  return (
    <Dialog dialog={dialog} title="Search, or go to" hasHiddenTitle>
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
  const searched = useRested(text.trim().slice(0, 200));
  const isSearch = (searched.match(/[\p{L}\p{N}]/gu) ?? []).length >= leastText;
  const answer = useApi<TextSearchBody>(
    isSearch ? withQuery(`${teamPath(team)}/search`, { q: searched, limit: 8 }) : null,
    { freshFor: 5000 },
  );
  // What was found for another text says nothing.
  const found = isSearch && searched === text.trim() && !answer.isPlaceholderData ? answer.data : undefined;
  const base = `/team/${encodeURIComponent(team)}`;
  const choices: Choice[] = [
    ...(runId.test(wanted)
      ? [{ id: 'run', label: `Run ${wanted}`, hint: 'run', run: () => navigate(`/team/${team}/runs/${wanted}`) }]
      : []),
    ...boundKeys()
      .filter(({ keys }) => !keys.startsWith('mod+') && keys !== '?' && keys !== '/')
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
  const runs: Choice[] = (found?.results ?? []).map(({ run, matches: [first] }) => ({
    id: `found ${run.id}`,
    label: `${run.workflowDisplayName ?? run.workflowName ?? run.id}, ${looks[run.status].word.toLowerCase()}${
      first && first.field !== 'workflow' ? ` – ${matchWords(first)}: ${first.snippet}` : ''
    }`,
    hint: `run …${run.id.slice(-8)}`,
    run: () => navigate(`${base}/runs/${run.id}`),
  }));
  const all: Choice[] =
    isSearch && wanted !== ''
      ? [
          {
            id: 'all',
            label: `Every run with “${text.trim()}”`,
            hint: 'search',
            run: () => navigate(withQuery(`${base}/search`, { q: text.trim().slice(0, 200) })),
          },
        ]
      : [];
  const shown = [...choices.slice(0, runs.length > 0 ? 6 : 12), ...runs, ...all];
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
        aria-label="Go to a page, a team or a workflow; find runs by an id, a name, a label or a message"
        placeholder="An id, a name, label=value, words of a message, a page …"
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
      <Behind view={found} />
      {answer.error && isSearch && <p className="soft small">{answer.error.message}</p>}
      {shown.length === 0 && <p className="soft">Nothing is called that. The whole id of a run opens it.</p>}
    </div>
  );
}

/** The text, once it has not changed for a moment. */
function useRested(text: string): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), rest);
    return () => clearTimeout(timer);
  }, [text]);
  return rested;
}
