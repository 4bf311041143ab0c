import type { OpenAPIObject } from '@nestjs/swagger';
import { maxReason } from '#libs/kernel';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Responses = Operation['responses'];

const methods = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** Marks that decorators leave on an operation for `completeOperations`, which removes them. */
export const operationMarks = {
  faults: 'x-faults',
  open: 'x-open',
  withoutReceipt: 'x-without-receipt',
  withoutReason: 'x-without-reason',
  withReason: 'x-with-reason',
} as const;

/** Descriptions of the errors that operations may answer; all have the same body. */
const faultTexts: Readonly<Record<number, string>> = {
  400: 'The request is wrong: the message names the field and what would be right.',
  401: 'The request has no valid token.',
  403: 'The token lacks a permission: the message names it.',
  404: 'The thing is not there, or not yet: the message says which.',
  409: 'The request is about an outdated state; `current` has the current state, if there is one.',
  410: 'The thing has left the database: the message names the archive that it lies in, or what is still kept.',
  413: 'The body is larger than the route accepts.',
  415: 'The route does not accept a body of this type.',
  422: 'The Idempotency-Key was already used for another request.',
  423: 'The team is not active.',
  429: 'The request would exceed a quota of the team or a limit of the token: try again after `Retry-After` seconds.',
  503: 'The server is overloaded, starting, stopping, or has no database: try again.',
};

/**
 * Adds what every operation has: its errors, its `Idempotency-Key` and `X-Reason`, the request id, whether it needs a
 * token.
 */
export function completeOperations(document: OpenAPIObject): void {
  for (const item of Object.values(document.paths)) {
    for (const method of methods) {
      const operation = item[method];
      if (operation) complete(operation, method !== 'get');
    }
  }
  document.components ??= {};
  document.components.responses = Object.fromEntries(
    Object.entries(faultTexts).map(([status, description]) => [
      `Error${status}`,
      faultResponse(Number(status), description),
    ]),
  );
  document.components.headers = {
    RequestId: { description: 'The id in the logs and events of the request', schema: { type: 'string' } },
    RetryAfter: { description: 'Seconds', schema: { type: 'integer', format: 'int32' } },
  };
  document.components.parameters = {
    IdempotencyKey: {
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      description: 'The same key with the same request gets the first answer again.',
      schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
    },
    Reason: {
      name: 'X-Reason',
      in: 'header',
      required: false,
      description:
        'Why you make the change: the ledger stores it with the events of the request. UTF-8, or percent-encoded.',
      schema: { type: 'string', maxLength: maxReason },
    },
  };
}

function complete(operation: Operation, isWrite: boolean): void {
  const isOpen = take(operation, operationMarks.open) === true;
  const hasReceipt = isWrite && take(operation, operationMarks.withoutReceipt) !== true;
  const own = (take(operation, operationMarks.faults) ?? []) as readonly number[];
  const hasReason =
    take(operation, operationMarks.withReason) === true ||
    (take(operation, operationMarks.withoutReason) !== true && hasReceipt);
  const faults = new Set([400, ...own, 503]);
  if (!isOpen) for (const each of [401, 403]) faults.add(each);
  if (operation.requestBody) for (const each of [413, 415]) faults.add(each);
  describeOtherBodies(operation);
  if (hasReceipt) faults.add(422);
  if (isOpen) operation.security = [];
  const shared = [...(hasReceipt ? ['IdempotencyKey'] : []), ...(hasReason ? ['Reason'] : [])];
  if (shared.length > 0) {
    const parameters = shared.map((name) => ({ $ref: `#/components/parameters/${name}` }));
    operation.parameters = [...(operation.parameters ?? []), ...parameters];
  }
  const responses: Responses = {};
  for (const [status, response] of Object.entries(operation.responses)) {
    if (Number(status) >= 400 || !response || '$ref' in response) continue;
    const headers = { 'X-Request-Id': { $ref: '#/components/headers/RequestId' } };
    responses[status] = { ...response, headers: { ...headers, ...response.headers } };
  }
  for (const status of [...faults].sort((a, b) => a - b)) {
    responses[status] = { $ref: `#/components/responses/Error${status}` };
  }
  operation.responses = responses;
}

/** The decorator for bodies gives each media type the schema of JSON; this corrects texts and forms. */
function describeOtherBodies({ requestBody }: Operation): void {
  if (!requestBody || '$ref' in requestBody) return;
  for (const [type, schema] of Object.entries(otherBodies)) {
    if (requestBody.content[type]) requestBody.content[type] = { schema };
  }
}

const otherBodies = {
  'text/plain': { type: 'string' },
  'application/octet-stream': { type: 'string', format: 'binary' },
  'application/x-www-form-urlencoded': { type: 'object', additionalProperties: true },
} as const;

function take(operation: Operation, mark: string): unknown {
  const marked = operation as Operation & Record<string, unknown>;
  const value = marked[mark];
  Reflect.deleteProperty(marked, mark);
  return value;
}

function faultResponse(status: number, description: string) {
  return {
    description,
    headers: {
      'X-Request-Id': { $ref: '#/components/headers/RequestId' },
      ...((status === 429 || status === 503) && { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } }),
    },
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  };
}
