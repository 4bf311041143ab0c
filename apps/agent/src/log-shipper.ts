type Send = (offset: number, chunk: Buffer) => Promise<void>;

const flushInterval = 200;
const maxChunk = 64 * 1024;
/** The server stores no more than this many bytes, so the agent sends no more. */
const maxLog = 10 * 1024 * 1024 + 1;

/** Sends a task's output as it comes, in order, one chunk at a time. A failure to send never fails the task. */
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

  /** Resolves when all output was sent, or a chunk could not be sent: the end of a task does not wait for the rest. */
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
