/** The parts of the protocol's bodies that this agent reads. `docs/agents.md` has them whole. */
export interface ClaimedRun {
  readonly id: string;
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

export const staleStatus = 409;
export const unknownAgentCode = 1701;
