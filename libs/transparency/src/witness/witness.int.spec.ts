import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  checkpointText,
  consistencyProof,
  formatNote,
  grow,
  keyTypes,
  leafHash,
  nodesIn,
  noteSignature,
  openNote,
  parseVerifierKey,
  type SignerKey,
  signerKey,
  treeRoot,
} from '../domain';
import { type RunningWitness, startWitness } from './start-witness';

function treeOf(words: string) {
  const tiles = new Map<string, Buffer>();
  const leaves = words.split('').map((word) => leafHash(Buffer.from(word)));
  for (const { level, tile, hashes } of grow(0, leaves, () => Buffer.alloc(0))) tiles.set(`${level}/${tile}`, hashes);
  return nodesIn(({ level, tile }) => tiles.get(`${level}/${tile}`) ?? Buffer.alloc(0));
}

describe('a witness', () => {
  const log = signerKey('ledger.example/prod', keyTypes.log, Buffer.alloc(32, 1));
  const stranger = signerKey('ledger.example/prod', keyTypes.log, Buffer.alloc(32, 2));
  const one = treeOf('abcdefgh');
  const other = treeOf('abcdefgX');
  let folder: string;
  let witness: RunningWitness;

  const start = async () => {
    witness = await startWitness({
      folder,
      name: 'witness.example/w1',
      logs: [log.verifier.text],
      host: '127.0.0.1',
      port: 0,
    });
  };
  const text = (size: number, tree = one, origin = 'ledger.example/prod') =>
    checkpointText({ origin, size, root: treeRoot(tree, size) });
  const noteOf = (signed: string, key: SignerKey = log) => formatNote(signed, [noteSignature(signed, key)]);
  const bodyOf = (old: number, size: number, note: string, tree = one) =>
    [`old ${old}`, ...consistencyProof(tree, old, size).map((hash) => hash.toString('base64')), '', note].join('\n');
  const ask = async (body: string) => {
    const answer = await fetch(`${witness.url}/add-checkpoint`, { method: 'POST', body });
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'runledger-witness-'));
    await start();
  });
  afterEach(async () => {
    await witness.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('signs what grows, and when; over a restart too', async () => {
    const first = await ask(bodyOf(0, 3, noteOf(text(3))));
    expect(first.status).toBe(200);
    const key = parseVerifierKey(witness.key);
    const { verified } = openNote(formatNote(text(3), [first.text.trimEnd()]), [key]);
    expect(verified[0]?.time).toBeGreaterThan(1_700_000_000);
    await witness.close();
    await start();
    expect(witness.key).toBe(key.text);
    expect(statSync(join(folder, 'witness-key')).mode & 0o777).toBe(0o600);
    expect((await ask(bodyOf(3, 8, noteOf(text(8))))).status).toBe(200);
    expect((await ask(bodyOf(8, 8, noteOf(text(8))))).status).toBe(200);
  });

  it('says which size it has', async () => {
    await ask(bodyOf(0, 3, noteOf(text(3))));
    expect(await ask(bodyOf(0, 8, noteOf(text(8))))).toEqual({ status: 409, type: 'text/x.tlog.size', text: '3\n' });
    expect(await ask(bodyOf(2, 2, noteOf(text(2))))).toMatchObject({ status: 409, text: '3\n' });
  });

  it('signs no other tree, and keeps the notes that prove that there were two', async () => {
    await ask(bodyOf(0, 8, noteOf(text(8))));
    expect((await ask(bodyOf(8, 8, noteOf(text(8, other))))).status).toBe(422);
    const conflict = readdirSync(folder).find((name) => name.startsWith('conflict-')) ?? '';
    const kept = readFileSync(join(folder, conflict), 'utf8');
    for (const note of [noteOf(text(8)), noteOf(text(8, other))]) expect(kept).toContain(note);
  });

  it('signs no tree that does not begin with the one before', async () => {
    await ask(bodyOf(0, 3, noteOf(text(3))));
    const good = bodyOf(3, 8, noteOf(text(8)));
    expect((await ask(good.replace(/\n[^\n]+/, ''))).status).toBe(422);
    expect((await ask(bodyOf(3, 8, noteOf(text(8, other))))).status).toBe(422);
    expect((await ask(good)).status).toBe(200);
  });

  it.each<[string, () => string, number]>([
    ['a log that it does not know', () => bodyOf(0, 3, noteOf(text(3, one, 'x.example'))), 404],
    ['a signature of somebody else', () => bodyOf(0, 3, noteOf(text(3), stranger)), 403],
    ['a wrong signature', () => bodyOf(0, 3, noteOf(text(3)).replace('\n3\n', '\n4\n')), 403],
    ['a shrinking tree', () => ['old 4', '', noteOf(text(3))].join('\n'), 400],
    ['a proof from nothing', () => ['old 0', treeRoot(one, 1).toString('base64'), '', noteOf(text(3))].join('\n'), 422],
    ['garbage', () => 'garbage', 400],
    ['a hash that is none', () => ['old 1', 'AAAA', '', noteOf(text(3))].join('\n'), 400],
    [
      '64 hashes',
      () => ['old 1', ...Array<string>(64).fill(Buffer.alloc(32).toString('base64')), '', noteOf(text(3))].join('\n'),
      400,
    ],
    ['an extension line', () => bodyOf(0, 3, noteOf(`${text(3)}more\n`)), 400],
    ['a body that is too large', () => 'x'.repeat(64 * 1024 + 1), 413],
  ])('refuses %s', async (_what, body, status) => {
    expect((await ask(body())).status).toBe(status);
    expect(readdirSync(folder)).toEqual(['witness-key']);
  });

  it('has one door', async () => {
    expect((await fetch(`${witness.url}/add-checkpoint`)).status).toBe(405);
    expect((await fetch(`${witness.url}/`, { method: 'POST', body: '' })).status).toBe(404);
  });
});
