import { connect, type Socket } from 'node:net';
import { type Answer, AnswerReader } from './answer-reader';

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** A connection that is kept open, and carries one request at a time. */
export class Connection {
  private readonly socket: Socket;
  private readonly reader = new AnswerReader();
  private waiting: Waiting | null = null;
  private closed = false;

  constructor(host: string, port: number) {
    this.socket = connect({ host, port, noDelay: true });
    this.socket.on('data', (chunk) => this.read(chunk));
    this.socket.on('error', (error) => this.end(error));
    this.socket.on('close', () => this.end(new Error('The server has closed the connection.')));
  }

  get isClosed(): boolean {
    return this.closed;
  }

  send(request: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.write(request);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private read(chunk: Buffer): void {
    try {
      const answer = this.reader.read(chunk);
      if (!answer) return;
      const { waiting } = this;
      this.waiting = null;
      waiting?.resolve(answer);
    } catch (error) {
      this.end(error as Error);
      this.socket.destroy();
    }
  }

  private end(error: Error): void {
    this.closed = true;
    this.waiting?.reject(error);
    this.waiting = null;
  }
}
