import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Json } from '#libs/contracts';
import { refuseUnstorable, usualMaxValues } from '#libs/http';
import { canonicalJson, RefusedError } from '#libs/kernel';
import type { CloudEvent } from 'cloudevents';
import { HTTP } from 'cloudevents';

export interface ReadEvent {
  /** The same for an event that is sent again: source and id make an event what it is. */
  readonly key: string;
  readonly topic: string;
  /** The event in its structured form. */
  readonly json: Json;
  readonly data: Json;
}

/**
 * A CloudEvent 1.0 (or 0.3), structured (`application/cloudevents+json`) or binary (`ce-…` headers).
 * @throws RefusedError BAD_REQUEST naming what is missing.
 */
export function readCloudEvent(headers: IncomingHttpHeaders, body: unknown, topic: string | undefined): ReadEvent {
  const event = parse(headers, body);
  const json = JSON.parse(JSON.stringify(event)) as { readonly [key: string]: Json };
  // What came in headers was not checked with the body.
  refuseUnstorable(json, usualMaxValues);
  const own = json['topic'];
  return {
    key: createHash('sha256')
      .update(canonicalJson([event.source, event.id]))
      .digest('hex'),
    topic: topic ?? (typeof own === 'string' ? own : event.type),
    json,
    data: json['data'] ?? null,
  };
}

function parse(headers: IncomingHttpHeaders, body: unknown): CloudEvent<unknown> {
  const isStructured = headers['content-type']?.startsWith('application/cloudevents') ?? false;
  const isBinary = headers['ce-specversion'] !== undefined;
  if (!isStructured && !isBinary && !looksStructured(body)) {
    throw wrong('send application/cloudevents+json, or the headers ce-id, ce-source, ce-type and ce-specversion.');
  }
  // The library would make up an id, and an event without its own cannot be told from another.
  const missing = required.filter((name) => {
    const value = isBinary ? headers[`ce-${name}`] : (body as Readonly<Record<string, unknown>> | null)?.[name];
    return typeof value !== 'string' || value === '';
  });
  if (missing.length > 0) throw wrong(`${missing.join(', ')} must be a text that is not empty.`);
  try {
    const given = isStructured || isBinary ? headers : { ...headers, 'content-type': 'application/cloudevents+json' };
    const event = HTTP.toEvent({ headers: given, body });
    if (Array.isArray(event)) throw wrong('send one event at a time, not a batch.');
    const read = event as CloudEvent<unknown>;
    read.validate();
    return read;
  } catch (error) {
    if (error instanceof RefusedError) throw error;
    const { message, errors } = error as { message: string; errors?: unknown };
    const details = Array.isArray(errors)
      ? errors
          .map((each: { message?: string; instancePath?: string }) =>
            `${(each.instancePath ?? '').slice(1)} ${each.message ?? ''}`.trim(),
          )
          .join('; ')
      : message;
    throw wrong(`${details || message}.`.slice(0, 500));
  }
}

const required = ['specversion', 'id', 'source', 'type'] as const;

/** Some senders name it plain JSON. */
function looksStructured(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'specversion' in body && 'type' in body;
}

function wrong(why: string): RefusedError {
  return new RefusedError('BAD_REQUEST', `The body is not a CloudEvent: ${why}`);
}
