import { blankSource } from './source';
import { SourceEditor } from './source-editor';

interface NewSourceProps {
  readonly team: string;
  readonly onSaved: (name: string) => void;
}

export function NewSource({ team, onSaved }: NewSourceProps) {
  return (
    <SourceEditor
      team={team}
      initial={blankSource}
      restores
      onSaved={({ name }) => {
        if (name) onSaved(name);
      }}
    />
  );
}
