import { assertNever, type Decider } from '#libs/kernel';

/**
 * What was tried in a team, or in none, and refused; and what was done with the trail itself. The events carry no more than what the refusal
 * says: who, from where and why are in their metadata.
 */
export interface AttemptsState {
  readonly teamId: string | null;
}

/** A request that was refused for want of a token, a permission or a claim. */
export interface Attempt {
  readonly method: string;
  /** The route, not the path: paths hold names that a stranger has made up. */
  readonly route: string;
  /** HTTP status. */
  readonly status: number;
  readonly code: number;
  /** The code's name. */
  readonly refusal: string;
}

/** Attempts beyond those that are recorded one by one, within one minute. */
export interface AttemptCount {
  readonly refusal: string;
  readonly count: number;
}

/** The log of the ledger goes on under another origin, after a restore for example. */
export interface NewOrigin {
  readonly origin: string;
  readonly former: { readonly origin: string; readonly size: number; readonly checkpoint: string };
}

/** What a check of the chain has found. */
export interface Verdict {
  readonly intact: boolean;
  /** Up to which position the chain is whole; where it is not, the first that is wrong. */
  readonly position: number;
  readonly problem?: string;
  /** The check ended there, because its reader went away: nothing is known of what follows. */
  readonly interrupted?: true;
}

interface Of {
  readonly teamId: string | null;
  readonly now: number;
}
export type AttemptsCommand =
  | (Of & { readonly type: 'RecordAttempt'; readonly attempt: Attempt })
  | (Of & { readonly type: 'SummariseAttempts'; readonly from: number; readonly counts: readonly AttemptCount[] })
  | (Of & { readonly type: 'VerifyTrail'; readonly verdict: Verdict })
  | (Of & { readonly type: 'BeginTrail'; readonly change: NewOrigin })
  | (Of & {
      readonly type: 'ExportTrail';
      readonly format: string;
      readonly filters: Readonly<Record<string, unknown>>;
    });

interface At {
  readonly at: number;
  readonly teamId: string | null;
}
export type AttemptsEvent =
  | { readonly type: 'AttemptRefused'; readonly data: At & Attempt }
  | {
      readonly type: 'AttemptsSummarised';
      readonly data: At & { readonly from: number; readonly counts: readonly AttemptCount[] };
    }
  | { readonly type: 'TrailVerified'; readonly data: At & Verdict }
  | { readonly type: 'TrailBegun'; readonly data: At & NewOrigin }
  | {
      readonly type: 'TrailExported';
      readonly data: At & { readonly format: string; readonly filters: Readonly<Record<string, unknown>> };
    };

export const attemptsDecider: Decider<AttemptsState, AttemptsCommand, AttemptsEvent> = {
  decide(_state, command) {
    const { teamId, now: at } = command;
    return [eventOf(command, { at, teamId })];
  },
  evolve: (state, { data }) => state ?? { teamId: data.teamId },
};

function eventOf(command: AttemptsCommand, at: At): AttemptsEvent {
  switch (command.type) {
    case 'RecordAttempt':
      return { type: 'AttemptRefused', data: { ...at, ...command.attempt } };
    case 'SummariseAttempts':
      return { type: 'AttemptsSummarised', data: { ...at, from: command.from, counts: command.counts } };
    case 'VerifyTrail':
      return { type: 'TrailVerified', data: { ...at, ...verdictOf(command.verdict) } };
    case 'BeginTrail':
      return { type: 'TrailBegun', data: { ...at, ...command.change } };
    case 'ExportTrail':
      return { type: 'TrailExported', data: { ...at, format: command.format, filters: command.filters } };
    default:
      return assertNever(command);
  }
}

/** The types of all its events. */
export const trailEvents: readonly AttemptsEvent['type'][] = [
  'AttemptRefused',
  'AttemptsSummarised',
  'TrailBegun',
  'TrailExported',
  'TrailVerified',
];

/** Events whose data the trail shows: besides its own, what changes who may do what. */
export const detailedEvents: readonly string[] = [
  ...trailEvents,
  'TeamCreated',
  'TeamUpdated',
  'TeamReduced',
  'TeamParameterRemoved',
  'TokenCreated',
  'TokenRevoked',
  'GlobalParameterSet',
  'GlobalParameterRemoved',
];

/** The actions of refused attempts. */
export const refusals = ['RecordAttempt', 'SummariseAttempts'] as const;

/** Whether a change that begins with this event is no change: something was refused. */
export function isRefused(type: string): boolean {
  return type === 'AttemptRefused' || type === 'AttemptsSummarised';
}

function verdictOf({ intact, position, problem, interrupted }: Verdict): Verdict {
  return { intact, position, ...(problem !== undefined && { problem }), ...(interrupted && { interrupted }) };
}
