import { createHash } from 'node:crypto';
import type { Clock } from '#libs/kernel';
import { AwsClient } from 'aws4fetch';
import type { LogPlace } from './log-place';

export interface S3Options {
  readonly bucket: string;
  /** In front of every key, without a slash at either end; may be empty. */
  readonly prefix: string;
  /** `https://…`; the bucket is in the path. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Days for which nobody may change or remove what is complete (Object Lock in compliance mode); 0: no lock is asked for. */
  readonly lockDays: number;
  /** Milliseconds for one request. Absent: 10 s. */
  readonly patience?: number;
}

const usualPatience = 10_000;
/** The most bytes of an object: a bundle of 256 entries has 21,248; a signed note at most 64 KiB. */
const maxObject = 64 * 1024;
const day = 86_400_000;
const isPartial = /\.p\/\d+$/;

/**
 * A bucket of S3, or of a store that speaks like it. Each object is created only if it is not there (`If-None-Match`),
 * so that nothing is overwritten; only `checkpoint` is replaced. Each request is signed (Signature Version 4) and has
 * the SHA-256 of its content.
 */
export class S3Place implements LogPlace {
  readonly name = 's3';
  private readonly client: AwsClient;

  constructor(
    private readonly options: S3Options,
    private readonly clock: Clock,
  ) {
    const { accessKeyId, secretAccessKey, sessionToken, region } = options;
    this.client = new AwsClient({
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
      region,
      service: 's3',
    });
  }

  nameOf(path: string): string {
    return `s3://${this.options.bucket}/${this.keyOf(path)}`;
  }

  async read(path: string): Promise<Buffer | null> {
    const { status, body } = await this.send('GET', path, {});
    if (status === 404) return null;
    if (status !== 200) throw this.refusal('GET', path, status, body);
    return body;
  }

  async create(path: string, content: Buffer): Promise<boolean> {
    const headers = {
      'if-none-match': '*',
      'cache-control': 'public, max-age=31536000, immutable',
      ...this.lockOf(path),
    };
    const { status, body } = await this.send('PUT', path, headers, content);
    if (status === 412) return false;
    if (status !== 200) throw this.refusal('PUT', path, status, body);
    return true;
  }

  async replace(path: string, content: Buffer): Promise<void> {
    const { status, body } = await this.send('PUT', path, { 'cache-control': 'no-cache' }, content);
    if (status !== 200) throw this.refusal('PUT', path, status, body);
  }

  private keyOf(path: string): string {
    return this.options.prefix === '' ? path : `${this.options.prefix}/${path}`;
  }

  /** Partial tiles are not locked: a rule of the bucket may remove them. */
  private lockOf(path: string): Record<string, string> {
    const { lockDays } = this.options;
    if (lockDays === 0 || isPartial.test(path)) return {};
    return {
      'x-amz-object-lock-mode': 'COMPLIANCE',
      'x-amz-object-lock-retain-until-date': new Date(this.clock.now() + lockDays * day).toISOString(),
    };
  }

  private async send(
    method: 'GET' | 'PUT',
    path: string,
    headers: Record<string, string>,
    content?: Buffer,
  ): Promise<{ readonly status: number; readonly body: Buffer }> {
    const { endpoint, bucket, patience = usualPatience } = this.options;
    const digest = createHash('sha256')
      .update(content ?? '')
      .digest();
    try {
      const signed = await this.client.sign(`${endpoint}/${bucket}/${this.keyOf(path)}`, {
        method,
        headers: {
          ...headers,
          'x-amz-content-sha256': digest.toString('hex'),
          ...(content && {
            'content-type': path.includes('checkpoint') ? 'text/plain; charset=utf-8' : 'application/octet-stream',
            'x-amz-checksum-sha256': digest.toString('base64'),
          }),
        },
        ...(content && { body: new Uint8Array(content) }),
      });
      const answer = await fetch(signed, { redirect: 'manual', signal: AbortSignal.timeout(patience) });
      return { status: answer.status, body: await bytesOf(answer) };
    } catch (error) {
      const { cause, message } = error as { cause?: { message?: string }; message: string };
      throw new Error(`${this.nameOf(path)} cannot be reached: ${cause?.message ?? message}`, { cause: error });
    }
  }

  /** Only the code of the refusal: its text may repeat what was signed, and by which key. */
  private refusal(method: string, path: string, status: number, body: Buffer): Error {
    const [, code = ''] = /<Code>([A-Za-z0-9.]{1,100})<\/Code>/.exec(body.toString('utf8')) ?? [];
    return new Error(`${method} ${this.nameOf(path)}: the store answered ${status}${code && ` ${code}`}.`);
  }
}

async function bytesOf(answer: Response): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  if (!answer.body) return Buffer.alloc(0);
  for await (const part of answer.body) {
    const chunk = Buffer.from(part as Uint8Array);
    bytes += chunk.length;
    if (bytes > maxObject) throw new Error(`the answer has more than ${maxObject} bytes`);
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}
