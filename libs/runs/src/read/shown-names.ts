import type { WorkflowName } from '#libs/contracts';

/** Names can change: the current names of a run's team, workflow and starter, not those when the run was made. */
export interface ShownNames {
  readonly teamName: string;
  /** By id; for a missing one, answers show the name that the run has stored. */
  readonly workflows?: ReadonlyMap<string, WorkflowName>;
  /** By id of the person. */
  readonly people?: ReadonlyMap<string, string>;
}

/** Ids of the people among those who start runs. */
export function personIn(initiator: string | null): string | null {
  return initiator?.startsWith('user:') ? initiator.slice('user:'.length) : null;
}
