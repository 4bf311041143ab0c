import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '#libs/testing';
import {
  logFiles,
  makeLogKey,
  parsePolicy,
  type RunningWitness,
  startWitness,
  TransparencyWorker,
} from '#libs/transparency';
import { TestServer } from './harness';

/** A server whose trail is signed, cosigned by a witness, and written to a folder. */
export class SignedTrail {
  readonly alarms: string[] = [];
  private isClosed = false;

  private constructor(
    readonly folder: string,
    readonly server: TestServer,
    readonly witness: RunningWitness,
    /** The log's key as text. */
    readonly key: string,
  ) {}

  static async start(): Promise<SignedTrail> {
    const folder = mkdtempSync(join(tmpdir(), 'runledger-trail-'));
    const key = makeLogKey(folder, 'ledger.example/prod');
    const witness = await startWitness({
      folder: join(folder, 'witness'),
      name: 'witness.example/w1',
      logs: [key.verifier.text],
      host: '127.0.0.1',
      port: 0,
    });
    const policy = parsePolicy(`witness w1 ${witness.key} ${witness.url}\nquorum w1`);
    const server = await TestServer.start({
      signing: { key, stateFile: join(folder, logFiles.state), isNamed: false, policy, folder: join(folder, 'public') },
    });
    return new SignedTrail(folder, server, witness, key.verifier.text);
  }

  /** Where checkpoints and tiles are. */
  get files(): string {
    return join(this.folder, 'public');
  }

  /** Waits until everything that is committed is in the tree, and signs it. Answers how many events that are. */
  async sign(): Promise<number> {
    const position = await this.head();
    await until(
      async () => (await this.server.get('/api/v2/trail')).body.size as number,
      (size) => size >= position,
    );
    await this.server.server.app.get(TransparencyWorker).step({
      onAlarm: (part, alarm) => void this.alarms.push(`${part}: ${alarm}`),
      onError: (error) => void this.alarms.push(String(error)),
    });
    // A refused attempt may have been recorded meanwhile.
    return (await this.head()) === position ? position : this.sign();
  }

  private async head(): Promise<number> {
    const { rows } = await this.server.pool.query<{ position: string }>('select position from ledger_head');
    return Number(rows[0]?.position);
  }

  /** Its database stays. */
  async closeServer(): Promise<void> {
    this.isClosed = true;
    await this.server.server.close();
  }

  async stop(): Promise<void> {
    if (this.isClosed) {
      await this.server.pool.end();
      await this.server.database.drop();
    } else {
      await this.server.stop();
    }
    await this.witness.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
