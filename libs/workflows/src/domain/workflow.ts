import { type Decider, formerNamesAfter, RefusedError } from '#libs/kernel';

/**
 * One saved revision. `definition` is what was saved, `runnable` what a run needs of it; these rules look into neither.
 */
export interface Revision {
  readonly id: string;
  readonly number: number;
  readonly definition: unknown;
  readonly runnable: unknown;
}

export interface WorkflowSummary {
  readonly id: string;
  readonly teamId: string;
  readonly name: string;
  readonly displayName: string;
  readonly status: 'active' | 'inactive';
  readonly labels: Readonly<Record<string, string>>;
  readonly creationDate: number;
}

/** A request from outside that made no run. */
export interface Refusal {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly trigger: string;
  readonly reason: string;
  readonly message: string;
}

/** How many refusals a workflow shows; the ledger has them all. */
export const maxRefusals = 20;

/**
 * Milliseconds within which a trigger's refusals for one reason are recorded once, so that a sender cannot flood the list.
 */
export const refusalPause = 60_000;

export interface WorkflowState extends WorkflowSummary {
  readonly formerNames?: readonly string[];
  readonly deleted: boolean;
  /** Number and id of the latest revision. */
  readonly version: number;
  readonly revisionId: string;
  /** The latest names, newest first; absent = none. */
  readonly refusals?: readonly Refusal[];
}

interface Saved {
  readonly summary: WorkflowSummary;
  readonly revision: Omit<Revision, 'number'>;
}

export interface CreateWorkflow extends Saved {
  readonly type: 'CreateWorkflow';
  /** The team's quota; 0 = no limit. */
  readonly maxWorkflowCount: number;
}
/** A new revision; with `replace` it keeps the number of the latest one. */
export interface ReviseWorkflow extends Saved {
  readonly type: 'ReviseWorkflow';
  readonly replace: boolean;
}
export interface DeleteWorkflow {
  readonly type: 'DeleteWorkflow';
  readonly now: number;
}
export interface RefuseTrigger {
  readonly type: 'RefuseTrigger';
  readonly refusal: Refusal;
}
export type WorkflowCommand = CreateWorkflow | ReviseWorkflow | DeleteWorkflow | RefuseTrigger;

interface SavedData {
  readonly summary: WorkflowSummary;
  readonly revision: Revision;
}
export type WorkflowEvent =
  | { readonly type: 'WorkflowCreated'; readonly data: SavedData }
  | { readonly type: 'WorkflowRevised'; readonly data: SavedData }
  | { readonly type: 'WorkflowTriggerRefused'; readonly data: Refusal }
  | { readonly type: 'WorkflowDeleted'; readonly data: { readonly at: number } };

/** `nameNow`: the current name of the workflow that had the name before. */
export function unknownWorkflow(nameNow?: string): RefusedError {
  const moved = nameNow === undefined ? '' : ` The workflow is named ${nameNow} now.`;
  return new RefusedError('WORKFLOW_INVALID_REFERENCE', `Invalid Workflow reference has been provided.${moved}`);
}

export const workflowDecider: Decider<WorkflowState, WorkflowCommand, WorkflowEvent> = {
  decide(state, command) {
    switch (command.type) {
      case 'CreateWorkflow':
        return [
          { type: 'WorkflowCreated', data: { summary: command.summary, revision: { ...command.revision, number: 1 } } },
        ];
      case 'ReviseWorkflow': {
        if (!state || state.deleted) throw unknownWorkflow();
        const number = command.replace ? state.version : state.version + 1;
        const summary = { ...command.summary, creationDate: state.creationDate };
        return [{ type: 'WorkflowRevised', data: { summary, revision: { ...command.revision, number } } }];
      }
      case 'RefuseTrigger': {
        if (!state || state.deleted) throw unknownWorkflow();
        const { at, trigger, reason } = command.refusal;
        const isTold = state.refusals?.some(
          (each) => each.trigger === trigger && each.reason === reason && at - each.at < refusalPause,
        );
        return isTold ? [] : [{ type: 'WorkflowTriggerRefused', data: command.refusal }];
      }
      case 'DeleteWorkflow':
        if (!state || state.deleted) throw unknownWorkflow();
        return [{ type: 'WorkflowDeleted', data: { at: command.now } }];
    }
  },
  evolve(state, event) {
    if (event.type === 'WorkflowDeleted') {
      if (!state) throw new Error('WorkflowDeleted cannot be the first event');
      return { ...state, deleted: true };
    }
    if (event.type === 'WorkflowTriggerRefused') {
      if (!state) throw new Error('WorkflowTriggerRefused cannot be the first event');
      return { ...state, refusals: [event.data, ...(state.refusals ?? [])].slice(0, maxRefusals) };
    }
    const { summary, revision } = event.data;
    const { refusals } = state ?? {};
    return {
      ...summary,
      ...(state && formerNamesAfter(state, summary.name)),
      deleted: false,
      version: revision.number,
      revisionId: revision.id,
      ...(refusals && { refusals }),
    };
  },
};
