import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { systemClock } from '#libs/kernel';
import { CommandProcessor, WakeUps } from '#libs/ledger';
import { createTestDatabase, type TestDatabase, until } from '#libs/testing';
import { Pool } from 'pg';
import { logKeyInFolder, makeLogKey } from './application/log-key';
import { type SigningOptions, TransparencyWorker } from './application/transparency-worker';
import { TreeBuilder } from './application/tree-builder';
import { WorkLog } from './application/work-log';
import {
  decodeEntry,
  keyTypes,
  leafHash,
  openNote,
  parseCheckpoint,
  parsePolicy,
  parseVerifierKey,
  sha256,
  signerKey,
} from './domain';
import { TreeStore } from './read/tree-store';
import type { S3Options } from './application/s3-place';
import { counters } from './spec/counters';
import { s3Keys, S3StandIn } from './spec/s3-stand-in';
import { type RunningWitness, startWitness } from './witness/start-witness';

/** RFC 6962, by its definition. */
function rootOf(hashes: readonly Buffer[]): Buffer {
  let half = 1;
  while (half * 2 < hashes.length) half *= 2;
  return hashes.length === 1 && hashes[0]
    ? hashes[0]
    : sha256(Buffer.of(1), rootOf(hashes.slice(0, half)), rootOf(hashes.slice(half)));
}

describe('the transparency log', () => {
  let database: TestDatabase;
  let pool: Pool;
  let processor: CommandProcessor;
  let wakeUps: WakeUps;
  let folder: string;
  let store: TreeStore;
  let worker: TransparencyWorker;
  let witness: RunningWitness | null = null;
  let alarms: string[];
  let signing: SigningOptions;

  const listener = {
    onAlarm: (part: string, alarm: string) => void alarms.push(`${part}: ${alarm}`),
    onError: (error: unknown) => void alarms.push(`error: ${String(error)}`),
  };
  const newWorker = () => {
    store = new TreeStore(pool);
    return new TransparencyWorker(
      pool,
      new TreeBuilder(pool, wakeUps, store, processor),
      store,
      new WorkLog(pool, systemClock),
      systemClock,
    );
  };
  const commit = async (count: number) => {
    await Promise.all(
      Array.from({ length: count }, (_, index) =>
        processor.execute(counters, {
          streamId: `01900000-0000-7000-8000-${String(index % 7).padStart(12, '0')}`,
          command: 1,
          metadata: { actor: 'spec' },
        }),
      ),
    );
  };
  const built = (size: number) =>
    until(
      () => store.size(),
      (reached) => reached >= size,
    );
  /** As the owner of the database can. */
  const tamper = async (sql: string) => {
    await pool.query(`do $$ declare t regclass; begin
      for t in select 'event'::regclass union select inhrelid::regclass from pg_inherits where inhparent = 'event'::regclass
                union select 'ledger_head'::regclass loop
        execute format('alter table %s disable trigger user', t); end loop; end $$`);
    await pool.query(sql);
  };
  const alarmOf = (part: string) =>
    until(
      () => Promise.resolve(alarms.find((each) => each.startsWith(part))),
      (a) => a !== undefined,
    );

  beforeEach(async () => {
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.ownerUrl, max: 6 });
    wakeUps = new WakeUps(pool, database.url);
    processor = new CommandProcessor(pool);
    folder = mkdtempSync(join(tmpdir(), 'runledger-log-'));
    alarms = [];
    const key = makeLogKey(folder, 'ledger.example/prod');
    signing = { key, stateFile: join(folder, 'state.json'), isNamed: false, folder: join(folder, 'public') };
    worker = newWorker();
    worker.start(listener, signing);
  });
  afterEach(async () => {
    await worker.stop();
    await witness?.close();
    witness = null;
    await processor.close();
    await wakeUps.close();
    await pool.end();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('holds every event once, signed, in files that others can read', async () => {
    await commit(300);
    await built(300);
    await worker.step(listener);
    await commit(700);
    await built(1000);
    await worker.step(listener);
    expect(alarms).toEqual([]);
    const note = readFileSync(join(folder, 'public/checkpoint'), 'utf8');
    const { origin, size, root } = parseCheckpoint(openNote(note, [signing.key.verifier]).text);
    expect([origin, size]).toEqual(['ledger.example/prod', 1000]);
    const bundled = ['000', '001', '002', '003.p/232'].map((path) =>
      readFileSync(join(folder, 'public/tile/entries', path)),
    );
    const entries = bundled.flatMap((bytes) =>
      Array.from({ length: bytes.length / 83 }, (_, index) => bytes.subarray(index * 83 + 2, (index + 1) * 83)),
    );
    expect(entries.map((entry) => decodeEntry(entry).position)).toEqual(entries.map((_, index) => index + 1));
    const { rows } = await pool.query<{ hash: Buffer }>('select hash from event order by position');
    expect(entries.map((entry) => decodeEntry(entry).hash)).toEqual(rows.map(({ hash }) => hash));
    expect(rootOf(entries.map(leafHash))).toEqual(root);
    expect(readdirSync(join(folder, 'public/checkpoints')).sort()).toEqual(['1000', '300']);
    expect(await store.latestCheckpoint()).toEqual({
      origin,
      key: signing.key.verifier.text,
      size,
      note,
      isCosigned: true,
    });
    expect(await store.work()).toEqual([
      { name: 'builder', size: 1000, alarm: null },
      { name: 'folder', size: 1000, alarm: null },
      { name: 'signer', size: 1000, alarm: null },
    ]);
  });

  it('stops at an event that was changed after its commit, and names it; commands go on', async () => {
    await commit(5);
    await built(5);
    await worker.stop();
    await commit(5);
    await tamper(`update event set data = '{"by":2}' where position = 8`);
    worker = newWorker();
    worker.start(listener, signing);
    expect(await alarmOf('builder')).toBe(
      'builder: The event at position 8 does not have the hash of its content and its predecessor.',
    );
    await commit(1);
    expect(await store.size()).toBe(5);
    expect(await store.work()).toContainEqual(
      expect.objectContaining({ name: 'builder', alarm: expect.stringContaining('position 8') }),
    );
    await pool.query(`update event set data = '{"by":1}' where position = 8`);
    await built(11);
    await worker.step(listener);
    expect(await store.work()).toContainEqual({ name: 'builder', size: 11, alarm: null });
  });

  it.each<[string, string, RegExp]>([
    ['an event that is missing', 'delete from event where position = 7', /position 7 is missing/],
    ['a tail that is missing', 'delete from event where position > 6', /position 7 is missing, and the head is at 10/],
    [
      'a tail that was cut, with its head',
      `delete from event where position > 4;
       update ledger_head set position = 4, hash = (select hash from event where position = 4)`,
      /head of the ledger is at 4, and 6 events were logged/,
    ],
    ['a swap', 'update event set position = 17 - position where position in (8, 9)', /position 8 /],
    [
      'a time',
      `update event set recorded_at = recorded_at + interval '1 second' where position = 9`,
      /position 9 does not have the hash/,
    ],
  ])('finds %s', async (_what, sql, alarm) => {
    await commit(6);
    await built(6);
    await worker.stop();
    await commit(4);
    await tamper(sql);
    worker = newWorker();
    worker.start(listener, signing);
    await built(6);
    await worker.step(listener);
    expect(await alarmOf('builder')).toMatch(alarm);
  });

  it('signs no smaller tree and no other one, even if the whole database was made anew', async () => {
    await commit(6);
    await built(6);
    await worker.step(listener);
    const signed = readFileSync(signing.stateFile, 'utf8');
    await worker.stop();
    const wipe = `delete from event; delete from tree_tile; delete from tree_bundle; delete from subscription;
      delete from tree_checkpoint; delete from tree_work;
      update ledger_head set position = 0, hash = decode(repeat('00', 32), 'hex')`;
    await tamper(wipe);
    await processor.close();
    processor = new CommandProcessor(pool);
    worker = newWorker();
    worker.start(listener, signing);
    await commit(4);
    await built(4);
    await worker.step(listener);
    expect(alarms).toEqual([
      'signer: The tree has 4 events, and 6 were signed: the ledger was cut or restored, or this data folder belongs to another database.',
    ]);
    await commit(4);
    await built(8);
    await worker.step(listener);
    expect(alarms.at(-1)).toBe('signer: The first 6 events are not those that were signed: the ledger was rewritten.');
    expect(readFileSync(signing.stateFile, 'utf8')).toBe(signed);
    // Whoever throws the state away still meets the folder.
    rmSync(signing.stateFile);
    await worker.step(listener);
    expect(alarms.at(-1)).toMatch(
      /^folder: The first 6 events are not those of .*checkpoint: the ledger was rewritten/,
    );
  });

  it('goes on where another process stopped, and remembers what it signed if its file is lost', async () => {
    await commit(3);
    await built(3);
    await worker.step(listener);
    await worker.stop();
    rmSync(signing.stateFile);
    worker = newWorker();
    worker.start(listener, { ...signing, key: logKeyInFolder(folder) ?? signing.key });
    await commit(3);
    await built(6);
    await worker.step(listener);
    expect(alarms).toEqual([]);
    expect(JSON.parse(readFileSync(signing.stateFile, 'utf8'))).toMatchObject({ size: 6 });
    writeFileSync(signing.stateFile, '{');
    await worker.step(listener);
    expect(alarms.at(-1)).toMatch(/state\.json is not what the signer has written/);
  });

  it('is signed by one log, unless the operator names another', async () => {
    await commit(3);
    await built(3);
    await worker.step(listener);
    const other = signerKey('ledger.example/prod/2', keyTypes.log, Buffer.alloc(32, 3));
    const here = { ...signing, key: other, folder: join(folder, 'public-2') };
    worker.use(here);
    await worker.step(listener);
    expect(alarms).toEqual([
      expect.stringMatching(/^signer: The tree is signed as ledger\.example\/prod, and the key here/),
    ]);
    worker.use({ ...here, isNamed: true });
    await worker.step(listener);
    expect(await store.latestCheckpoint()).toMatchObject({ origin: 'ledger.example/prod/2', size: 3 });
  });

  it('is cosigned by a witness, who signs no other tree', async () => {
    witness = await startWitness({
      folder: join(folder, 'witness'),
      name: 'witness.example/w1',
      logs: [signing.key.verifier.text],
      host: '127.0.0.1',
      port: 0,
    });
    const policy = parsePolicy(`witness w ${witness.key} ${witness.url}\nquorum w`);
    worker.use({ ...signing, policy });
    await commit(3);
    await built(3);
    await worker.step(listener);
    const keys = [signing.key.verifier, parseVerifierKey(witness.key)];
    const first = await store.latestCheckpoint();
    expect(openNote(first?.note ?? '', keys).verified).toHaveLength(2);
    expect(readFileSync(join(folder, 'public/checkpoint'), 'utf8')).toBe(first?.note);
    // The cursor is lost: the witness says what it has seen.
    await pool.query('delete from tree_work');
    await commit(300);
    await built(303);
    await worker.step(listener);
    expect(alarms).toEqual([]);
    expect(await store.latestCheckpoint()).toMatchObject({ size: 303, isCosigned: true });

    // Away: the last cosigned checkpoint stays the one that is shown.
    await witness.close();
    await commit(1);
    await built(304);
    await worker.step(listener);
    expect(alarms).toEqual([
      expect.stringContaining('witness witness.example/w1 cannot be reached: connect ECONNREFUSED'),
    ]);
    expect(await store.latestCheckpoint()).toMatchObject({ size: 303 });
    expect(await store.latestCheckpoint('any')).toMatchObject({ size: 304, isCosigned: false });
  });

  describe('in a bucket', () => {
    let bucket: S3StandIn;
    const objectAt = (path: string) => bucket.objects.get(`/log/ledger/prod/${path}`);
    const here = (more: Partial<S3Options> = {}): SigningOptions => ({
      ...signing,
      s3: { ...s3Keys, bucket: 'log', prefix: 'ledger/prod', endpoint: bucket.endpoint, lockDays: 0, ...more },
    });
    const signed = async (size: number) => {
      await built(size);
      await worker.step(listener);
    };
    const part = async () => (await store.work()).find(({ name }) => name === 's3');

    beforeEach(async () => {
      bucket = await S3StandIn.start();
      worker.use(here());
    });
    afterEach(() => bucket.close());

    it('has the same files as in a folder, signed, and never written twice', async () => {
      await commit(300);
      await signed(300);
      await commit(700);
      await signed(1000);
      expect(alarms).toEqual([]);
      const files = readdirSync(join(folder, 'public'), { recursive: true, withFileTypes: true }).filter((each) =>
        each.isFile(),
      );
      expect(files.length).toBeGreaterThan(10);
      for (const { parentPath, name } of files) {
        const path = relative(join(folder, 'public'), join(parentPath, name));
        expect([path, objectAt(path)?.content]).toEqual([path, readFileSync(join(parentPath, name))]);
      }
      expect(objectAt('tile/0/001')?.headers).toMatchObject({
        'if-none-match': '*',
        'cache-control': 'public, max-age=31536000, immutable',
        'content-type': 'application/octet-stream',
        'x-amz-checksum-sha256': sha256(objectAt('tile/0/001')?.content ?? Buffer.alloc(0)).toString('base64'),
      });
      expect(objectAt('checkpoint')?.headers['cache-control']).toBe('no-cache');
      expect(await part()).toEqual({ name: 's3', size: 1000, alarm: null });
      bucket.requests.splice(0);
      await worker.step(listener);
      expect(bucket.requests).toEqual(['GET /log/ledger/prod/checkpoint']);
    });

    it('locks what is complete, as long as it is told to', async () => {
      worker.use(here({ lockDays: 30 }));
      await commit(300);
      await signed(300);
      expect(objectAt('tile/entries/000')?.headers['x-amz-object-lock-mode']).toBe('COMPLIANCE');
      const until = Date.parse(String(objectAt('checkpoints/300')?.headers['x-amz-object-lock-retain-until-date']));
      expect(Math.round((until - Date.now()) / 86_400_000)).toBe(30);
      expect(objectAt('tile/0/001.p/44')?.headers).not.toHaveProperty('x-amz-object-lock-mode');
      expect(objectAt('checkpoint')?.headers).not.toHaveProperty('x-amz-object-lock-mode');
    });

    it.each([
      ['403', 'the store answered 403 AccessDenied'],
      ['503', 'the store answered 503 SlowDown'],
      ['hangs', 'cannot be reached'],
      ['cuts', 'cannot be reached'],
    ] as const)('is tried again after it %s; neither commands nor the folder wait for it', async (trouble, said) => {
      worker.use(here({ patience: 300 }));
      bucket.trouble = trouble;
      await commit(5);
      await built(5);
      await worker.step(listener);
      await commit(5);
      expect(await part()).toMatchObject({ size: 0, alarm: expect.stringContaining(said) });
      expect((await store.work()).find(({ name }) => name === 'folder')).toMatchObject({ size: 5, alarm: null });
      expect(alarms).toHaveLength(1);
      expect(alarms.join()).not.toMatch(/AKIDSTANDIN|a-secret-of-the-stand-in/);
      bucket.trouble = 'none';
      await signed(10);
      expect(await part()).toEqual({ name: 's3', size: 10, alarm: null });
      expect(objectAt('checkpoints/10')).toBeDefined();
    });

    it('gets nothing from who has another key', async () => {
      worker.use(here({ secretAccessKey: 'another' }));
      await commit(5);
      await signed(5);
      expect(bucket.objects.size).toBe(0);
      expect(await part()).toMatchObject({ alarm: expect.stringContaining('403 SignatureDoesNotMatch') });
    });

    it('raises an alarm if it has another content, or another log', async () => {
      await commit(300);
      await signed(300);
      const first = objectAt('checkpoint');
      const path = '/log/ledger/prod/tile/0/001.p/45';
      bucket.objects.set(path, { content: Buffer.from('other'), headers: {} });
      await commit(1);
      await signed(301);
      expect(alarms.at(-1)).toBe('s3: s3://log/ledger/prod/tile/0/001.p/45 is there with another content.');
      bucket.objects.delete(path);
      await signed(301);
      expect(await part()).toMatchObject({ size: 301, alarm: null });
      bucket.objects.set('/log/ledger/prod/checkpoint', {
        content: Buffer.from(String(first?.content).replace('300', '900')),
        headers: {},
      });
      await commit(1);
      await signed(302);
      expect(await part()).toMatchObject({ size: 301, alarm: expect.any(String) });
    });
  });
});
