import { newId } from '#libs/kernel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { answerStatus } from './contract-error';

interface ClientError extends Error {
  readonly code?: string;
  readonly rawPacket?: unknown;
}

/** The methods that some routes accept: a 405 must list them. */
const connectAllows = 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT';

/** The most bytes of a request's line and headers together. */
export const headersLimit = 16_384;

/** Input that is not valid HTTP never becomes a request. This answers it, with the body of every other error. */
export function answerClientError(error: ClientError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  send(socket, rawAnswer(...problemOf(error)));
}

function send(socket: Duplex, { line, headers, text }: ReturnType<typeof rawAnswer>): void {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end([`HTTP/1.1 ${line}`, ...lines, '', text].join('\r\n'));
}

/** We are no proxy. Node passes CONNECT with its raw connection, so this answers it too. */
export function answerConnect(_request: IncomingMessage, socket: Duplex): void {
  // It does no harm if the client disconnects before the answer.
  socket.on('error', () => socket.destroy());
  send(
    socket,
    rawAnswer(405, 'Method CONNECT is not allowed here: this server is not a proxy.', { Allow: connectAllows }),
  );
}

/** `Expect` may ask for `100-continue`, or for something that we do not support. */
export function answerExpectation({ headers: { expect } }: IncomingMessage, response: ServerResponse): void {
  const given = JSON.stringify((expect ?? '').slice(0, 60));
  const { headers, text } = rawAnswer(417, `Header Expect: ${given} is not supported; 100-continue is.`);
  response.writeHead(417, headers).end(text);
}

function rawAnswer(status: number, message: string, more: Readonly<Record<string, string>> = {}) {
  const { body } = answerStatus(status, message);
  const text = JSON.stringify(body);
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'X-Request-Id': newId(),
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
    ...more,
  };
  return { line: body.status.replaceAll('_', ' '), headers, text };
}

function problemOf({ code, rawPacket }: ClientError): [number, string] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return isInRequestLine(rawPacket)
        ? [414, `The URL is too long: the request line and the headers may have at most ${headersLimit} bytes in all.`]
        : [431, `The request line and the headers may have at most ${headersLimit} bytes in all.`];
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return [413, `The chunk extensions of a body may have at most ${headersLimit} bytes.`];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, 'The request was too slow: headers may take 60 seconds, a whole request 120.'];
    default:
      return [400, 'The request is not well-formed HTTP/1.1.'];
  }
}

function isInRequestLine(packet: unknown): boolean {
  if (!Buffer.isBuffer(packet)) return false;
  const end = packet.indexOf('\r\n');
  return /^[A-Z]{3,10} \S/.test(packet.toString('latin1', 0, 16)) && (end < 0 || end >= headersLimit);
}
