import { RefusedError } from '#libs/kernel';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import { BodyReader } from './body-reader';
import { yamlBodyLimit } from './bounds';
import { refuseRounded } from './exact-numbers';
import { formBody } from './form-body';
import { inflate } from './inflate';
import { fitDefinition } from './fit-definition';
import { refuseOlderExport } from './older-export';
import { type BodyKind, bodyRuleOf, mediaTypes } from './request-body';
import { refuseBody } from './no-body';
import type { RouteRules } from './route-rules';
import { refuseText, refuseUnstorable } from './storable';
import { yamlTypes } from './yaml';
import { YamlReader } from './yaml-reader';

/** Reads every body as its route declares; refuses any other content type with 415, and never ignores it. */
export function addBodyParsers(server: FastifyInstance, rules: RouteRules): void {
  const reader = new BodyReader();
  const yaml = new YamlReader();
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (request: FastifyRequest, payload: Readable) => parse(request, payload));
  // Not in the parsers, because Fastify does not parse bodies of GET and HEAD.
  server.addHook('preParsing', async (request, _reply, payload) => {
    if (!request.is404 && !rules.takesBody(request)) await refuseBody(request, payload, reader);
    return payload;
  });

  async function parse(request: FastifyRequest, payload: Readable): Promise<unknown> {
    // Does not read a body for an unknown route, or for a route without a body.
    if (request.is404 || !rules.takesBody(request)) return undefined;
    const { limit, kinds, values, gzip = false } = bodyRuleOf(request);
    const type = request.headers['content-type'] ?? '';
    const kind = kindOf(type, kinds);
    if (kind === undefined) {
      const remedy = kinds.flatMap((each) => mediaTypes[each]).join(' or ');
      throw new RefusedError(
        'UNSUPPORTED_MEDIA_TYPE',
        `Unsupported Content-Type ${JSON.stringify(type.slice(0, 100))}: send ${remedy}.`,
      );
    }
    if (kind !== 'bytes') refuseOtherCharset(type);
    const most = kind === 'yaml' ? Math.min(limit, yamlBodyLimit) : limit;
    const isGzip = isCompressed(request.headers['content-encoding'], gzip);
    const sent = await reader.read(payload, most, request.headers['content-length']);
    const bytes = isGzip ? await inflate(sent, most) : sent;
    if (kind === 'bytes') return bytes;
    const text = textOf(bytes);
    if (kind === 'text') {
      refuseText(text, 'body');
      return text;
    }
    if (text.trim() === '') return undefined;
    const body =
      kind === 'yaml' ? await yaml.read(text) : kind === 'form' ? formBody(text, values, jsonOf) : jsonOf(text);
    refuseUnstorable(body, values);
    if (kinds.includes('yaml')) refuseOlderExport(body);
    if (kind === 'yaml') fitDefinition(body);
    return body;
  }
}

/** Text is UTF-8; another declared charset would be read wrongly. */
function refuseOtherCharset(contentType: string): void {
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(contentType)?.[1];
  if (charset === undefined || /^utf-?8$/i.test(charset)) return;
  throw new RefusedError(
    'UNSUPPORTED_MEDIA_TYPE',
    `Unsupported Content-Type ${JSON.stringify(contentType.slice(0, 100))}: send UTF-8, with charset=utf-8 or without a charset.`,
  );
}

function kindOf(contentType: string, kinds: readonly BodyKind[]): BodyKind | undefined {
  const type = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
  return kinds.find((kind) => {
    switch (kind) {
      case 'json':
        return type === 'application/json' || /^application\/[\w.-]{1,100}\+json$/.test(type);
      case 'yaml':
        return yamlTypes.includes(type);
      case 'form':
        return type === 'application/x-www-form-urlencoded';
      case 'text':
        return type === 'text/plain';
      case 'bytes':
        return type === 'text/plain' || type === 'application/octet-stream';
    }
  });
}

/** @throws RefusedError UNSUPPORTED_MEDIA_TYPE for an encoding that the route does not accept. */
function isCompressed(encoding: string | undefined, gzip: boolean): boolean {
  const name = (encoding ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity') return false;
  if (gzip && (name === 'gzip' || name === 'x-gzip')) return true;
  throw new RefusedError(
    'UNSUPPORTED_MEDIA_TYPE',
    `Unsupported Content-Encoding ${JSON.stringify(name.slice(0, 100))}: send the body ${gzip ? 'as gzip or ' : ''}uncompressed.`,
  );
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new RefusedError('BAD_REQUEST', 'The request body must be UTF-8.');
  }
}

function jsonOf(text: string): unknown {
  let body: unknown;
  try {
    body = JSON.parse(text) as unknown;
  } catch {
    throw new RefusedError('BAD_REQUEST', 'The request body is not valid JSON.');
  }
  refuseRounded(text);
  return body;
}
