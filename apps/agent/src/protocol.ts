/** The parts of the protocol's bodies that this agent reads. `docs/agents.md` has all of them. */
export interface ClaimedRun {
  readonly id: string;
  /**
   * Any safe integer (up to 2^53 - 1): the agent compares it and sends it back unchanged, but never calculates with it.
   */
  readonly fence: number;
  readonly status: string;
  readonly phase: string;
}

export interface TaskParam {
  readonly name: string;
  readonly value?: unknown;
}

export interface ClaimedTask {
  readonly id: string;
  readonly fence: number;
  readonly name: string;
  readonly type: string;
  readonly status: string;
  readonly phase: string;
  readonly workflowRunRef: string;
  /** Where it stands in a trace (W3C Trace Context). */
  readonly traceparent?: string;
  readonly params: readonly TaskParam[];
  readonly results: readonly { readonly name: string }[];
  readonly spec: {
    readonly script: string | null;
    readonly command: readonly string[] | null;
    readonly arguments: readonly string[] | null;
    readonly envs: readonly { readonly name: string; readonly value: string | null }[] | null;
    readonly workingDir: string | null;
  };
}

/** The id and fence of a task, for messages about it. */
export type HeldTask = Pick<ClaimedTask, 'id' | 'fence'>;

export interface TaskOutcome {
  readonly status: 'succeeded' | 'failed' | 'invalid';
  readonly statusMessage?: string;
  readonly results: readonly { readonly name: string; readonly value: string }[];
}

/** The server answered with an error that a retry cannot fix. */
export class ProtocolError extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

export const unknownAgentCode = 1701;

/**
 * The server has decided otherwise about an item: it is stale, cancelled or gone, or this token may not report on it.
 */
export function isRefused(error: unknown): error is ProtocolError {
  return error instanceof ProtocolError && refusals.has(error.status);
}

/** The server refuses this end of a task, because it is too large or invalid, and would accept another. */
export function isUnacceptable(error: unknown): error is ProtocolError {
  return error instanceof ProtocolError && unacceptable.has(error.status) && !decided.has(error.code);
}

const unacceptable: ReadonlySet<number> = new Set([400, 413, 415, 422]);

/** Error codes that mean that the run or task does not exist, or has moved on: 1301, 1304, 1501, 1507. */
const decided: ReadonlySet<number> = new Set([1301, 1304, 1501, 1507]);

const refusals: ReadonlySet<number> = new Set([400, 403, 404, 409]);
