/**
 * Which errors mean that the database was away, and which that only this attempt failed. The driver throws some errors
 * without a code; we mark those where they occur (`WatchedClient`, `createPool`, `withClient`), so that nobody needs to
 * read their messages.
 */
const marked = new WeakSet<object>();

/**
 * SQLSTATE classes and codes of a server that shuts down, is not ready, accepts no more connections, or accepts no
 * writes.
 */
const lossStates = new Set([
  '57P01', // admin_shutdown: a session was ended
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now: starting or stopping
  '57P05', // idle_session_timeout
  '53300', // too_many_connections
  '25006', // read_only_sql_transaction: this is not the primary, or no longer
  '25P03', // idle_in_transaction_session_timeout
  '25P04', // transaction_timeout
]);

/** A retry helps: the transaction was rolled back, the connection is intact. */
const passingStates = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '55P03', // lock_not_available
  '57014', // query_canceled: a time limit of the server
  '53200', // out_of_memory
]);

const socketCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** We gave up a connection because it was silent; the statement in progress may have run or not. */
export class ConnectionLostError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConnectionLostError';
    marked.add(this);
  }
}

/** Every connection of the pool was in use for longer than a request may wait: the database is reachable, but busy. */
export class DatabaseBusyError extends Error {
  constructor(options?: ErrorOptions) {
    super('No connection to the database was free in time.', options);
    this.name = 'DatabaseBusyError';
  }
}

/** A statement ran into the limit of its pool for reads; the server has ended it. */
export class ReadLimitError extends Error {
  constructor(
    readonly milliseconds: number,
    options?: ErrorOptions,
  ) {
    super(`Reading took longer than ${milliseconds} ms.`, options);
    this.name = 'ReadLimitError';
  }
}

/** Records that this error came from a lost connection. Answers the error. */
export function markConnectionLoss<Thrown>(error: Thrown): Thrown {
  if (typeof error === 'object' && error !== null) marked.add(error);
  return error;
}

/** The database is away, or accepts no writes: nobody knows whether the statement in progress ran. */
export function isConnectionLoss(error: unknown): boolean {
  return some(error, (each, code) => {
    if (marked.has(each)) return true;
    return code !== undefined && (code.startsWith('08') || lossStates.has(code) || socketCodes.has(code));
  });
}

/**
 * The statement was rolled back, or never sent, for a temporary reason: a deadlock, a lock, a time limit of the server,
 * a full pool.
 */
export function isPassingFault(error: unknown): boolean {
  return some(
    error,
    (each, code) => each instanceof DatabaseBusyError || (code !== undefined && passingStates.has(code)),
  );
}

/** The error itself, or its cause (TypeORM wraps the driver's error). */
function some(error: unknown, fits: (each: object, code: string | undefined) => boolean): boolean {
  let each = error;
  for (let depth = 0; depth < 4 && typeof each === 'object' && each !== null; depth++) {
    const { code, cause, driverError } = each as { code?: unknown; cause?: unknown; driverError?: unknown };
    if (fits(each, typeof code === 'string' ? code : undefined)) return true;
    each = driverError ?? cause;
  }
  return false;
}
