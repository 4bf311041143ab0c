/** The parts of the protocol's bodies that this agent reads. `docs/agents.md` has them whole. */
export interface ClaimedRun {
  readonly id: string;
  /** Any safe integer (up to 2^53 - 1): compared, and sent back as it came, never counted with. */
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

/** A task, as a message about it names it. */
export type HeldTask = Pick<ClaimedTask, 'id' | 'fence'>;

export interface TaskOutcome {
  readonly status: 'succeeded' | 'failed' | 'invalid';
  readonly statusMessage?: string;
  readonly results: readonly { readonly name: string; readonly value: string }[];
}

/** The server's answer was an error that trying again does not mend. */
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

/** The server has decided otherwise about an item: stale, cancelled, gone, or not this token's to report of. */
export function isRefused(error: unknown): error is ProtocolError {
  return error instanceof ProtocolError && refusals.has(error.status);
}

/** The server does not take this end of a task, and would take another: too large, or not as it must be. */
export function isUnacceptable(error: unknown): error is ProtocolError {
  return error instanceof ProtocolError && unacceptable.has(error.status) && !decided.has(error.code);
}

const unacceptable: ReadonlySet<number> = new Set([400, 413, 415, 422]);

/** Codes of answers that say that the run or the task is not there, or has gone on: 1301, 1304, 1501, 1507. */
const decided: ReadonlySet<number> = new Set([1301, 1304, 1501, 1507]);

const refusals: ReadonlySet<number> = new Set([400, 403, 404, 409]);
