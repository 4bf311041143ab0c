/** An item that an agent holds, or that waits for one. */
interface Item {
  readonly id: string;
  /** A task; a run to prepare; a run to clean up after. */
  readonly kind: 'task' | 'run' | 'finalize';
  readonly type: string;
  readonly team: string;
  readonly workflowRunRef: string;
  readonly since: string;
}

export interface HeldItem extends Item {
  readonly state: 'leased' | 'stopping';
  readonly leaseUntil?: string;
}

/** What `GET …/agents` lists. */
export interface ConnectedAgent {
  readonly id: string;
  readonly name: string;
  readonly host: string;
  readonly version?: string;
  readonly taskTypes: readonly string[];
  readonly registered: string;
  readonly lastHeard: string;
  readonly leaseUntil: string;
  readonly held: number;
  /** The first 20 of them. */
  readonly items: readonly HeldItem[];
}

/** What `GET …/queue` lists. */
export interface QueuedItem extends Item {
  /** Milliseconds. */
  readonly waited: number;
  /** Living agents that could take it. */
  readonly agents: number;
}
