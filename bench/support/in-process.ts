import { once } from 'node:events';
import type { Order } from '../in-process-host';
import type { Bench } from './bench';
import { type RunningServer, startProgram } from './server';

/** The server in a process that gives itself commands, on a database of its own. */
export class InProcess {
  private constructor(readonly server: RunningServer) {}

  /** `buildsTrail`: it also builds the transparency log, as workers do. */
  static async start(bench: Bench, flags: readonly string[] = [], buildsTrail = false): Promise<InProcess> {
    const databaseUrl = await bench.createDatabase(buildsTrail ? 'inside_trail' : 'inside');
    const program = ['bench/in-process-host.js', ...(buildsTrail ? ['--trail'] : [])];
    // The flag that the server sets for itself.
    const settings = { logFile: bench.logFile, flags: ['--heap-growing-percent=40', ...flags], hasChannel: true };
    return new InProcess(bench.running(await startProgram(program, databaseUrl, settings)));
  }

  /** Resolves when all commands are committed. How many they were. */
  async execute(type: Order['type'], ids: readonly string[], width: number): Promise<number> {
    const { child } = this.server;
    const order: Order = { type, ids, width };
    const over = new AbortController();
    const { signal } = over;
    const ended = once(child, 'exit', { signal }).then(() => {
      throw new Error('The server that gives itself commands has ended: its log tells why.');
    });
    const done = once(child, 'message', { signal });
    child.send(order);
    await Promise.race([done, ended]).finally(() => over.abort());
    await Promise.allSettled([done, ended]);
    return ids.length;
  }
}
