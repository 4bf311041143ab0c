/**
 * Every error that a client can get, by reason, with the contract's code and the HTTP status. The contract's codes do
 * not change; ours continue its ranges. `docs/errors.md` has the same table for users.
 */
export const faults = {
  BAD_REQUEST: { code: 400, status: 400 },
  UNAUTHORIZED: { code: 401, status: 401 },
  PERMISSION_DENIED: { code: 403, status: 403 },
  NOT_FOUND: { code: 404, status: 404 },
  METHOD_NOT_ALLOWED: { code: 405, status: 405 },
  REQUEST_TOO_LARGE: { code: 413, status: 413 },
  UNSUPPORTED_MEDIA_TYPE: { code: 415, status: 415 },
  IDEMPOTENCY_KEY_REUSED: { code: 422, status: 422 },
  WORKFLOW_TEAM_INACTIVE: { code: 423, status: 423 },
  INTERNAL_ERROR: { code: 500, status: 500 },
  SERVICE_UNAVAILABLE: { code: 503, status: 503 },
  QUERY_INVALID_FILTERS: { code: 1001, status: 400 },
  REQUEST_INVALID_PARAMS: { code: 1002, status: 400 },
  EVENTS_GONE: { code: 1003, status: 410 },
  QUOTA_EXCEEDED: { code: 1020, status: 429 },
  TEAM_INVALID_REF: { code: 1101, status: 400 },
  TEAM_NON_UNIQUE_NAME: { code: 1102, status: 400 },
  TEAM_LAST_OWNER: { code: 1103, status: 400 },
  WORKFLOW_INVALID_REFERENCE: { code: 1201, status: 400 },
  WORKFLOW_NOT_ACTIVE: { code: 1202, status: 400 },
  WORKFLOW_REVISION_NOT_FOUND: { code: 1204, status: 409 },
  WORKFLOW_NON_UNIQUE_TASK_NAME: { code: 1205, status: 400 },
  WORKFLOW_INVALID_TASK_REF: { code: 1206, status: 400 },
  WORKFLOW_INVALID_DEFINITION: { code: 1207, status: 400 },
  WORKFLOW_NON_UNIQUE_NAME: { code: 1208, status: 400 },
  WORKFLOWRUN_INVALID_REFERENCE: { code: 1301, status: 400 },
  WORKFLOWRUN_INVALID_REQUIREMENT: { code: 1302, status: 400 },
  WORKFLOWRUN_INVALID_DEPENDENCY: { code: 1303, status: 400 },
  WORKFLOWRUN_INVALID_PHASE: { code: 1304, status: 400 },
  WORKFLOWRUN_TRIGGER_DISABLED: { code: 1305, status: 400 },
  WORKFLOWRUN_STALE_FENCE: { code: 1306, status: 409 },
  WORKFLOWRUN_ARCHIVED: { code: 1307, status: 410 },
  TASK_INVALID_REFERENCE: { code: 1401, status: 400 },
  TASK_NON_UNIQUE_NAME: { code: 1402, status: 400 },
  TASK_INVALID_DEFINITION: { code: 1403, status: 400 },
  TASK_INACTIVE_STATUS: { code: 1404, status: 400 },
  TASKRUN_INVALID_REFERENCE: { code: 1501, status: 400 },
  TASKRUN_INVALID_PARAMS: { code: 1503, status: 400 },
  TASKRUN_INVALID_END_STATUS: { code: 1505, status: 400 },
  TASKRUN_STALE_FENCE: { code: 1506, status: 409 },
  TASKRUN_INVALID_PHASE: { code: 1507, status: 400 },
  ACTION_INVALID_REF: { code: 1601, status: 400 },
  ACTION_INVALID_STATUS: { code: 1602, status: 400 },
  AGENT_INVALID_REFERENCE: { code: 1701, status: 400 },
  TOKEN_INVALID_REFERENCE: { code: 1801, status: 400 },
  SCHEDULE_INVALID_REFERENCE: { code: 1901, status: 400 },
  SCHEDULE_INVALID_DEFINITION: { code: 1902, status: 400 },
  PARAMETER_INVALID_REFERENCE: { code: 2001, status: 400 },
  PARAMETER_INVALID_DEFINITION: { code: 2002, status: 400 },
  PARAMETER_NON_UNIQUE_NAME: { code: 2003, status: 400 },
  BULK_INVALID_REFERENCE: { code: 2101, status: 400 },
  VIEW_INVALID_REFERENCE: { code: 2201, status: 400 },
  VIEW_NON_UNIQUE_NAME: { code: 2202, status: 400 },
} as const;

export type FaultReason = keyof typeof faults;

/**
 * The server refuses a request for a reason that the client can fix. `message` is for the client: it names the field
 * and says what would be right, and reveals nothing internal. `state` is sent if the contract wants the current state
 * (409).
 */
export class RefusedError extends Error {
  readonly code: number;
  readonly status: number;

  constructor(
    readonly reason: FaultReason,
    message: string,
    readonly state?: unknown,
    /** Seconds after which a retry may succeed; 0 = waiting does not help. Absent = the default for its status. */
    readonly retryAfter?: number,
  ) {
    super(message);
    this.name = 'RefusedError';
    this.code = faults[reason].code;
    this.status = faults[reason].status;
  }

  /** The team of what the request was about, for its audit trail; only where the sender may know of that thing. */
  teamId: string | null = null;

  within(teamId: string): this {
    this.teamId = teamId;
    return this;
  }
}

/** The error for everybody while the server can neither read nor store: a retry in a moment succeeds. */
export function databaseAway(): RefusedError {
  return new RefusedError(
    'SERVICE_UNAVAILABLE',
    'The database cannot be reached, or accepts no writes. Try again shortly.',
  );
}
