import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { replaceFile } from '../application/durable-file';
import {
  isKeyName,
  keyTypes,
  noteBounds,
  parseSignerKey,
  parseVerifierKey,
  type SignerKey,
  signerKey,
} from '../domain';
import { Witness } from './witness';

/** Milliseconds that a request may take. */
const patience = 10_000;
/** Connections that are open at once. */
const maxConnections = 100;

export interface WitnessOptions {
  /** Its own folder, for what it has seen. Created if it is missing. Only one witness may use it. */
  readonly folder: string;
  /** The file of its key; absent: `witness-key` in its folder. */
  readonly keyFile?: string;
  /** The name for a new key: a URL without scheme. The file is made with it (mode 0600), if it is missing. */
  readonly name?: string;
  /** The keys of the logs that it watches, as texts. */
  readonly logs: readonly string[];
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

export interface RunningWitness {
  readonly url: string;
  /** Its key as text, for policies. */
  readonly key: string;
  close(): Promise<void>;
}

/**
 * Serves a witness over HTTP: POST `/add-checkpoint`. Run it on another machine, as somebody who does not run the log.
 * @throws Error if a key is wrong, or the port is taken.
 */
export async function startWitness({
  folder,
  keyFile = join(folder, 'witness-key'),
  name,
  logs,
  host,
  port,
}: WitnessOptions): Promise<RunningWitness> {
  const keys = logs.map(parseVerifierKey);
  if (keys.some(({ type }) => type !== keyTypes.log))
    throw new Error('A witness watches logs: give it keys of type 01.');
  mkdirSync(folder, { recursive: true });
  const key = witnessKey(keyFile, name);
  const witness = new Witness(folder, key, keys, () => Date.now());
  const server = createServer({ requestTimeout: patience, headersTimeout: patience }, (request, response) => {
    serve(witness, request, response).catch(() => response.destroy());
  });
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    key: key.verifier.text,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(witness: Witness, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, text } = await answerTo(witness, request);
  const type = status === 409 ? 'text/x.tlog.size' : 'text/plain; charset=utf-8';
  response.writeHead(status, { 'content-type': type }).end(text);
}

async function answerTo(witness: Witness, request: IncomingMessage): Promise<{ status: number; text: string }> {
  if (request.url !== '/add-checkpoint') return { status: 404, text: 'The only path is /add-checkpoint.\n' };
  if (request.method !== 'POST') return { status: 405, text: 'The only method is POST.\n' };
  const body = await read(request);
  if (body === null) return { status: 413, text: `The body has at most ${noteBounds.bytes} bytes.\n` };
  return witness.addCheckpoint(body);
}

/** Null if it is too large. */
async function read(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    const chunk = part as Buffer;
    bytes += chunk.length;
    if (bytes > noteBounds.bytes) return null;
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString('utf8');
}

function witnessKey(file: string, name: string | undefined): SignerKey {
  if (existsSync(file)) {
    try {
      return parseSignerKey(readFileSync(file, 'utf8'), keyTypes.witness);
    } catch (error) {
      throw new Error(`${file} ${(error as Error).message}`, { cause: error });
    }
  }
  if (name === undefined || !isKeyName(name)) {
    throw new Error(`${file} is not there: name the new key, with a URL without scheme, spaces and plus signs.`);
  }
  const key = signerKey(name, keyTypes.witness, randomBytes(32));
  replaceFile(file, `${key.text}\n`);
  return key;
}
