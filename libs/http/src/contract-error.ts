import { databaseAway, faults, RefusedError, toTimestamp } from '#libs/kernel';
import { isConnectionLoss, isPassingFault, ReadLimitError } from '#libs/ledger';
import { HttpException } from '@nestjs/common';

/** The body of every error. */
export interface ContractError {
  readonly timestamp: string;
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  /** For example `400 BAD_REQUEST`. */
  readonly status: string;
  readonly cause: null;
  /** The current state, if the request was about an older one (409). */
  readonly current?: unknown;
}

const phrases: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  406: 'NOT_ACCEPTABLE',
  408: 'REQUEST_TIMEOUT',
  409: 'CONFLICT',
  410: 'GONE',
  413: 'PAYLOAD_TOO_LARGE',
  414: 'URI_TOO_LONG',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  417: 'EXPECTATION_FAILED',
  422: 'UNPROCESSABLE_ENTITY',
  429: 'TOO_MANY_REQUESTS',
  431: 'REQUEST_HEADER_FIELDS_TOO_LARGE',
  500: 'INTERNAL_SERVER_ERROR',
  503: 'SERVICE_UNAVAILABLE',
};

/** What each of the framework's own codes means for a client. */
const frameworkFaults: Readonly<Record<string, { readonly status: number; readonly message: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { status: 413, message: 'The request body is too large.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { status: 415, message: 'Unsupported Content-Type: send application/json.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { status: 400, message: 'Content-Length does not match the body.' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { status: 400, message: 'The request body is empty: send a JSON object.' },
  FST_ERR_MAX_PARAM_LENGTH: { status: 414, message: 'A segment of the path has more than 512 characters.' },
  FST_ERR_BAD_URL: { status: 400, message: 'The path is not a valid URL path.' },
};

export interface ErrorAnswer {
  readonly httpStatus: number;
  readonly body: ContractError;
  /** A fault of the server, not of the client: log it. */
  readonly isFault: boolean;
}

/** The answer to any thrown error. Reveals nothing internal. */
export function answerTo(error: unknown): ErrorAnswer {
  if (error instanceof RefusedError) {
    return answer(error.status, error.reason, error.code, error.message, error.state);
  }
  // Nest replaces the framework's error with its own if it cannot read the header.
  if (error instanceof HttpException && error.getStatus() === 415) {
    return answer(415, undefined, undefined, 'Unsupported Content-Type: send application/json.');
  }
  if (error instanceof HttpException) return answer(error.getStatus(), undefined, undefined, messageOf(error));
  // Temporarily, nothing can be stored or read; a retry in a moment succeeds.
  if (isConnectionLoss(error)) return unavailable(databaseAway().message);
  if (error instanceof ReadLimitError) return unavailable(tooLong(error.milliseconds));
  if (isPassingFault(error)) return unavailable('The database was too busy for this request. Try again shortly.');
  const { code, statusCode, message } = error as { code?: unknown; statusCode?: unknown; message?: unknown };
  const known = typeof code === 'string' ? frameworkFaults[code] : undefined;
  if (known) return answer(known.status, undefined, undefined, known.message);
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return answer(statusCode, undefined, undefined, String(message));
  }
  return answer(500, 'INTERNAL_ERROR', 500, 'The server failed to process this request, and stored nothing of it.');
}

/** The answer to an error that is not ours and only has an HTTP status. */
export function answerStatus(status: number, message: string): ErrorAnswer {
  return answer(status, undefined, undefined, message);
}

function tooLong(milliseconds: number): string {
  return (
    `Reading took longer than ${milliseconds / 1000} s, the most that this server allows (RUNLEDGER_READ_SECONDS). Ask for less: ` +
    'a shorter range of dates, fewer workflows or labels, a smaller limit, or a cursor in place of a high page.'
  );
}

function unavailable(message: string): ErrorAnswer {
  return answer(faults.SERVICE_UNAVAILABLE.status, 'SERVICE_UNAVAILABLE', faults.SERVICE_UNAVAILABLE.code, message);
}

function answer(status: number, reason?: string, code?: number, message = '', current?: unknown): ErrorAnswer {
  const body: ContractError = {
    timestamp: toTimestamp(Date.now()),
    code: code ?? status,
    reason: reason ?? reasonOf(status),
    message,
    status: `${status} ${phrases[status] ?? 'ERROR'}`,
    cause: null,
    ...(current === undefined ? {} : { current }),
  };
  return { httpStatus: status, body, isFault: status >= 500 && status !== 503 };
}

function reasonOf(status: number): string {
  const found = Object.entries(faults).find(([, fault]) => fault.code === status);
  return found?.[0] ?? phrases[status] ?? 'ERROR';
}

function messageOf(error: HttpException): string {
  const response = error.getResponse();
  if (typeof response === 'string') return response;
  const { message } = response as { message?: unknown };
  if (Array.isArray(message)) return message.join(' ');
  return typeof message === 'string' ? message : error.message;
}
