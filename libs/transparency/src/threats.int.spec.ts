import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#libs/kernel';
import { chainHash, CommandProcessor, eventDigest, genesisHash, readAll, verifyChain, WakeUps } from '#libs/ledger';
import { createTestDatabase, type TestDatabase, until } from '#libs/testing';
import { Pool } from 'pg';
import { makeLogKey } from './application/log-key';
import { type SigningOptions, TransparencyWorker } from './application/transparency-worker';
import { TreeBuilder } from './application/tree-builder';
import { WorkLog } from './application/work-log';
import {
  type Checkpoint,
  checkpointText,
  encodeEntry,
  formatNote,
  grow,
  inclusionProof,
  leafHash,
  nodesIn,
  noteSignature,
  openNote,
  parseCheckpoint,
  parsePolicy,
  provesInclusion,
  sha256,
  treeRoot,
} from './domain';
import { TreeStore } from './read/tree-store';
import { counters } from './spec/counters';
import { type RunningWitness, startWitness } from './witness/start-witness';

/**
 * C the chain and the head, recomputed. S the signer's state. K a checkpoint kept elsewhere, compared with the events. W the witness. R a
 * proof that somebody holds, compared with the event.
 */
type Finder = 'C' | 'S' | 'K' | 'W' | 'R';

describe('who can do what, and who finds it', () => {
  let database: TestDatabase;
  let pool: Pool;
  let wakeUps: WakeUps;
  let folder: string;
  let witness: RunningWitness;
  let signing: SigningOptions;
  let alarms: string[];
  /** Held by others: the checkpoint of eight events, and a proof of the fifth. */
  let kept: Checkpoint;
  let held: { leaf: Buffer; proof: Buffer[] };

  const listener = {
    onAlarm: (part: string, alarm: string) => void alarms.push(`${part}: ${alarm}`),
    onError: (error: unknown) => void alarms.push(String(error)),
  };
  /** What a running server does until it has logged and signed everything, or cannot. */
  const runServer = async (events: number): Promise<void> => {
    const store = new TreeStore(pool);
    const works = new WorkLog(pool, systemClock);
    const processor = new CommandProcessor(pool);
    const builder = new TreeBuilder(pool, wakeUps, store, processor);
    const worker = new TransparencyWorker(pool, builder, store, works, systemClock);
    worker.start(listener, signing);
    for (let more = 0; more < events; more++) {
      const streamId = '01900000-0000-7000-8000-000000000001';
      await processor.execute(counters, { streamId, command: 1, metadata: { actor: 'spec' } });
    }
    const head = Number((await pool.query<{ position: string }>('select position from ledger_head')).rows[0]?.position);
    await until(
      async () => (await store.size()) >= head || alarms.length > 0,
      (isDone) => isDone,
    );
    await worker.step(listener);
    await worker.stop();
    await processor.close();
  };
  const leaves = async (): Promise<Buffer[]> =>
    (await readAll(pool, 0, 1000)).map((event) =>
      leafHash(encodeEntry({ ...event, digest: eventDigest({ ...event, ...event.stored }) })),
    );
  const treeOf = (hashes: readonly Buffer[]) => {
    const tiles = new Map<string, Buffer>();
    for (const { level, tile, hashes: own } of grow(0, hashes, () => Buffer.alloc(0)))
      tiles.set(`${level}/${tile}`, own);
    return nodesIn(({ level, tile }) => tiles.get(`${level}/${tile}`) ?? Buffer.alloc(0));
  };
  const rehash = async (): Promise<void> => {
    let hash: Buffer = genesisHash;
    for (const event of await readAll(pool, 0, 1000)) {
      hash = chainHash(hash, event.position, event.recordedAt, eventDigest({ ...event, ...event.stored }));
      await pool.query('update event set hash = $2 where position = $1', [event.position, hash]);
    }
    await pool.query('update ledger_head set hash = $1', [hash]);
  };
  const forgetTree = () =>
    pool.query('delete from tree_tile; delete from tree_bundle; delete from subscription; delete from tree_work');
  const forgetSigned = async () => {
    await pool.query('delete from tree_checkpoint');
    rmSync(signing.stateFile);
    rmSync(join(folder, 'public'), { recursive: true });
  };
  const change = `update event set data = '{"by":7}' where position = 5`;
  const backdate = `update event set recorded_at = recorded_at - interval '1 microsecond' where position <= 5`;
  const cut = `delete from event where position > 4;
    update ledger_head set position = 4, hash = (select hash from event where position = 4)`;

  const attacks: readonly (readonly [
    who: string,
    what: string,
    attack: () => Promise<unknown>,
    foundBy: readonly Finder[],
  ])[] = [
    ['nobody', 'does nothing', () => Promise.resolve(), []],
    ['the owner of the database', 'changes an event', () => pool.query(change), ['C', 'K', 'R']],
    [
      'the owner of the database',
      'deletes an event',
      () => pool.query('delete from event where position = 5'),
      ['C', 'K', 'R'],
    ],
    [
      'the owner of the database',
      'reorders events',
      () => pool.query('update event set position = 11 - position where position in (5, 6)'),
      ['C', 'K', 'R'],
    ],
    [
      'the owner of the database',
      'cuts the tail, the head and the tree',
      () => pool.query(cut).then(forgetTree),
      ['S', 'K', 'R'],
    ],
    [
      'the owner of the database',
      'rewrites an event, with all hashes and the tree',
      () => pool.query(change).then(rehash).then(forgetTree),
      ['S', 'K', 'R'],
    ],
    [
      'the owner of the database',
      'backdates events, with all hashes and the tree',
      () => pool.query(backdate).then(rehash).then(forgetTree),
      ['S', 'K', 'R'],
    ],
    [
      'the operator, with the state and the folder of the signer',
      'rewrites an event, with all hashes and the tree',
      () => pool.query(change).then(rehash).then(forgetTree).then(forgetSigned),
      ['K', 'W', 'R'],
    ],
    [
      'the operator, with the state and the folder of the signer',
      'cuts the tail, the head and the tree',
      () => pool.query(cut).then(forgetTree).then(forgetSigned),
      ['K', 'W', 'R'],
    ],
    [
      'a thief of the key',
      'shows others another ledger of the same size',
      async () => {
        const { origin, size } = kept;
        const text = checkpointText({ origin, size, root: sha256(Buffer.from('another ledger')) });
        const note = formatNote(text, [noteSignature(text, signing.key)]);
        const body = `old ${size}\n\n${note}`;
        const answer = await fetch(`${witness.url}/add-checkpoint`, { method: 'POST', body });
        alarms.push(...(answer.status === 422 ? ['witness: 422'] : []));
        const conflict = readdirSync(join(folder, 'witness')).find((name) => name.startsWith('conflict-'));
        const both = readFileSync(join(folder, 'witness', conflict ?? 'none'), 'utf8');
        expect(both.split(`${origin}\n${size}\n`)).toHaveLength(3);
      },
      ['W'],
    ],
  ];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'runledger-threats-'));
    const key = makeLogKey(folder, 'ledger.example/prod');
    signing = { key, stateFile: join(folder, 'state.json'), isNamed: false, folder: join(folder, 'public') };
  });
  beforeEach(async () => {
    alarms = [];
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.ownerUrl, max: 6 });
    wakeUps = new WakeUps(pool, database.url);
    for (const name of ['witness', 'public', 'state.json'])
      rmSync(join(folder, name), { recursive: true, force: true });
    witness = await startWitness({
      folder: join(folder, 'witness'),
      name: 'witness.example/w1',
      logs: [signing.key.verifier.text],
      host: '127.0.0.1',
      port: 0,
    });
    signing = { ...signing, policy: parsePolicy(`witness w1 ${witness.key} ${witness.url}\nquorum w1`) };
    await runServer(8);
    expect(alarms).toEqual([]);
    const note = readFileSync(join(folder, 'public/checkpoint'), 'utf8');
    kept = parseCheckpoint(openNote(note, [signing.key.verifier]).text);
    const logged = await leaves();
    held = { leaf: logged[4] as Buffer, proof: inclusionProof(treeOf(logged), 4, 8) };
    expect(provesInclusion(held.leaf, 4, kept.size, held.proof, kept.root)).toBe(true);
    await pool.query(`do $$ declare t regclass; begin
      for t in select 'event'::regclass union select inhrelid::regclass from pg_inherits where inhparent = 'event'::regclass
                union select 'ledger_head'::regclass loop
        execute format('alter table %s disable trigger user', t); end loop; end $$`);
  });
  afterEach(async () => {
    await witness.close();
    await wakeUps.close();
    await pool.end();
    await database.drop();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(attacks)('%s %s', async (_who, _what, attack, foundBy) => {
    await attack();
    const found = new Set<Finder>();
    if (!(await verifyChain(pool)).intact) found.add('C');
    const now = await leaves();
    if (now.length < kept.size || !treeRoot(treeOf(now.slice(0, kept.size)), kept.size).equals(kept.root))
      found.add('K');
    if (!now[4]?.equals(held.leaf)) found.add('R');
    await runServer(0);
    if (alarms.some((alarm) => alarm.startsWith('signer'))) found.add('S');
    if (alarms.some((alarm) => alarm.startsWith('witness'))) found.add('W');
    expect([...found].sort()).toEqual([...foundBy].sort());
  });

  it('the role of the service cannot change, delete or truncate events', async () => {
    await pool.query(`alter table event enable trigger user`);
    await pool.query(`do $$ declare t regclass; begin
      for t in select inhrelid::regclass from pg_inherits where inhparent = 'event'::regclass loop
        execute format('alter table %s enable trigger user', t); end loop; end $$`);
    const service = new Pool({ connectionString: database.url, max: 1 });
    for (const sql of [
      change,
      'delete from event where position = 5',
      'truncate event',
      'alter table event disable trigger all',
    ]) {
      await expect(service.query(sql)).rejects.toThrow(/permission denied|must be owner/);
      await expect(pool.query(sql.startsWith('alter') ? 'truncate event' : sql)).rejects.toThrow('append-only');
    }
    await service.end();
  });
});
