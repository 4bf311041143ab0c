import type { ClaimedTask } from './protocol';

/** A report about a task, as one of several. */
export interface BatchedReport {
  readonly id: string;
  readonly fence: number;
  readonly report: 'start' | 'end';
  readonly body: object;
}

/** What became of one: its own call's HTTP status, and the error if that is one. */
export interface BatchedAnswer {
  readonly status: number;
  readonly error?: { readonly code: number; readonly message: string };
  /** What the agent has got with it. */
  readonly next?: readonly ClaimedTask[];
}

interface Waiting {
  readonly report: BatchedReport;
  /** Whether the agent takes a task that this report makes ready. */
  readonly takesNext: boolean;
  readonly bytes: number;
  readonly resolve: (answer: BatchedAnswer | null) => void;
  readonly reject: (error: unknown) => void;
}

/** The server's bounds, with room for what surrounds the reports. */
const maxReports = 256;
const maxBytes = 512 * 1024;

/**
 * Sends the reports that are due together in one request. While one request is under way the next one gathers, so a lone report waits for
 * nothing.
 */
export class ReportBatcher {
  private waiting: Waiting[] = [];
  private isSending = false;

  /** @param send resolves to one answer for each report, in their order. `next`: tasks to take with them at most. */
  constructor(
    private readonly send: (reports: readonly BatchedReport[], next: number) => Promise<readonly BatchedAnswer[]>,
  ) {}

  /** The answer to the report; null where it was alone, takes no next task, and so should use its own call. */
  add(report: BatchedReport, takesNext = false): Promise<BatchedAnswer | null> {
    const bytes = Buffer.byteLength(JSON.stringify(report));
    return new Promise((resolve, reject) => {
      this.waiting.push({ report, takesNext, bytes, resolve, reject });
      if (!this.isSending) void this.sendAll();
    });
  }

  private async sendAll(): Promise<void> {
    this.isSending = true;
    // Those of one turn of the event loop go together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) await this.sendSome(this.take());
    this.isSending = false;
  }

  private take(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const each of this.waiting) {
      bytes += each.bytes;
      if (count > 0 && (bytes > maxBytes || count >= maxReports)) break;
      count++;
    }
    return this.waiting.splice(0, count);
  }

  private async sendSome(taken: readonly Waiting[]): Promise<void> {
    const [only, ...others] = taken;
    const next = taken.filter(({ takesNext }) => takesNext).length;
    if (only && others.length === 0 && next === 0) {
      only.resolve(null);
      return;
    }
    try {
      const answers = await this.send(
        taken.map(({ report }) => report),
        next,
      );
      taken.forEach(({ resolve }, place) => resolve(answers[place] ?? null));
    } catch (error) {
      for (const { reject } of taken) reject(error);
    }
  }
}
