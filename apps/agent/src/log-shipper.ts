type Send = (offset: number, chunk: Buffer) => Promise<void>;

const flushInterval = 200;
const maxChunk = 64 * 1024;
/** Bytes after which the server keeps no more: nothing is gained by sending it. */
const maxLog = 10 * 1024 * 1024 + 1;

/** Sends what a task prints as it comes, in order, one chunk at a time. A log that cannot be sent never fails its task. */
export class LogShipper {
  private waiting: Buffer[] = [];
  private offset = 0;
  private sending: Promise<void> | null = null;
  private timer: NodeJS.Timeout | null = null;
  private size = 0;
  private isLast = false;

  constructor(
    private readonly send: Send,
    private readonly onError: (error: unknown) => void,
  ) {}

  write(chunk: Buffer): void {
    if (this.size >= maxLog) return;
    const kept = chunk.subarray(0, maxLog - this.size);
    this.size += kept.length;
    this.waiting.push(kept);
    this.timer ??= setTimeout(() => {
      this.timer = null;
      void this.ship();
    }, flushInterval);
  }

  /** Resolves once all that was written has been sent, or a piece could not be: the end of a task does not wait for the rest. */
  async flush(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.isLast = true;
    while (this.waiting.length > 0 || this.sending) await this.ship();
  }

  private ship(): Promise<void> {
    this.sending ??= this.shipAll().finally(() => {
      this.sending = null;
    });
    return this.sending;
  }

  private async shipAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const all = Buffer.concat(this.waiting);
      const chunk = all.subarray(0, maxChunk);
      this.waiting = all.length > maxChunk ? [all.subarray(maxChunk)] : [];
      try {
        await this.send(this.offset, chunk);
      } catch (error) {
        this.onError(error);
        if (this.isLast) this.waiting = [];
      }
      this.offset += chunk.length;
    }
  }
}
