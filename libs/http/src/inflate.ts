import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { RefusedError } from '#libs/kernel';
import { tooLarge } from './body-reader';

const inflateGzip = promisify(gunzip);

/**
 * Decompresses a gzip body in a separate thread.
 * @param limit bytes after decompression.
 * @throws RefusedError REQUEST_TOO_LARGE; BAD_REQUEST if it is not gzip.
 */
export async function inflate(bytes: Buffer, limit: number): Promise<Buffer> {
  try {
    return await inflateGzip(bytes, { maxOutputLength: limit });
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit);
    throw new RefusedError('BAD_REQUEST', 'The request body is not valid gzip, although its Content-Encoding says so.');
  }
}
