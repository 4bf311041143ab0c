import { RefusedError } from '#libs/kernel';
import type { FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import type { BodyReader } from './body-reader';

/** The bytes of an unwanted body that it looks at. */
const lookedAt = 65_536;

/**
 * For a route without a body: accepts no body, an empty one, `{}` and `null`. Refuses anything else, because the server
 * would ignore it.
 * @throws RefusedError QUERY_INVALID_FILTERS naming the first field.
 */
export async function refuseBody({ headers }: FastifyRequest, payload: Readable, reader: BodyReader): Promise<void> {
  const length = headers['content-length'];
  if (headers['transfer-encoding'] === undefined && (length === undefined || length === '0')) return;
  const body = await reader.read(payload, lookedAt, length).catch((error: unknown) => {
    throw error instanceof RefusedError && error.reason === 'REQUEST_TOO_LARGE' ? unwanted() : error;
  });
  const text = body.toString().trim();
  if (text === '') return;
  const value = jsonOf(text);
  if (value === null) return;
  if (typeof value !== 'object' || Array.isArray(value)) throw unwanted();
  const [first] = Object.keys(value);
  if (first !== undefined) throw unwanted(first);
}

/** Undefined if it is not JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function unwanted(field?: string): RefusedError {
  const remedy = 'This route accepts no body.';
  const message = field === undefined ? remedy : `${field.slice(0, 200)}: this field is unknown. ${remedy}`;
  return new RefusedError('QUERY_INVALID_FILTERS', message);
}
