import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const s3Keys = { accessKeyId: 'AKIDSTANDIN', secretAccessKey: 'a-secret-of-the-stand-in', region: 'eu-test-1' };

export interface StoredObject {
  readonly content: Buffer;
  readonly headers: IncomingMessage['headers'];
}

type Trouble = 'none' | '403' | '503' | 'hangs' | 'cuts';

/** Speaks as much S3 as the log needs, and refuses what is not signed as Signature Version 4 says. */
export class S3StandIn {
  readonly objects = new Map<string, StoredObject>();
  readonly requests: string[] = [];
  trouble: Trouble = 'none';
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  static async start(): Promise<S3StandIn> {
    const store = new S3StandIn();
    await new Promise<void>((resolve) => store.server.listen(0, '127.0.0.1', resolve));
    return store;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const content = Buffer.concat(parts);
    const { method = '', url = '' } = request;
    this.requests.push(`${method} ${url}`);
    if (this.trouble === 'hangs') return;
    if (this.trouble === 'cuts') {
      request.socket.destroy();
      return;
    }
    const { status, body = '' } = this.answerTo(request, content);
    response.statusCode = status;
    response.end(body);
  }

  private answerTo(request: IncomingMessage, content: Buffer): Reply {
    if (this.trouble === '503') return refusal(503, 'SlowDown');
    if (this.trouble === '403') return refusal(403, 'AccessDenied');
    if (!isSigned(request, content)) return refusal(403, 'SignatureDoesNotMatch');
    const { method = '', url = '', headers } = request;
    const there = this.objects.get(url);
    if (method === 'GET') return there ? { status: 200, body: there.content } : refusal(404, 'NoSuchKey');
    if (there && headers['if-none-match'] === '*') return refusal(412, 'PreconditionFailed');
    this.objects.set(url, { content, headers });
    return { status: 200 };
  }
}

interface Reply {
  readonly status: number;
  readonly body?: string | Buffer;
}

/** S3 repeats what was signed, and by whom. */
function refusal(status: number, code: string): Reply {
  return {
    status,
    body: `<Error><Code>${code}</Code><AWSAccessKeyId>${s3Keys.accessKeyId}</AWSAccessKeyId></Error>`,
  };
}

/** By the definition of Signature Version 4, without the code that signs. */
function isSigned(request: IncomingMessage, content: Buffer): boolean {
  const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');
  const { headers, method = '', url = '' } = request;
  const [, date = '', names = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=AKIDSTANDIN\/(\d{8})\/eu-test-1\/s3\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    ) ?? [];
  const bound = ['host', 'x-amz-content-sha256', 'x-amz-date', ...(headers['if-none-match'] ? ['if-none-match'] : [])];
  const isBound = bound.every((name) => names.split(';').includes(name));
  if (!isBound || headers['x-amz-content-sha256'] !== sha256(content)) return false;
  const signed = names.split(';').map((name) => `${name}:${String(headers[name])}\n`);
  const canonical = [method, url, '', signed.join(''), names, sha256(content)].join('\n');
  const scope = `${date}/${s3Keys.region}/s3/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = [date, s3Keys.region, 's3', 'aws4_request'].reduce<string | Buffer>(
    (from, part) => createHmac('sha256', from).update(part).digest(),
    `AWS4${s3Keys.secretAccessKey}`,
  );
  return createHmac('sha256', key).update(toSign).digest('hex') === signature;
}
