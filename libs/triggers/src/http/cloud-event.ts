import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Json } from '#libs/contracts';
import { refuseUnstorable, usualMaxValues } from '#libs/http';
import { canonicalJson, isTimestamp, RefusedError } from '#libs/kernel';

export interface ReadEvent {
  /** The same for an event that is sent again, in either mode: source and id identify an event. */
  readonly key: string;
  readonly topic: string;
  /** The event in its structured form. */
  readonly json: Json;
  readonly data: Json;
}

type Attributes = Readonly<Record<string, Json>>;

const versions = ['1.0', '0.3'];
const required = ['id', 'source', 'type'] as const;
/** Attributes of both versions that must be texts if present. */
const texts = ['subject', 'datacontenttype', 'dataschema', 'schemaurl', 'datacontentencoding'];
/** Members of a structured event that are not attributes. */
const payloads: ReadonlySet<string> = new Set(['data', 'data_base64']);
const attributeName = /^[a-z0-9]{1,100}$/;

/**
 * Reads a CloudEvent 1.0 (or 0.3), structured (`application/cloudevents+json`) or binary (`ce-…` headers,
 * percent-encoded).
 * @throws RefusedError BAD_REQUEST naming what is missing or wrong.
 */
export function readCloudEvent(headers: IncomingHttpHeaders, body: unknown, topic: string | undefined): ReadEvent {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type.startsWith('application/cloudevents-batch') || Array.isArray(body)) {
    throw wrong('batches of events are not supported: send each event in a separate request.');
  }
  const isStructured = type.startsWith('application/cloudevents');
  const isBinary = !isStructured && headers['ce-specversion'] !== undefined;
  if (!isStructured && !isBinary && !looksStructured(body)) {
    throw wrong('send application/cloudevents+json, or the headers ce-id, ce-source, ce-type and ce-specversion.');
  }
  const json = isBinary ? ofHeaders(headers, type, body) : ofBody(body);
  check(json);
  // The check of the body did not cover the headers.
  refuseUnstorable(json, usualMaxValues);
  const own = json['topic'];
  const key = canonicalJson([json['source'], json['id']]);
  return {
    key: createHash('sha256').update(key).digest('hex'),
    topic: topic ?? (typeof own === 'string' && own !== '' ? own : (json['type'] as string)),
    json,
    data: json['data'] ?? json['data_base64'] ?? null,
  };
}

function ofHeaders(headers: IncomingHttpHeaders, type: string, body: unknown): Attributes {
  const event: Record<string, Json> = {};
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith('ce-') || typeof value !== 'string') continue;
    event[header.slice(3)] = decoded(header, value);
  }
  if (type !== '') event['datacontenttype'] ??= type;
  return body === undefined || body === null ? event : { ...event, data: body as Json };
}

/** Removes percent-encoding and double quotes, as the HTTP binding says. */
function decoded(header: string, value: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(value);
  const text = quoted ? (quoted[1] ?? '').replace(/\\(.)/g, '$1') : value;
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong(`header ${header.slice(0, 100)} must be percent-encoded UTF-8, such as %E2%82%AC; write %25 for a %.`);
  }
}

function ofBody(body: unknown): Attributes {
  if (typeof body !== 'object' || body === null) throw wrong('the body must be a JSON object.');
  return body as Attributes;
}

function check(event: Attributes): void {
  const version = event['specversion'];
  if (typeof version !== 'string' || !versions.includes(version)) {
    throw wrong(
      `specversion must be ${versions.join(' or ')}${version === undefined ? '' : `, not ${told(version)}`}.`,
    );
  }
  const missing = required.filter((name) => typeof event[name] !== 'string' || event[name] === '');
  if (missing.length > 0) throw wrong(`${missing.join(', ')} must be a non-empty text.`);
  const odd = texts.filter((name) => event[name] !== undefined && event[name] !== null && !isText(event[name]));
  if (odd.length > 0) throw wrong(`${odd.join(', ')} must be a non-empty text.`);
  const { time } = event;
  if (time !== undefined && time !== null && (typeof time !== 'string' || !isTimestamp(time))) {
    throw wrong(
      `time must be a date and time of RFC 3339 that exists, such as 2026-01-31T09:30:00Z, not ${told(time)}.`,
    );
  }
  for (const [name, value] of Object.entries(event)) {
    if (payloads.has(name)) continue;
    if (!attributeName.test(name))
      throw wrong(`attribute ${told(name)} must consist of lower-case letters and digits.`);
    if (typeof value === 'object' && value !== null)
      throw wrong(`attribute ${name} must be a text, number or boolean.`);
  }
  if (event['data'] !== undefined && event['data_base64'] !== undefined) {
    throw wrong('it has data and data_base64: send only one of them.');
  }
  const encoded = event['data_base64'];
  if (encoded !== undefined && !(typeof encoded === 'string' && isBase64(encoded))) {
    throw wrong('data_base64 must be base64 text.');
  }
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

function isText(value: Json | undefined): boolean {
  return typeof value === 'string' && value !== '';
}

/** Some senders declare it as plain JSON. */
function looksStructured(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'specversion' in body && 'type' in body;
}

function told(value: Json): string {
  return JSON.stringify(value).slice(0, 80);
}

function wrong(why: string): RefusedError {
  return new RefusedError('BAD_REQUEST', `The body is not a CloudEvent: ${why}`);
}
