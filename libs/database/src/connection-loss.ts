/**
 * Which errors mean that the database was away, or that only this attempt has failed. The driver throws some of its errors without a code;
 * those are marked where they arise (`WatchedClient`, `createPool`, `withClient`), so that nobody reads their messages.
 */
const marked = new WeakSet<object>();

/** SQLSTATE classes and codes of a server that goes, is not there yet, takes no more connections, or takes no writes. */
const lossStates = new Set([
  '57P01', // admin_shutdown: a session was ended
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now: starting or stopping
  '57P05', // idle_session_timeout
  '53300', // too_many_connections
  '25006', // read_only_sql_transaction: this is not the primary, or not any more
  '25P03', // idle_in_transaction_session_timeout
  '25P04', // transaction_timeout
]);

/** What is over when it is tried again: the transaction was undone, the connection lives. */
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

/** A connection that was given up because nothing came over it; what was under way may have been done or not. */
export class ConnectionLostError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConnectionLostError';
    marked.add(this);
  }
}

/** Every connection of the pool was in use for longer than a request may wait for one: the database is there, and has much to do. */
export class DatabaseBusyError extends Error {
  constructor(options?: ErrorOptions) {
    super('No connection to the database was free in time.', options);
    this.name = 'DatabaseBusyError';
  }
}

/** Remembers that this error came from a lost connection. Answers the error. */
export function markConnectionLoss<Thrown>(error: Thrown): Thrown {
  if (typeof error === 'object' && error !== null) marked.add(error);
  return error;
}

/** The database is away, or takes no writes: nobody knows whether what was under way was done. */
export function isConnectionLoss(error: unknown): boolean {
  return some(error, (each, code) => {
    if (marked.has(each)) return true;
    return code !== undefined && (code.startsWith('08') || lossStates.has(code) || socketCodes.has(code));
  });
}

/** The statement was undone, or never sent, for a reason that passes: a deadlock, a lock, a time limit of the server, a pool in use. */
export function isPassingFault(error: unknown): boolean {
  return some(
    error,
    (each, code) => each instanceof DatabaseBusyError || (code !== undefined && passingStates.has(code)),
  );
}

/** The error itself, or what it was made of (TypeORM keeps the driver's error). */
function some(error: unknown, fits: (each: object, code: string | undefined) => boolean): boolean {
  let each = error;
  for (let depth = 0; depth < 4 && typeof each === 'object' && each !== null; depth++) {
    const { code, cause, driverError } = each as { code?: unknown; cause?: unknown; driverError?: unknown };
    if (fits(each, typeof code === 'string' ? code : undefined)) return true;
    each = driverError ?? cause;
  }
  return false;
}
