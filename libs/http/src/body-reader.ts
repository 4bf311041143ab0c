import { RefusedError } from '#libs/kernel';
import type { Readable } from 'node:stream';
import { allBodiesLimit } from './bounds';

/** Reads bodies up to their limits; also limits the bytes that all bodies hold together. */
export class BodyReader {
  private held = 0;

  /**
   * @param limit bytes.
   * @param announced the header `Content-Length`: it does not read a body that is announced as too large.
   * @throws RefusedError REQUEST_TOO_LARGE; SERVICE_UNAVAILABLE if other bodies use all the room.
   */
  async read(payload: Readable, limit: number, announced?: string): Promise<Buffer> {
    if (Number(announced ?? 0) > limit) throw tooLarge(limit);
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      // The stream belongs to the connection: destroying it would prevent the answer.
      for await (const chunk of payload.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        size += chunk.length;
        this.held += chunk.length;
        if (size > limit) throw tooLarge(limit);
        if (this.held > allBodiesLimit) {
          throw new RefusedError(
            'SERVICE_UNAVAILABLE',
            `The server is reading ${allBodiesLimit} bytes of request bodies: try again.`,
          );
        }
        chunks.push(chunk);
      }
      return Buffer.concat(chunks, size);
    } catch (error) {
      if (error instanceof RefusedError) throw error;
      throw new RefusedError('BAD_REQUEST', 'The connection ended before the request body was complete.');
    } finally {
      this.held -= size;
    }
  }
}

export function tooLarge(limit: number): RefusedError {
  return new RefusedError('REQUEST_TOO_LARGE', `The request body is larger than ${limit} bytes.`);
}
