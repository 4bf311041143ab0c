import type { WorkflowName } from '#libs/contracts';

/** Names are labels of ids: what a run's team, workflow and starter are called now, not when the run was made. */
export interface ShownNames {
  readonly teamName: string;
  /** By id; what is not there is shown as the run remembers it. */
  readonly workflows?: ReadonlyMap<string, WorkflowName>;
  /** By id of the person. */
  readonly people?: ReadonlyMap<string, string>;
}

/** Ids of the people among those who start runs. */
export function personIn(initiator: string | null): string | null {
  return initiator?.startsWith('user:') ? initiator.slice('user:'.length) : null;
}
