import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '#libs/testing';
import { logFiles, makeLogKey, parsePolicy, TransparencyWorker } from '#libs/transparency';
import { TestServer } from '../../server/test/harness';
import { build } from '../../server/test/server-process';
import { entry, runledger, start } from './cli';

describe('runledger witness', () => {
  let folder: string;
  let witness: ChildProcess;
  let state: string;

  beforeAll(build);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'runledger-witness-'));
    state = join(folder, 'state');
  });
  afterEach(() => {
    witness.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  /** Starts it, and answers its line for a policy. */
  const run = async (log: string, port: number): Promise<string> => {
    const flags = ['--state', state, '--key', join(folder, 'key'), '--name', 'witness.example/w1'];
    witness = start(process.execPath, [entry, 'witness', ...flags, '--port', String(port), '--log', log], {});
    let out = '';
    witness.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
    return (await until(() => /^witness .*$/m.exec(out)?.[0])) ?? '';
  };
  const kill = async (): Promise<void> => {
    witness.kill('SIGKILL');
    await once(witness, 'exit');
  };

  it('cosigns a server, over kill -9, and no ledger that went back or apart', async () => {
    const key = makeLogKey(folder, 'ledger.example/prod');
    const line = await run(key.verifier.text, 0);
    expect(line).toMatch(/^witness witness\.example-w1 witness\.example\/w1\+\S+ http:\/\/127\.0\.0\.1:\d+$/);
    const port = Number(line.split(':').at(-1));
    const policy = parsePolicy(`${line}\nquorum witness.example-w1`);
    const serve = (name: string) =>
      TestServer.start({
        signing: { key, stateFile: join(folder, `${name}-${logFiles.state}`), isNamed: false, policy },
      });
    const sign = async (server: TestServer): Promise<string[]> => {
      const alarms: string[] = [];
      const { rows } = await server.pool.query<{ position: string }>('select position from ledger_head');
      await until(
        async () => (await server.get('/api/v2/trail')).body.size as number,
        (size) => size >= Number(rows[0]?.position),
      );
      await server.server.app.get(TransparencyWorker).step({
        onAlarm: (part, alarm) => void alarms.push(`${part}: ${alarm}`),
        onError: (error) => void alarms.push(String(error)),
      });
      return alarms;
    };
    const cosigned = async (server: TestServer) => (await server.get('/api/v2/trail/checkpoint')).text;

    const server = await serve('one');
    await server.createTeam('first');
    expect(await sign(server)).toEqual([]);
    const first = await cosigned(server);
    expect(first).toContain('— witness.example/w1 ');
    await kill();
    await server.createTeam('second');
    expect((await sign(server)).join()).toMatch(/witness witness.example\/w1 cannot be reached/);
    expect(await cosigned(server)).toBe(first);
    expect(await run(key.verifier.text, port)).toBe(line);
    expect(await sign(server)).toEqual([]);
    const second = await cosigned(server);
    expect(second).toContain('— witness.example/w1 ');
    expect(second).not.toBe(first);
    expect(statSync(join(folder, 'key')).mode & 0o777).toBe(0o600);

    // The same log over a ledger that is shorter: the witness has seen more of it.
    const shorter = await serve('two');
    expect((await sign(shorter)).join()).toMatch(
      /witness witness.example\/w1 has seen \d+ events, and the tree has \d+/,
    );
    // And over one that has grown as long, with other events.
    for (let team = 0; team < 4; team++) await shorter.createTeam(`team-${team}`);
    expect((await sign(shorter)).join()).toMatch(/422|has seen another tree/);
    await shorter.stop();

    // What the server has, asked for by hand: the memory has survived, and says no to the past.
    const url = line.split(' ').at(-1) ?? '';
    const old = await fetch(`${url}/add-checkpoint`, { method: 'POST', body: `old 0\n\n${ownNote(first)}` });
    expect([old.status, Number(await old.text())]).toEqual([409, Number(second.split('\n')[1])]);
    expect(readdirSync(state).filter((name) => name.startsWith('log-'))).toHaveLength(1);
    expect(readFileSync(join(state, readdirSync(state)[0] ?? ''), 'utf8')).toContain('"size"');
    await server.stop();
    witness.kill('SIGTERM');
    expect(await once(witness, 'exit')).toEqual([143, null]);
  });

  it('says what is wrong with its arguments', async () => {
    const flags = (...more: string[]) => runledger(['witness', '--state', state, ...more]);
    const key = makeLogKey(folder).verifier.text;
    expect(await flags()).toMatchObject({ code: 2, err: expect.stringContaining("'--log <key>' not specified") });
    expect(await flags('--log', 'x', '--name', 'w')).toMatchObject({ code: 2 });
    expect(await flags('--log', key)).toMatchObject({ code: 2, err: expect.stringContaining('name the new key') });
    expect(await flags('--log', key, '--name', 'w', '--port', '99999')).toMatchObject({
      code: 2,
      err: expect.stringContaining('from 0 to 65535'),
    });
    witness = start(process.execPath, [entry, 'witness', '--help'], {});
  });
});

/** The note with the log's own signature alone. */
function ownNote(note: string): string {
  return `${note.split('\n').slice(0, 5).join('\n')}\n`;
}
