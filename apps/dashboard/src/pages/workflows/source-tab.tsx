import type { WorkflowDefinition } from '#libs/contracts';
import { useState } from 'react';
import { workflowPath } from '../../api/paths';
import { useApi } from '../../api/use-api';
import { Loaded } from '../../parts/states';
import { navigate, useSearch } from '../../router';
import { sourceOf } from './source';
import { hasDraft, SourceEditor } from './source-editor';

interface SourceTabProps {
  readonly team: string;
  readonly name: string;
  readonly definition: WorkflowDefinition;
  /** An earlier version: its text can be saved as the next one. */
  readonly isOld: boolean;
}

/** The definition as text. The editor keeps the version that it began with, also while others save. */
export function SourceTab({ team, name, definition, isOld }: SourceTabProps) {
  const [, change] = useSearch();
  const current = useApi<WorkflowDefinition>(isOld ? `${workflowPath(team, name)}?withTasks=false` : null);
  if (isOld) {
    return (
      <Loaded answer={current} what="the current version">
        {({ version }) => (
          <div className="stack">
            <p className="note">Saving makes this text the next version after {version}.</p>
            <Editing
              key={`old ${definition.version ?? 0}`}
              {...{ team, name, definition }}
              baseVersion={version ?? 1}
              restores
              onSaved={() => change({ version: null, tab: 'source' })}
            />
          </div>
        )}
      </Loaded>
    );
  }
  return (
    <Editing
      key={name}
      {...{ team, name, definition }}
      baseVersion={definition.version ?? 1}
      onSaved={() => undefined}
    />
  );
}

interface EditingProps extends Omit<SourceTabProps, 'isOld'> {
  readonly baseVersion: number;
  readonly restores?: boolean;
  readonly onSaved: () => void;
}

function Editing({ team, name, definition, baseVersion, restores = false, onSaved }: EditingProps) {
  const [start, setStart] = useState({ text: sourceOf(definition, 'yaml'), version: baseVersion });
  // Others have saved, and nothing is typed here: their text is the one to begin with.
  if (baseVersion > start.version && !hasDraft(team, name)) {
    setStart({ text: sourceOf(definition, 'yaml'), version: baseVersion });
  }
  return (
    <SourceEditor
      key={start.version}
      team={team}
      base={{ name, version: start.version }}
      initial={start.text}
      restores={restores}
      onSaved={(saved) => {
        if (saved.name !== name && saved.name)
          navigate(`/team/${encodeURIComponent(team)}/workflows/${encodeURIComponent(saved.name)}?tab=source`);
        else setStart({ text: sourceOf(saved, 'yaml'), version: saved.version ?? 1 });
        onSaved();
      }}
    />
  );
}
