import {
  bundle,
  checkpointText,
  consistencyProof,
  cosignature,
  cutBundle,
  decodeEntry,
  emptyRoot,
  encodeEntry,
  entryBytes,
  entryIn,
  formatNote,
  formatProofFile,
  grow,
  inclusionProof,
  keyTypes,
  leafHash,
  nodesIn,
  noteSignature,
  openNote,
  parseCheckpoint,
  parseNote,
  parsePolicy,
  parseProofFile,
  parseSignerKey,
  parseTilePath,
  parseVerifierKey,
  provesConsistency,
  provesInclusion,
  sha256,
  signerKey,
  type TileId,
  tilePath,
  tilesFor,
  treeRoot,
  widthOf,
} from '.';

const hex = (text: string) => Buffer.from(text, 'hex');

/** The leaves of the test suite of Certificate Transparency. */
const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
  (text) => leafHash(hex(text)),
);

/** A tree that is stored as tiles, grown by so many leaves at a time. */
class StoredTree {
  private readonly tiles = new Map<string, Buffer>();
  size = 0;

  readonly read = ({ level, tile }: TileId): Buffer => this.tiles.get(`${level}/${tile}`) ?? Buffer.alloc(0);
  readonly nodes = nodesIn(this.read);

  add(added: readonly Buffer[]): this {
    for (const { level, tile, hashes } of grow(this.size, added, this.read)) this.tiles.set(`${level}/${tile}`, hashes);
    this.size += added.length;
    return this;
  }
}

const starts = (hashes: readonly Buffer[]) => hashes.map((hash) => hash.toString('hex').slice(0, 8));

/** The definition of RFC 6962, word for word. */
function definedRoot(hashes: readonly Buffer[]): Buffer {
  if (hashes.length === 0) return sha256(Buffer.alloc(0));
  if (hashes.length === 1) return hashes[0] as Buffer;
  let half = 1;
  while (half * 2 < hashes.length) half *= 2;
  return sha256(Buffer.of(1), definedRoot(hashes.slice(0, half)), definedRoot(hashes.slice(half)));
}

describe('the tree', () => {
  const tree = new StoredTree().add(leaves);

  it('has the roots of the published vectors', () => {
    expect(emptyRoot.toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(treeRoot(tree.nodes, 3).toString('hex')).toMatch(/^aeb6bcfe274b70a1/);
    expect(treeRoot(tree.nodes, 7).toString('hex')).toBe(
      'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    );
    expect(treeRoot(tree.nodes, 8).toString('hex')).toBe(
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    );
  });

  it('has the proofs of the published vectors', () => {
    expect(starts(inclusionProof(tree.nodes, 5, 8))).toEqual(['bc1a0643', 'ca854ea1', 'd37ee418']);
    expect(starts(consistencyProof(tree.nodes, 3, 7))).toEqual(['0298d122', '07506a85', 'fac54203', '837dbb15']);
  });

  it('proves every leaf in every tree, and no other leaf, place, size or root', () => {
    for (let size = 1; size <= 8; size++) {
      const root = treeRoot(tree.nodes, size);
      expect(root).toEqual(definedRoot(leaves.slice(0, size)));
      for (let index = 0; index < size; index++) {
        const proof = inclusionProof(tree.nodes, index, size);
        const leaf = leaves[index] as Buffer;
        expect(provesInclusion(leaf, index, size, proof, root)).toBe(true);
        expect(provesInclusion(leaves[(index + 1) % 8] as Buffer, index, size, proof, root)).toBe(false);
        expect(provesInclusion(leaf, index, size, proof, emptyRoot)).toBe(false);
        expect(provesInclusion(leaf, size, size, proof, root)).toBe(false);
        expect(provesInclusion(leaf, index, size, [...proof, root], root)).toBe(false);
        expect(provesInclusion(leaf, index, size, proof.slice(1), root)).toBe(size === 1);
        for (let other = 0; other < size; other++) {
          expect(provesInclusion(leaf, other, size, proof, root)).toBe(other === index);
        }
      }
    }
  });

  it('proves that it has grown, and nothing else', () => {
    for (let size = 0; size <= 8; size++) {
      for (let old = 0; old <= size; old++) {
        const [oldRoot, root] = [treeRoot(tree.nodes, old), treeRoot(tree.nodes, size)];
        const proof = consistencyProof(tree.nodes, old, size);
        expect(provesConsistency(old, size, proof, oldRoot, root)).toBe(true);
        expect(provesConsistency(old, size, [...proof, root], oldRoot, root)).toBe(false);
        expect(provesConsistency(size + 1, size, proof, oldRoot, root)).toBe(false);
        if (old === 0) continue;
        expect(provesConsistency(old, size, proof, sha256(oldRoot), root)).toBe(false);
        if (old < size) expect(provesConsistency(old, size, [], oldRoot, root)).toBe(false);
        expect(provesConsistency(old, size, proof, oldRoot, sha256(root))).toBe(false);
      }
    }
  });
});

describe('tiles', () => {
  const many = Array.from({ length: 70_000 }, (_, index) => leafHash(Buffer.from(String(index))));

  it('give the same tree, however it grew', () => {
    const tree = new StoredTree();
    for (let at = 0, step = 1; at < many.length; at += step, step = (step * 7) % 1009) {
      tree.add(many.slice(at, at + step));
      if (tree.size < 3000) expect(treeRoot(tree.nodes, tree.size)).toEqual(definedRoot(many.slice(0, tree.size)));
    }
    expect(tree.size).toBe(many.length);
    for (const size of [1, 255, 256, 257, 65_535, 65_536, 65_537, 70_000]) {
      const root = definedRoot(many.slice(0, size));
      expect(treeRoot(tree.nodes, size)).toEqual(root);
      for (const index of [0, Math.floor(size / 2), size - 1]) {
        const proof = inclusionProof(tree.nodes, index, size);
        expect(provesInclusion(many[index] as Buffer, index, size, proof, root)).toBe(true);
      }
      const proof = consistencyProof(tree.nodes, size, 70_000);
      expect(provesConsistency(size, 70_000, proof, root, definedRoot(many))).toBe(true);
    }
  });

  it('are only those that a proof needs', () => {
    const asked = tilesFor((nodes) => inclusionProof(nodes, 66_000, 70_000));
    expect(asked.length).toBeLessThan(8);
    expect(asked).toContainEqual({ level: 0, tile: 257 });
  });

  it('have the paths of C2SP, and no other', () => {
    expect(tilePath(0, 1_234_067)).toBe('tile/0/x001/x234/067');
    expect(tilePath('entries', 0, 7)).toBe('tile/entries/000.p/7');
    expect(tilePath(1, 1000, 255)).toBe('tile/1/x001/000.p/255');
    expect(parseTilePath('0/x001/x234/067')).toEqual({ level: 0, tile: 1_234_067, width: 256 });
    expect(parseTilePath('entries/000.p/7')).toEqual({ level: 'entries', tile: 0, width: 7 });
    for (const path of ['0/1', '0/x000/001', '00/001', '0/001.p/0', '0/001.p/256', '0/001.p/07', '7/000', '0/x001']) {
      expect([path, parseTilePath(path)]).toEqual([path, null]);
    }
    expect(widthOf({ level: 0, tile: 1 }, 300)).toBe(44);
    expect(widthOf({ level: 1, tile: 0 }, 70_000)).toBe(256);
    expect(widthOf({ level: 1, tile: 1 }, 70_000)).toBe(17);
    expect(widthOf({ level: 0, tile: 9 }, 300)).toBe(0);
  });
});

describe('the entry of an event', () => {
  const digest = sha256(Buffer.from('hello'));
  const position = Buffer.from('0000000000000001', 'hex');
  const time = Buffer.alloc(8);
  time.writeBigInt64BE(1_700_000_000_000_001n);
  const chainHash = sha256(Buffer.alloc(32), position, time, digest);
  const entry = encodeEntry({ position: 1, recordedAt: 1_700_000_000_000_001n, digest, hash: chainHash });

  it('has 81 bytes, as in the vector', () => {
    expect(chainHash.toString('hex')).toMatch(/^c1c39c0f4f1e7e31/);
    expect(entry).toHaveLength(entryBytes);
    expect(leafHash(entry).toString('hex')).toMatch(/^214b198ce90337ca/);
    expect(encodeEntry(decodeEntry(entry))).toEqual(entry);
    expect(() => decodeEntry(entry.subarray(1))).toThrow('not the bytes of an entry');
  });

  it('stands in a bundle after its length', () => {
    const bundled = bundle([entry, entry, entry]);
    expect(bundled).toHaveLength(3 * 83);
    expect(bundled.readUInt16BE(83)).toBe(81);
    expect(cutBundle(bundled, 2)).toEqual(bundle([entry, entry]));
    expect(entryIn(bundled, 2)).toEqual(decodeEntry(entry));
    expect(() => entryIn(bundled, 3)).toThrow();
  });
});

describe('signed notes', () => {
  const log = signerKey(
    'ledger.example/prod',
    keyTypes.log,
    hex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'),
  );
  const witness = signerKey(
    'witness.example/w1',
    keyTypes.witness,
    hex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'),
  );
  const text = checkpointText({
    origin: 'ledger.example/prod',
    size: 7,
    root: hex('ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'),
  });
  const lines = [noteSignature(text, log), cosignature(text, witness, 1_700_000_000)];
  const note = formatNote(text, lines);

  it('of C2SP opens with its key', () => {
    const key = parseVerifierKey('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k');
    const published =
      'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';
    expect(openNote(published, [key]).text).toBe('This is an example message.\n');
    expect(() => openNote(published.replace('example message', 'example massage'), [key])).toThrow('is wrong');
  });

  it('of ours have the signatures of the vectors', () => {
    expect(lines).toEqual([
      '— ledger.example/prod I17btcre3qBYYP0aYuUprct6pLcb4E7hofMIi6RssPQ9OgiqJ/WL/w6wP/3XwwPtx09i5InIGzUpKBqcQU+wWGLAMg4=',
      '— witness.example/w1 BNLYMwAAAABlU/EAs6R2AjU3KLR7etwzRFI972KVOEzqAwYq4nj8fKOBDNDGmM5OWwoyv3dJoCKExB7pRWR04R2Uv8dRZy7FGfSaCw==',
    ]);
    const { verified } = openNote(note, [log.verifier, witness.verifier]);
    expect(verified.map(({ name, time }) => [name, time])).toEqual([
      ['ledger.example/prod', null],
      ['witness.example/w1', 1_700_000_000],
    ]);
    expect(parseCheckpoint(openNote(note, [log.verifier]).text)).toMatchObject({ size: 7 });
  });

  it('refuse a wrong signature of a known key, and a note of strangers', () => {
    const stranger = signerKey('ledger.example/prod', keyTypes.log, Buffer.alloc(32, 1));
    expect(() => openNote(note, [stranger.verifier])).toThrow('no signature of a known key');
    const forged = note.replace('\n7\n', '\n8\n');
    expect(() => openNote(forged, [log.verifier])).toThrow('The signature of ledger.example/prod is wrong.');
    expect(() => openNote(forged, [witness.verifier])).toThrow('The signature of witness.example/w1 is wrong.');
    for (const wrong of ['', 'a\n', 'a\n\n', 'a\n\n— b\n', 'a\n\n- b AAAAAAA=\n', 'a\t\n\n— b AAAAAAA=\n', text]) {
      expect(() => parseNote(wrong)).toThrow('A signed note is');
    }
    expect(() => parseNote(`a\n\n${'— b AAAAAAA=\n'.repeat(101)}`)).toThrow('at most 100');
    expect(parseNote(`a\n\n— b AAAAAAA=\n\n— c AAAAAAA=\n`).text).toBe('a\n\n— b AAAAAAA=\n');
  });

  it('have keys that are texts', () => {
    expect(parseSignerKey(log.text, keyTypes.log).verifier.text).toBe(log.verifier.text);
    expect(parseVerifierKey(witness.verifier.text).id).toEqual(witness.verifier.id);
    expect(() => parseSignerKey(log.text, keyTypes.witness)).toThrow('type 4');
    expect(() => parseSignerKey(log.text.replace('prod', 'test'), keyTypes.log)).toThrow('has an id that does not fit');
    expect(() => parseVerifierKey('a+00000000+AQ==')).toThrow('A verifier key is');
  });

  it('with a checkpoint have exactly its three lines', () => {
    expect(parseCheckpoint(text)).toMatchObject({ origin: 'ledger.example/prod', size: 7 });
    for (const wrong of [text + 'more\n', text.slice(0, -1), text.replace('7', '07'), text.replace('=', ''), '\n7\n']) {
      expect(() => parseCheckpoint(wrong)).toThrow('three lines');
    }
  });

  it('stand at the end of a proof file', () => {
    const tree = new StoredTree().add(leaves);
    const proof = inclusionProof(tree.nodes, 5, 7);
    const file = formatProofFile({ index: 5, proof, checkpoint: note, extra: Buffer.from('{}') });
    expect(file.split('\n').slice(0, 3)).toEqual(['c2sp.org/tlog-proof@v1', 'extra e30=', 'index 5']);
    expect(parseProofFile(file)).toEqual({ index: 5, proof, checkpoint: note, extra: Buffer.from('{}') });
    expect(() => parseProofFile(file.replace('index 5', 'index x'))).toThrow('A proof has the lines');
  });

  it('are enough for a policy, or not', () => {
    const keys = ['a', 'b', 'c'].map((name, at) => signerKey(name, keyTypes.witness, Buffer.alloc(32, at)).verifier);
    const named = keys.map(({ name, text: key }) => `witness ${name} ${key} https://${name}.example/`);
    const policy = parsePolicy(
      [`log ${log.verifier.text}`, '# witnesses', ...named, 'group G 2 a b c', 'quorum G'].join('\n'),
    );
    expect(policy.witnesses.map(({ url }) => url)).toEqual([
      'https://a.example/',
      'https://b.example/',
      'https://c.example/',
    ]);
    expect([0, 1, 2, 3].map((count) => policy.isQuorum(keys.slice(0, count)))).toEqual([false, false, true, true]);
    expect(parsePolicy('quorum none').isQuorum([])).toBe(true);
    expect(() => parsePolicy('group G 2 a b\nquorum G')).toThrow('Line 1 of the policy names "a"');
    expect(() => parsePolicy('')).toThrow('no line "quorum');
    expect(() => parsePolicy(`witness a ${log.verifier.text}\nquorum a`)).toThrow('must have the key of a witness');
  });
});
