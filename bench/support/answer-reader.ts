/** One answer over HTTP/1.1. */
export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

const empty = Buffer.alloc(0);

/**
 * Reads answers out of the bytes of one connection: the status and a body of `Content-Length` bytes, nothing else. It knows as much of
 * HTTP as the server's answers need, so that reading them costs next to nothing.
 */
export class AnswerReader {
  private bytes: Buffer = empty;
  private head: { readonly status: number; readonly end: number; readonly length: number } | null = null;

  /** The next answer, once all of its bytes are there. */
  read(chunk: Buffer): Answer | null {
    this.bytes = this.bytes.length === 0 ? chunk : Buffer.concat([this.bytes, chunk]);
    this.head ??= headOf(this.bytes);
    if (!this.head || this.bytes.length < this.head.end + this.head.length) return null;
    const { status, end, length } = this.head;
    const body = this.bytes.subarray(end, end + length);
    this.bytes = this.bytes.subarray(end + length);
    this.head = null;
    return { status, body };
  }
}

function headOf(bytes: Buffer) {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const text = bytes.toString('latin1', 0, end);
  const status = Number(text.slice(9, 12));
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
  if (length === undefined && status !== 204) throw new Error(`An answer without Content-Length: ${text}`);
  return { status, end: end + 4, length: Number(length ?? 0) };
}
