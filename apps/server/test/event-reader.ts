import { until } from '#libs/testing';
import { get, type IncomingMessage } from 'node:http';
import type { TestServer } from './harness';

export interface StreamedMessage {
  readonly id?: number;
  readonly event?: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- specs look into bodies of every shape
  readonly data?: any;
}

/** The address of a test server, which listens from the first call on. */
export async function addressOf({ server: { app } }: TestServer): Promise<string> {
  const { listening } = app.getHttpServer() as { listening: boolean };
  if (!listening) await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { port: number };
  return `http://127.0.0.1:${port}`;
}

/** A client of an event stream. */
export class EventReader {
  readonly messages: StreamedMessage[] = [];
  /** As it came. */
  text = '';
  isOver = false;
  private rest = '';

  private constructor(readonly answer: IncomingMessage) {
    answer.setEncoding('utf8');
    answer.on('close', () => (this.isOver = true));
    answer.on('error', () => (this.isOver = true));
  }

  /** `isSlow`: reads nothing before `resume`. */
  static async open(
    url: string,
    token: string,
    { headers = {}, isSlow = false }: { headers?: Record<string, string>; isSlow?: boolean } = {},
  ): Promise<EventReader> {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const all = { accept: 'text/event-stream', authorization: `Bearer ${token}`, ...headers };
      get(url, { headers: all }, resolve).on('error', reject);
    });
    const reader = new EventReader(answer);
    if (!isSlow) reader.resume();
    return reader;
  }

  resume(): void {
    this.answer.on('data', (text: string) => this.read(text));
  }

  /** The events of the ledger that have come. */
  get events(): StreamedMessage[] {
    return this.messages.filter(({ event }) => event !== undefined && !['ready', 'end', 'shed'].includes(event));
  }

  get ids(): number[] {
    return this.events.map(({ id }) => id ?? 0);
  }

  /** Waits for a message. */
  async next(event: string): Promise<StreamedMessage> {
    const find = () => Promise.resolve(this.messages.find((each) => each.event === event));
    return (await until(find, (found) => found !== undefined)) ?? {};
  }

  async whole(): Promise<void> {
    await until(
      () => Promise.resolve(this.isOver),
      (isOver) => isOver,
    );
  }

  close(): void {
    this.answer.destroy();
  }

  private read(text: string): void {
    this.text += text;
    const blocks = (this.rest + text).split('\n\n');
    this.rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = block.split('\n').flatMap((line) => {
        const [, name = '', value = ''] = /^(\w+): (.*)$/.exec(line) ?? [];
        return name === '' ? [] : [[name, value] as const];
      });
      const { id, event, data } = Object.fromEntries(fields) as Record<string, string | undefined>;
      this.messages.push({
        ...(id !== undefined && { id: Number(id) }),
        ...(event !== undefined && { event }),
        ...(data !== undefined && { data: JSON.parse(data) as unknown }),
      });
    }
  }
}
