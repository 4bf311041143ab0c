import { RefusedError } from '#libs/kernel';
import { Worker } from 'node:worker_threads';
import { maxNesting, maxYamlAliases, maxYamlWaiting, yamlJsonLimit, yamlTimeLimit } from './bounds';
import { readYaml, type YamlReading } from './read-yaml';

/** MiB of memory for the thread. */
const threadMemory = 128;
/** Milliseconds without work after which the thread ends. */
const idleTime = 10_000;

const threadSource = `
const { parentPort } = require('node:worker_threads');
const yaml = require(${JSON.stringify(require.resolve('yaml'))});
const read = ${readYaml.toString()};
parentPort.on('message', ({ text, limits }) => parentPort.postMessage(read(yaml, text, limits)));`;

/** Reads YAML bodies in a thread, one at a time, with a limit on time and memory: no document blocks the event loop. */
export class YamlReader {
  private thread: Worker | null = null;
  private idle: NodeJS.Timeout | null = null;
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /** @param timeLimit milliseconds for one document. */
  constructor(private readonly timeLimit = yamlTimeLimit) {}

  /**
   * The document as a JSON value.
   * @throws RefusedError BAD_REQUEST naming the line or the bound; SERVICE_UNAVAILABLE if too many wait.
   */
  async read(text: string): Promise<unknown> {
    if (this.waiting >= maxYamlWaiting) {
      throw new RefusedError('SERVICE_UNAVAILABLE', `${maxYamlWaiting} YAML bodies wait to be read: try again.`);
    }
    this.waiting += 1;
    const turn = this.last.then(() => this.readNow(text));
    this.last = turn.catch(() => undefined);
    try {
      const reading = await turn;
      if ('json' in reading) return JSON.parse(reading.json) as unknown;
      throw new RefusedError('BAD_REQUEST', `The request body is not usable YAML: ${reading.problem}.`);
    } finally {
      this.waiting -= 1;
    }
  }

  private async readNow(text: string): Promise<YamlReading> {
    if (this.idle) clearTimeout(this.idle);
    const thread = (this.thread ??= this.startThread());
    try {
      return await answerOf(thread, text, this.timeLimit);
    } catch {
      this.thread = null;
      await thread.terminate();
      return { problem: `reading it takes more than ${this.timeLimit} ms or ${threadMemory} MiB; send it as JSON` };
    } finally {
      this.idle = setTimeout(() => this.endThread(), idleTime).unref();
    }
  }

  private startThread(): Worker {
    const resourceLimits = { maxOldGenerationSizeMb: threadMemory };
    const thread = new Worker(threadSource, { eval: true, resourceLimits, env: {}, execArgv: [] });
    thread.unref();
    // If the thread ends while it reads, that read reports it.
    thread.on('error', () => undefined);
    return thread;
  }

  private endThread(): void {
    void this.thread?.terminate();
    this.thread = null;
  }
}

/** Rejects if the thread ends, or takes longer. */
function answerOf(thread: Worker, text: string, timeLimit: number): Promise<YamlReading> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      clearTimeout(timer);
      thread.off('message', answered).off('error', failed).off('exit', failed);
      act();
    };
    const answered = (reading: YamlReading) => settle(() => resolve(reading));
    const failed = () => settle(() => reject(new Error('the thread has ended')));
    const timer = setTimeout(failed, timeLimit);
    thread.on('message', answered).on('error', failed).on('exit', failed);
    thread.postMessage({ text, limits: { aliases: maxYamlAliases, levels: maxNesting, json: yamlJsonLimit } });
  });
}
