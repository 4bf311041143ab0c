import type { Answer } from './answer-reader';
import { Connection } from './connection';
import { adminToken } from './server';

/** Does the work on all items, on so many of them at once. */
export async function inFlight<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) await work(items[next++] as Item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

/**
 * The load generator: a fixed number of connections that are kept open. It writes requests whose bytes were made before, and reads no
 * more of an answer than its status and its length, so that it is not what limits a figure.
 */
export class Client {
  private readonly host: string;
  private readonly port: number;
  private readonly idle: Connection[] = [];
  private readonly queue: ((connection: Connection) => void)[] = [];
  private opened = 0;

  constructor(
    readonly url: string,
    readonly connections: number,
  ) {
    const { hostname, port } = new URL(url);
    this.host = hostname;
    this.port = Number(port);
  }

  /** The bytes of a request. */
  prepare(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Buffer {
    const isText = typeof body === 'string';
    const payload = body === undefined ? '' : isText ? body : JSON.stringify(body);
    const lines = [
      `${method} ${path} HTTP/1.1`,
      `host: ${this.host}:${this.port}`,
      `authorization: Bearer ${adminToken}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      ...(body === undefined
        ? []
        : [
            `content-type: ${isText ? 'text/plain' : 'application/json'}`,
            `content-length: ${Buffer.byteLength(payload)}`,
          ]),
    ];
    return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${payload}`);
  }

  /** Sends a request over a connection that is free; waits for one if there is none. */
  async send(request: Buffer): Promise<Answer> {
    const connection = await this.take();
    try {
      const answer = await connection.send(request);
      if (answer.status === 200 || answer.status === 204) return answer;
      throw new Error(`${request.toString().split(' HTTP', 1).join()}: ${answer.status} ${answer.body.toString()}`);
    } finally {
      this.giveBack(connection);
    }
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<string> {
    return (await this.send(this.prepare(method, path, body, headers))).body.toString();
  }

  /** All items, as many at once as there are connections. */
  each<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
    return inFlight(items, this.connections, work);
  }

  /** Sends all requests, as many at once as there are connections. How many they were. */
  async sendAll(requests: readonly Buffer[]): Promise<number> {
    await this.each(requests, (request) => this.send(request));
    return requests.length;
  }

  close(): void {
    for (const connection of this.idle) connection.close();
  }

  private take(): Connection | Promise<Connection> {
    for (let connection = this.idle.pop(); connection; connection = this.idle.pop()) {
      if (!connection.isClosed) return connection;
      this.opened--;
    }
    if (this.opened >= this.connections) return new Promise((resolve) => this.queue.push(resolve));
    this.opened++;
    return new Connection(this.host, this.port);
  }

  private giveBack(connection: Connection): void {
    const next = this.queue.shift();
    if (connection.isClosed) {
      if (next) next(new Connection(this.host, this.port));
      else this.opened--;
    } else if (next) next(connection);
    else this.idle.push(connection);
  }
}
