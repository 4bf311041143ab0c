import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  isHung: boolean;
}

/** Sits between a program and its database on the loopback address, and breaks connections as networks do. */
export class TcpProxy {
  private readonly pairs = new Set<Pair>();
  private delay = 0;
  private hangsNew = false;
  private trickles = Infinity;
  private target = new URL('postgres://127.0.0.1');

  private constructor(
    private readonly server: Server,
    /** The database's address, through the proxy. */
    readonly url: string,
  ) {}

  static async start(databaseUrl: string): Promise<TcpProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const url = new URL(databaseUrl);
    url.hostname = '127.0.0.1';
    url.port = String(typeof address === 'object' && address ? address.port : 0);
    const proxy = new TcpProxy(server, url.toString());
    proxy.leadTo(databaseUrl);
    server.on('connection', (near) => proxy.join(near, connect(Number(proxy.target.port), proxy.target.hostname)));
    return proxy;
  }

  /** The target of new connections. */
  leadTo(databaseUrl: string): void {
    this.target = new URL(databaseUrl);
  }

  /** Milliseconds of delay in each direction. */
  slow(milliseconds: number): void {
    this.delay = milliseconds;
  }

  /** The database's answers arrive in pieces of so many bytes, a hundred a second. */
  trickle(bytes: number): void {
    this.trickles = bytes;
  }

  /** Ends every connection with a reset, on both sides. */
  reset(): void {
    for (const { near, far } of this.pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  }

  /**
   * From now on nothing passes over existing connections, in either direction, and neither side hears about it.
   * `andNew`: also over new connections.
   */
  hang({ andNew = false } = {}): void {
    for (const pair of this.pairs) pair.isHung = true;
    this.hangsNew = andNew;
  }

  /** New connections pass again; hanging ones stay hanging. */
  heal(): void {
    this.hangsNew = false;
    this.delay = 0;
    this.trickles = Infinity;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const { near, far } of this.pairs) {
      near.destroy();
      far.destroy();
    }
    await closed;
  }

  private join(near: Socket, far: Socket): void {
    const pair: Pair = { near, far, isHung: this.hangsNew };
    this.pairs.add(pair);
    this.forward(pair, near, far);
    this.forward(pair, far, near);
  }

  private forward(pair: Pair, from: Socket, to: Socket): void {
    const later = (act: () => void): void => {
      const pass = (): void => {
        if (!pair.isHung) act();
      };
      if (this.delay > 0) setTimeout(pass, this.delay);
      else pass();
    };
    let sent = Promise.resolve();
    from.on('data', (chunk: Buffer) => {
      if (from !== pair.far || this.trickles === Infinity) return later(() => to.write(chunk));
      sent = sent.then(() => this.inPieces(chunk, (piece) => later(() => to.write(piece))));
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      later(() => to.destroy());
      this.pairs.delete(pair);
      // If one side never hears about it, it is closed when the proxy stops.
      if (pair.isHung && !to.destroyed) this.pairs.add(pair);
    });
  }

  private async inPieces(chunk: Buffer, write: (piece: Buffer) => void): Promise<void> {
    const size = this.trickles;
    for (let begin = 0; begin < chunk.length; begin += size) {
      write(chunk.subarray(begin, begin + size));
      await sleep(10);
    }
  }
}
