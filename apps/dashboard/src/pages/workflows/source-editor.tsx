import type { WorkflowDefinition } from '#libs/contracts';
import { useEffect, useMemo, useRef, useState } from 'react';
import { type ApiError, type ApiRequest, send } from '../../api/client';
import { teamPath, workflowPath } from '../../api/paths';
import { useChange } from '../../api/use-api';
import { useKeys } from '../../frame/keys';
import { Curl } from '../../parts/curl';
import { Guarded, lacks } from '../../parts/guarded';
import { notify } from '../../parts/notices';
import { ReasonField } from '../../parts/reason-field';
import { ErrorNote } from '../../parts/states';
import { Shape } from '../../parts/status';
import { Link } from '../../router';
import { useMay } from '../../session/session';
import { converted, type Format, mediaTypeOf, nameIn, type Problem, problemsIn, syntaxProblems } from './source';
import { TextWithLines } from './text-with-lines';

/** Milliseconds after the last key until the server is asked. */
const pause = 400;

interface SourceEditorProps {
  readonly team: string;
  /** The workflow that is edited, and the version that the text comes from; absent: a new one. */
  readonly base?: { readonly name: string; readonly version: number };
  readonly initial: string;
  /** The text is an earlier version: it can be saved as it is. */
  readonly restores?: boolean;
  readonly onSaved: (saved: WorkflowDefinition) => void;
}

type Check =
  | { readonly kind: 'checking' }
  | { readonly kind: 'good'; readonly warnings: readonly string[] }
  | { readonly kind: 'bad'; readonly problems: readonly Problem[] }
  | { readonly kind: 'unknown'; readonly error: ApiError };

interface Draft {
  readonly text: string;
  readonly format: Format;
  /** The version that the text began with. */
  readonly version: number | undefined;
}

/** What was typed and not saved, by team and workflow, for as long as the page of the browser lives. */
const drafts = new Map<string, Draft>();

function draftKey(team: string, name: string | undefined, restores: boolean): string {
  return `${team}/${name ?? ''}${restores ? ' restored' : ''}`;
}

/** Whether something was typed of the current version of the workflow, and not saved. */
export function hasDraft(team: string, name: string): boolean {
  return drafts.has(draftKey(team, name, false));
}

/** A definition as text: the server checks it while it is written, and each problem stands at its line. */
export function SourceEditor({ team, base, initial, restores = false, onSaved }: SourceEditorProps) {
  const key = draftKey(team, base?.name, restores);
  const may = useMay(team);
  const mayWrite = may('workflow/write');
  const [{ text, format, version }, setSource] = useState<Draft>(
    () => drafts.get(key) ?? { text: initial, format: 'yaml', version: base?.version },
  );
  const [reason, setReason] = useState('');
  const [newer, setNewer] = useState<number | null>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const save = useChange<WorkflowDefinition>(`${teamPath(team)}/workflow`, teamPath(team));
  const check = useCheck(team, text, format, mayWrite);
  const original = useMemo(() => (format === 'yaml' ? initial : converted(initial, format)), [initial, format]);
  const isChanged = restores || text !== original;

  const type = (changed: Omit<Draft, 'version'>): void => {
    const next = { ...changed, version };
    setSource(next);
    save.reset();
    drafts.set(key, next);
  };
  useEffect(() => {
    if (text === original) {
      drafts.delete(key);
      return;
    }
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [text, original, key]);

  const request: ApiRequest = {
    method: 'PUT',
    path: `${teamPath(team)}/workflow`,
    text: { type: mediaTypeOf[format], content: text },
    ...(reason !== '' && { reason }),
  };
  const problems = save.error && save.error.status === 400 ? problemsIn(save.error.message, text) : problemsOf(check);
  const canSave = mayWrite && isChanged && problems.length === 0 && !save.isPending;
  const store = async (isSure = false): Promise<void> => {
    if (!canSave) return;
    if (base && !isSure) {
      const now = await send<WorkflowDefinition>({ path: `${workflowPath(team, base.name)}?withTasks=false` }).catch(
        () => null,
      );
      if (now?.version !== undefined && now.version !== null && now.version > (version ?? 0)) {
        setNewer(now.version);
        return;
      }
    }
    save.mutate(request, {
      onSuccess: (saved) => {
        drafts.delete(key);
        setReason('');
        setNewer(null);
        notify(`${saved.name ?? 'The workflow'} is saved as version ${saved.version ?? 1}.`);
        onSaved(saved);
      },
    });
  };
  useKeys([{ keys: 'mod+s', does: 'Save the source', run: () => void store() }]);

  const name = nameIn(text);
  const goTo = (line: number): void => {
    const from =
      text
        .split('\n')
        .slice(0, line - 1)
        .join('\n').length + (line > 1 ? 1 : 0);
    const end = text.indexOf('\n', from);
    area.current?.focus();
    area.current?.setSelectionRange(from, end < 0 ? text.length : end);
  };
  const change = (to: Format): void => {
    const next = converted(text, to);
    if (next === null) notify('The text cannot be read yet: mend it first, then change the format.');
    else type({ text: next, format: to });
  };

  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void store();
      }}
    >
      <div className="line">
        <fieldset className="choice">
          <legend className="hidden-name">Format</legend>
          {(['yaml', 'json'] as const).map((each) => (
            <label key={each}>
              <input type="radio" name="format" checked={format === each} onChange={() => change(each)} />
              {each.toUpperCase()}
            </label>
          ))}
        </fieldset>
        <CheckState check={check} mayWrite={mayWrite} />
        {text !== original && (
          <button
            type="button"
            className="button plain"
            onClick={() => type({ text: original ?? initial, format: original === null ? 'yaml' : format })}
          >
            Undo all changes
          </button>
        )}
      </div>
      <TextWithLines
        ref={area}
        label={`Source of the workflow, ${format.toUpperCase()}`}
        value={text}
        isReadOnly={!mayWrite}
        badLines={problems.flatMap(({ line }) => (line === null ? [] : [line]))}
        describedBy="source-problems"
        onChange={(next) => type({ text: next, format })}
      />
      <div id="source-problems" aria-live="polite" className="stack">
        {problems.length > 0 && (
          <ul className="note bad problems">
            {problems.map(({ text: problem, line }, index) => (
              <li key={`${index} ${problem}`}>
                {line === null ? (
                  <span className="soft">whole</span>
                ) : (
                  <button type="button" className="position" onClick={() => goTo(line)}>
                    line {line}
                  </button>
                )}
                <span>{problem}</span>
              </li>
            ))}
          </ul>
        )}
        {check.kind === 'good' && check.warnings.length > 0 && (
          <ul className="note hold problems">
            {check.warnings.map((warning) => (
              <li key={warning}>
                <span className="hue-hold">warning</span>
                <span>{warning}</span>
              </li>
            ))}
          </ul>
        )}
      </div>
      {check.kind === 'unknown' && <ErrorNote error={check.error} />}
      {save.error && save.error.status !== 400 && <ErrorNote error={save.error} />}
      {base && name !== null && name !== base.name && (
        <p className="note hold">
          The text names <b>{name}</b>, not {base.name}: this saves {name}, and leaves {base.name} as it is.
        </p>
      )}
      {newer !== null && base && (
        <div className="note hold stack" role="alert">
          <p>
            Somebody saved version {newer} while you were writing. Your text comes from version {version}.{' '}
            <Link
              to={`/team/${encodeURIComponent(team)}/workflows/${encodeURIComponent(base.name)}?tab=revisions&from=${version ?? 1}&to=${newer}`}
            >
              See what they changed
            </Link>
          </p>
          <div className="line">
            <button type="button" className="button" onClick={() => void store(true)}>
              Save mine as the next version
            </button>
          </div>
        </div>
      )}
      <div className="save-bar">
        <ReasonField value={reason} onChange={setReason} />
        <Guarded
          may={canSave}
          why={whyNot({ mayWrite, isChanged, problems: problems.length })}
          look="main"
          isBusy={save.isPending}
          title="Ctrl S"
          onClick={() => void store()}
        >
          {save.isPending ? 'Saving …' : base ? 'Save a new revision' : 'Save the workflow'}
        </Guarded>
        <Curl requests={[request, { ...request, method: 'POST', path: `${teamPath(team)}/workflow/validate` }]} />
      </div>
    </form>
  );
}

function whyNot({
  mayWrite,
  isChanged,
  problems,
}: {
  mayWrite: boolean;
  isChanged: boolean;
  problems: number;
}): string {
  if (!mayWrite) return lacks('workflow/write');
  if (problems > 0) return problems === 1 ? 'Mend the problem first.' : `Mend the ${problems} problems first.`;
  return isChanged ? 'It is being saved.' : 'Nothing has changed yet.';
}

function problemsOf(check: Check): readonly Problem[] {
  return check.kind === 'bad' ? check.problems : [];
}

/** What the server says of the text as it is now; asked when the typing pauses. */
function useCheck(team: string, text: string, format: Format, isOn: boolean): Check {
  const [result, setResult] = useState<{ readonly of: string; readonly check: Check }>({
    of: '',
    check: { kind: 'checking' },
  });
  useEffect(() => {
    if (!isOn) return;
    const stop = new AbortController();
    const done = (check: Check): void => setResult({ of: text, check });
    const ask = async (): Promise<void> => {
      const syntax = syntaxProblems(text, format);
      if (syntax.length > 0) {
        done({ kind: 'bad', problems: syntax });
        return;
      }
      const path = `${teamPath(team)}/workflow/validate`;
      try {
        const { warnings } = await send<Pick<WorkflowDefinition, 'warnings'>>(
          { method: 'POST', path, text: { type: mediaTypeOf[format], content: text } },
          stop.signal,
        );
        done({ kind: 'good', warnings: warnings ?? [] });
      } catch (problem) {
        if (stop.signal.aborted) return;
        const error = problem as ApiError;
        done(
          error.status === 400
            ? { kind: 'bad', problems: problemsIn(error.message, text) }
            : { kind: 'unknown', error },
        );
      }
    };
    const timer = setTimeout(() => void ask(), pause);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [team, text, format, isOn]);
  // While the next answer is on its way, what was wrong stays on the screen.
  return result.of === text || result.check.kind === 'bad' ? result.check : { kind: 'checking' };
}

function CheckState({ check, mayWrite }: { readonly check: Check; readonly mayWrite: boolean }) {
  if (!mayWrite) return <span className="soft">{lacks('workflow/write')}</span>;
  switch (check.kind) {
    case 'checking':
      return <span className="soft">Checking …</span>;
    case 'unknown':
      return <span className="soft">Not checked</span>;
    case 'bad':
      return (
        <span className="status hue-bad">
          <Shape status="failed" />
          {check.problems.length === 1 ? '1 problem' : `${check.problems.length} problems`}
        </span>
      );
    case 'good':
      return (
        <span className="status hue-good">
          <Shape status="succeeded" />
          {check.warnings.length === 0
            ? 'Valid'
            : `Valid, with ${check.warnings.length === 1 ? 'a warning' : `${check.warnings.length} warnings`}`}
        </span>
      );
  }
}
