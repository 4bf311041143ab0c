import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, until } from '#libs/testing';
import { logFiles, makeLogKey, TransparencyWorker } from '#libs/transparency';
import { TestServer } from './harness';

it('a new origin of the trail is an event of the ledger, once, with the last checkpoint of the log before', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runledger-origin-'));
  const [first, second] = ['first', 'second'].map((name) => mkdtempSync(join(folder, name))) as [string, string];
  const database = await createTestDatabase();
  const keys = { old: makeLogKey(first, 'ledger.example/prod'), next: makeLogKey(second, 'ledger.example/prod/2') };
  const serve = (key: typeof keys.old, isNamed: boolean, home: string) =>
    TestServer.start({
      database,
      signing: { key, stateFile: join(home, logFiles.state), isNamed, reason: 'restored from the backup of Monday' },
    });
  const sign = async (server: TestServer): Promise<string> => {
    const alarms: string[] = [];
    await until(
      async () => (await server.get('/api/v2/trail')).body.size as number,
      (size) => size > 0,
    );
    await server.server.app.get(TransparencyWorker).step({
      onAlarm: (_part, alarm) => void alarms.push(alarm),
      onError: (error) => void alarms.push(String(error)),
    });
    expect(alarms).toEqual([]);
    return (await server.get('/api/v2/trail/checkpoint')).text;
  };
  const recorded = async (server: TestServer) =>
    (await server.get('/api/v2/audit?kinds=trail&actions=BeginTrail')).body.entries as Record<string, unknown>[];

  const one = await serve(keys.old, true, first);
  await one.createTeam('alpha');
  const checkpoint = await sign(one);
  expect(await recorded(one)).toEqual([]);
  await one.stop();

  // Two starts before the new log has signed anything.
  for (let start = 0; start < 2; start++) await (await serve(keys.next, true, second)).stop();
  const three = await serve(keys.next, true, second);
  expect(await recorded(three)).toMatchObject([
    {
      actor: { kind: 'system', id: 'trail' },
      reason: 'restored from the backup of Monday',
      details: {
        origin: 'ledger.example/prod/2',
        former: { origin: 'ledger.example/prod', size: Number(checkpoint.split('\n')[1]), checkpoint },
      },
    },
  ]);
  expect(await sign(three)).toContain('ledger.example/prod/2\n');
  await three.stop();
  const four = await serve(keys.next, true, second);
  expect(await recorded(four)).toHaveLength(1);
  await four.stop();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});
