#!/usr/bin/env node
/*
 * Verifies what Runledger says of its ledger, offline, with nothing but Node 20 or newer. docs/verify.md says how to get what it reads,
 * and what its formats are.
 *
 *   node verify.mjs proof <file>   [--key <key>] [--policy <file>]
 *   node verify.mjs ledger <file>  [--checkpoint <file> | --tiles <folder>] [--archives <folder>] [--key <key>] [--policy <file>]
 *   node verify.mjs archive <file> [--key <key>] [--policy <file>]
 *   node verify.mjs tiles <folder> [--key <key>] [--policy <file>] [--since <checkpoint>]
 *
 * --key: the key of the log, as you got it from somebody whom you trust; may be given several times. --policy: a file that names the log's
 * key, the witnesses and the quorum (C2SP tlog-policy). --since: an earlier checkpoint, which the tree must contain. --archives: the folder of
 * the archives that events have left the database for.
 *
 * Exit code: 0 = good, 1 = not good (the first fault is printed, with its position), 2 = the command is wrong.
 */
import * as crypto from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';

class Fault extends Error {}
class Misuse extends Error {}

const say = (text) => process.stdout.write(`${text}\n`);
const fail = (text) => {
  throw new Fault(text);
};
const base64 = (text) => {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : fail(`This is not base64: ${JSON.stringify(text.slice(0, 60))}`);
};
const sha256 = (...parts) => {
  const bytes = parts.length === 1 ? parts[0] : Buffer.concat(parts);
  // Faster, from Node 20.12 on.
  return crypto.hash ? crypto.hash('sha256', bytes, 'buffer') : crypto.createHash('sha256').update(bytes).digest();
};

// ---- The tree of RFC 6962 -------------------------------------------------------------------------------------------

const leafHash = (entry) => sha256(Buffer.of(0), entry);
const nodeHash = (left, right) => sha256(Buffer.of(1), left, right);
const half = (value) => Math.floor(value / 2);
const isOdd = (value) => value % 2 === 1;

/** RFC 9162, 2.1.3.2: the root to which the proof leads from the leaf; null if it does not fit the size. */
function rootFrom(leaf, index, size, proof) {
  if (!(Number.isSafeInteger(index) && index >= 0 && index < size)) return null;
  let [first, last, hash] = [index, size - 1, leaf];
  for (const part of proof) {
    if (last === 0) return null;
    if (isOdd(first) || first === last) {
      hash = nodeHash(part, hash);
      while (first !== 0 && !isOdd(first)) [first, last] = [half(first), half(last)];
    } else {
      hash = nodeHash(hash, part);
    }
    [first, last] = [half(first), half(last)];
  }
  return last === 0 ? hash : null;
}

/** A tree that grows leaf by leaf: the roots of its perfect subtrees, from large to small. */
class GrowingTree {
  size = 0;
  #subtrees = [];

  add(leaf) {
    let hash = leaf;
    for (let rest = this.size; isOdd(rest); rest = half(rest)) hash = nodeHash(this.#subtrees.pop(), hash);
    this.#subtrees.push(hash);
    this.size++;
  }

  root() {
    return this.#subtrees.length === 0
      ? sha256(Buffer.alloc(0))
      : this.#subtrees.reduceRight((right, left) => nodeHash(left, right));
  }
}

// ---- Events, entries, the chain -------------------------------------------------------------------------------------

/** The salted digest of an event: its fields, each with its length in 32 bits before it. */
function digestOf({ salt, stream, version, type, schemaVersion, data, metadata }) {
  const texts = [stream, String(version), type, String(schemaVersion), data, metadata].map(String);
  // A character takes three bytes of UTF-8 at most.
  const most = texts.reduce((sum, text) => sum + 4 + 3 * text.length, 4 + salt.length);
  if (most > scratch.length) scratch = Buffer.alloc(2 * most);
  let at = scratch.writeUInt32BE(salt.length, 0);
  at += salt.copy(scratch, at);
  for (const text of texts) {
    const length = scratch.write(text, at + 4, 'utf8');
    scratch.writeUInt32BE(length, at);
    at += 4 + length;
  }
  return sha256(scratch.subarray(0, at));
}
let scratch = Buffer.alloc(64 * 1024);

const int64 = (value) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
};
const chainHash = (previous, position, time, digest) => sha256(previous, int64(position), int64(time), digest);
const entryOf = (position, time, digest, hash) =>
  Buffer.concat([Buffer.of(1), int64(position), int64(time), digest, hash]);

// ---- Signed notes, checkpoints, policies ----------------------------------------------------------------------------

/** `<name>+<id>+<base64>`: the first two plus signs divide it. */
function parseKey(text) {
  const [, name, id, body] = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const bytes = body === undefined ? Buffer.alloc(0) : base64(body);
  if (bytes.length !== 33 || ![1, 4].includes(bytes[0]))
    throw new Misuse(`This is no key of a log or witness: ${text}`);
  const own = sha256(Buffer.from(`${name}\n`), bytes)
    .subarray(0, 4)
    .toString('hex');
  if (own !== id) throw new Misuse(`The id of the key of ${name} does not fit it.`);
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: bytes.subarray(1).toString('base64url') };
  return { name, id, isWitness: bytes[0] === 4, publicKey: crypto.createPublicKey({ key: jwk, format: 'jwk' }) };
}

/** The note's text, and the keys that have signed it, with the time that a witness says. */
function openNote(note, keys) {
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) fail('The checkpoint is no signed note.');
  const text = note.slice(0, end + 1);
  const signed = [];
  for (const line of note.slice(end + 2, -1).split('\n')) {
    const [, name, body] = /^— (\S+) (\S+)$/.exec(line) ?? fail('The checkpoint has a line that is no signature.');
    const bytes = base64(body);
    const key = keys.find((each) => each.name === name && each.id === bytes.subarray(0, 4).toString('hex'));
    if (!key || signed.some((each) => each.key === key)) continue;
    const time = key.isWitness && bytes.length === 76 ? bytes.readBigUInt64BE(4) : null;
    const message = time === null ? text : `cosignature/v1\ntime ${time}\n${text}`;
    const signature = bytes.subarray(time === null ? 4 : 12);
    const isGood = signature.length === 64 && crypto.verify(null, Buffer.from(message), key.publicKey, signature);
    if (!isGood || (key.isWitness && time === null)) fail(`The signature of ${name} is wrong.`);
    signed.push({ key, time });
  }
  return { text, signed };
}

/** A checkpoint that a log of the trust has signed, and enough witnesses. */
function openCheckpoint(note, trust) {
  const { text, signed } = openNote(note, [...trust.logs, ...trust.witnesses]);
  const [origin, size, root, end, ...more] = text.split('\n');
  if (!/^(0|[1-9]\d{0,15})$/.test(size ?? '') || end !== '' || more.length > 0) fail('The checkpoint is malformed.');
  const log = signed.find(({ key }) => !key.isWitness && key.name === origin);
  if (!log) fail(`The checkpoint of ${origin} is not signed with the key of that log.`);
  const witnesses = signed.filter(({ key }) => key.isWitness);
  if (!trust.isQuorum(witnesses.map(({ key }) => key)))
    fail('The checkpoint lacks cosignatures that the policy asks for.');
  return { origin, size: Number(size), root: base64(root), witnesses };
}

function parsePolicy(text) {
  const trust = { logs: [], witnesses: [], isQuorum: null };
  const rules = new Map([['none', () => true]]);
  const rule = (name) => rules.get(name) ?? fail(`The policy does not define ${name}.`);
  for (const line of text.split('\n')) {
    const [kind, ...words] = line.trim().split(/\s+/);
    if (kind === '' || kind.startsWith('#')) continue;
    if (kind === 'log') trust.logs.push(parseKey(words[0] ?? ''));
    else if (kind === 'witness') {
      const key = parseKey(words[1] ?? '');
      trust.witnesses.push(key);
      rules.set(words[0], (keys) => keys.includes(key));
    } else if (kind === 'group') {
      const [name, least, ...members] = words;
      const parts = members.map(rule);
      const count = least === 'any' ? 1 : least === 'all' ? parts.length : Number(least);
      if (!(count >= 1 && count <= parts.length)) fail(`The group ${name} of the policy cannot be reached.`);
      rules.set(name, (keys) => parts.filter((part) => part(keys)).length >= count);
    } else if (kind === 'quorum') trust.isQuorum = rule(words[0]);
    else fail(`The policy has a line that begins with ${kind}.`);
  }
  return trust.isQuorum ? trust : fail('The policy has no quorum.');
}

// ---- proof: the events of a run, or one event ------------------------------------------------------------------------

function verifyProof(file, trust) {
  const text = readFileSync(file, 'utf8');
  if (text.startsWith('c2sp.org/tlog-proof@v1\n')) verifyProofFile(text, trust);
  else {
    const checkpoint = checkRun(JSON.parse(text), trust, say);
    tell(checkpoint);
  }
}

/** Answers the checkpoint. `say` is told what is good. */
function checkRun(proof, trust, say) {
  if (proof.format !== 'runledger.run-proof/1') fail('The file is no proof of a run.');
  const checkpoint = openCheckpoint(proof.checkpoint, withOwnKey(trust, proof.key, say));
  const hashes = proof.hashes.map(base64);
  let version = 0;
  let position = 0;
  let withheld = 0;
  for (const event of proof.events) {
    const where = `The event at position ${event.position}`;
    if (event.streamVersion <= version || event.position <= position) fail(`${where} is out of order.`);
    [version, position] = [event.streamVersion, event.position];
    if (event.digest !== undefined) {
      if ([event.salt, event.data, event.metadata].some((text) => text !== undefined)) {
        fail(`${where} has a digest beside what it says, so nothing proves what it says.`);
      }
      withheld++;
    }
    const digest =
      event.digest === undefined
        ? digestOf({ ...event, salt: base64(event.salt), stream: proof.run, version: event.streamVersion })
        : base64(event.digest);
    const entry = entryOf(event.position, event.recordedAt, digest, base64(event.hash));
    const path = event.proof.map((place) => hashes[place] ?? fail(`${where} has a proof with a hash that is missing.`));
    const root = rootFrom(leafHash(entry), event.position - 1, checkpoint.size, path);
    if (!root?.equals(checkpoint.root)) fail(`${where} is not the one that the log has.`);
  }
  const { events, later, plan } = proof;
  if (events.length === 0) fail('The proof has no event.');
  const isWhole = events.every((event, index) => event.streamVersion === index + 1);
  const last = events.at(-1);
  say(`good: ${events.length} events of run ${proof.run} are in the log.`);
  if (withheld > 0)
    say(
      `${withheld} of them are only known by their digest: what they say, and their type, version and run, is not proven.`,
    );
  if (!isWhole) say('These are not all events of the run up to the last one shown.');
  else if (last.type === 'WorkflowRunFinalized' && last.digest === undefined && later === 0) {
    say('They are all events of the run: it is finalized.');
  } else
    say(`They are the events of the run from its first, as of ${checkpoint.size} events; there may be later ones.`);
  const named = events[0].data === undefined ? undefined : JSON.parse(events[0].data).plan;
  if (plan !== undefined && named !== undefined) {
    if (sha256(Buffer.from(plan)).toString('hex') !== named)
      fail('The plan is not the one that the first event names.');
    say('The plan is the one that its first event names.');
  } else if (plan !== undefined) say('The first event is not shown, so nothing proves the plan.');
  return checkpoint;
}

function verifyProofFile(text, trust) {
  const end = text.indexOf('\n\n');
  const lines = text.slice(0, end).split('\n').slice(1);
  const extra = lines[0]?.startsWith('extra ')
    ? base64(lines.shift().slice(6))
    : fail('The proof has no entry in extra.');
  const [, index] = /^index (0|[1-9]\d*)$/.exec(lines.shift() ?? '') ?? fail('The proof has no index.');
  const checkpoint = openCheckpoint(text.slice(end + 2), trust);
  const root = rootFrom(leafHash(extra), Number(index), checkpoint.size, lines.map(base64));
  if (!root?.equals(checkpoint.root))
    fail(`The entry of position ${Number(index) + 1} is not the one that the log has.`);
  if (extra.length !== 81 || extra[0] !== 1 || extra.readBigUInt64BE(1) !== BigInt(index) + 1n)
    fail('The entry is malformed.');
  say(
    `good: the event at position ${Number(index) + 1} is in the log, with the digest ${extra.subarray(17, 49).toString('hex')}.`,
  );
  tell(checkpoint);
}

// ---- archives: runs that have left the database ----------------------------------------------------------------------

async function* archiveLines(file) {
  let rest = '';
  try {
    for await (const chunk of createReadStream(file).pipe(createGunzip()).setEncoding('utf8')) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop();
      for (const line of lines) yield JSON.parse(line);
    }
  } catch (error) {
    fail(`${file} is damaged: ${error.message}.`);
  }
  if (rest !== '') fail(`${file} is not whole: its last line has no end.`);
}

async function verifyArchive(file, trust) {
  let [head, runs, events, checkpoint] = [null, 0, [], null];
  for await (const line of archiveLines(file)) {
    if (head === null) head = line.format === 'runledger.archive/1' ? line : fail(`${file} is no archive.`);
    else if (line.run !== undefined) {
      checkpoint = checkRun(line, trust, () => undefined);
      if (line.events.some(({ digest }) => digest !== undefined)) fail(`Run ${line.run} is not whole.`);
      runs++;
      for (const { position } of line.events) events.push(position);
    } else entriesOf(line);
  }
  if (head === null || runs !== head.runs || positionsText(events) !== head.positions) {
    fail(`${file} does not have the runs that it names.`);
  }
  say(`good: the archive holds ${runs} runs with ${events.length} events, and all of them are in the log.`);
  say(`sha256: ${sha256(readFileSync(file)).toString('hex')}`);
  tell(checkpoint);
}

/** The entries of a line with a tile, whose hashes they must have. */
function entriesOf({ tile, entries, hashes }) {
  const [bundle, leaves] = [base64(entries), base64(hashes)];
  return Array.from({ length: bundle.length / 83 }, (_, index) => {
    const entry = bundle.subarray(index * 83 + 2, (index + 1) * 83);
    if (!leafHash(entry).equals(leaves.subarray(index * 32, (index + 1) * 32))) {
      fail(`The entry of position ${tile * tileWidth + index + 1} is wrong.`);
    }
    return entry;
  });
}

function positionsText(positions) {
  const ranges = [];
  for (const position of positions.sort((a, b) => a - b)) {
    if (ranges.at(-1)?.[1] === position) ranges.at(-1)[1]++;
    else ranges.push([position, position + 1]);
  }
  return `{${ranges.map(([first, end]) => `[${first},${end})`).join(',')}}`;
}

/** What a folder of archives says of events that are not in an export. */
class Archives {
  #entries = new Map();
  /** By the SHA-256 of the archive: the positions that it names. */
  #positions = new Map();
  #taken = [];

  static async read(folder) {
    const archives = new Archives();
    const names = folder === undefined ? [] : readdirSync(folder).filter((name) => name.endsWith('.jsonl.gz'));
    for (const name of names) {
      const file = join(folder, name);
      for await (const line of archiveLines(file)) {
        if (line.format === 'runledger.archive/1')
          archives.#positions.set(sha256(readFileSync(file)).toString('hex'), line.positions);
        else if (line.tile !== undefined) archives.#add(line);
      }
    }
    return archives;
  }

  #add(line) {
    const entries = entriesOf(line);
    const known = this.#entries.get(line.tile) ?? [];
    if (entries.length > known.length) this.#entries.set(line.tile, entries);
  }

  /** The entry of a position that the export does not have. */
  take(position) {
    const index = (position - 1) % tileWidth;
    const entry = this.#entries.get(Math.floor((position - 1) / tileWidth))?.[index];
    if (!entry || entry.readBigUInt64BE(1) !== BigInt(position)) fail(`Position ${position} is missing.`);
    this.#taken.push(position);
    return { time: entry.readBigInt64BE(9), digest: entry.subarray(17, 49), hash: entry.subarray(49) };
  }

  /** Each position that was taken must be of an archive that an event of the ledger names. Answers how many there are. */
  settle(named) {
    const archived = new Set();
    for (const { name, sha256: wanted, positionsSha256 } of named) {
      const text = this.#positions.get(wanted);
      if (text === undefined) continue;
      if (sha256(Buffer.from(text)).toString('hex') !== positionsSha256)
        fail(`${name} has other positions than its event.`);
      for (const [, first, end] of text.matchAll(/\[(\d+),(\d+)\)/g)) {
        for (let position = Number(first); position < Number(end); position++) archived.add(position);
      }
    }
    const lost = this.#taken.find((position) => !archived.has(position));
    if (lost !== undefined) fail(`Position ${lost} is missing: no event names an archive that holds it.`);
    return this.#taken.length;
  }
}

// ---- ledger: an export of all events ---------------------------------------------------------------------------------

async function* linesOf(file) {
  let rest = '';
  for await (const chunk of createReadStream(file, 'utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    yield* lines;
  }
  if (rest !== '') fail('The export is not whole: its last line has no end.');
}

async function verifyLedger(file, { tiles, checkpointFile, archives: folder, trust }) {
  const note = checkpointFile ?? (tiles === undefined ? undefined : join(tiles, 'checkpoint'));
  const checkpoint = note === undefined ? null : openCheckpoint(readFileSync(note, 'utf8'), trust);
  const logged = tiles === undefined ? null : new LoggedLeaves(tiles, checkpoint.size);
  const tree = new GrowingTree();
  let head = null;
  let size = 0;
  let hash = Buffer.alloc(32);
  let time = 0n;
  const archives = await Archives.read(folder);
  const named = [];
  /** The next link of the chain. */
  const link = (position, at, digest, wanted) => {
    if (at < time) fail(`The event at position ${position} is older than the one before it.`);
    time = at;
    hash = chainHash(hash, position, time, digest);
    if (!hash.equals(wanted)) fail(`The chain breaks at position ${position}.`);
    size = position;
    if (!checkpoint || position > checkpoint.size) return;
    const leaf = leafHash(entryOf(position, time, digest, hash));
    if (logged && !leaf.equals(logged.at(position - 1))) {
      fail(`The event at position ${position} is not the one that was logged: the ledger was rewritten from there.`);
    }
    tree.add(leaf);
    if (position === checkpoint.size && !tree.root().equals(checkpoint.root)) {
      fail(`The first ${position} events are not those that were signed: the ledger was rewritten.`);
    }
  };
  for await (const line of linesOf(file)) {
    const row = JSON.parse(line);
    if (head === null) {
      head = row;
      continue;
    }
    if (row.p <= size) fail(`Position ${row.p} is out of order.`);
    while (size + 1 < row.p) {
      const entry = archives.take(size + 1);
      link(size + 1, entry.time, entry.digest, entry.hash);
    }
    if (row.t === 'RunsArchived') named.push(JSON.parse(row.d));
    const digest = digestOf({
      salt: Buffer.from(row.x, 'hex'),
      stream: row.s,
      version: row.v,
      type: row.t,
      schemaVersion: row.n,
      data: row.d,
      metadata: row.m,
    });
    link(row.p, BigInt(row.r), digest, Buffer.from(row.h, 'hex'));
  }
  const archived = archives.settle(named);
  if (head === null) fail('The export is not whole: it has no head.');
  if (size !== head.p) fail(`The head is position ${head.p}, and the events end at ${size}.`);
  if (hash.toString('hex') !== head.h) fail('The head does not carry the hash of the last event.');
  if (checkpoint && size < checkpoint.size) {
    fail(`The events end at ${size}, and ${checkpoint.size} were signed: the ledger was cut.`);
  }
  say(`good: the chain of ${size} events is whole, up to the hash ${hash.toString('hex')}.`);
  if (archived > 0) say(`${archived} of them lie in archives that its events name.`);
  if (!checkpoint) say('No checkpoint was given: nothing shows whether the ledger was cut or rewritten as a whole.');
  else {
    if (size > checkpoint.size) say(`The last ${size - checkpoint.size} events are newer than the checkpoint.`);
    tell(checkpoint);
  }
}

// ---- tiles: the log itself --------------------------------------------------------------------------------------------

const tileWidth = 256;

function tilePath(level, tile, width) {
  const digits = String(tile);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g);
  const number = groups.map((group, index) => (index === groups.length - 1 ? group : `x${group}`)).join('/');
  return `tile/${level}/${number}${width === tileWidth ? '' : `.p/${width}`}`;
}

/** The bytes of a tile, of a width; a full one may stand for a part of it. */
function readTile(folder, level, tile, width, itemBytes) {
  for (const each of [width, tileWidth]) {
    const file = join(folder, tilePath(level, tile, each));
    if (!existsSync(file)) continue;
    const bytes = readFileSync(file);
    if (bytes.length !== each * itemBytes) fail(`${tilePath(level, tile, each)} has a wrong length.`);
    return bytes.subarray(0, width * itemBytes);
  }
  return fail(`${tilePath(level, tile, width)} is missing.`);
}

/** The leaves that the tiles of level 0 have. */
class LoggedLeaves {
  #tile = -1;
  #hashes = null;

  constructor(folder, size) {
    this.folder = folder;
    this.size = size;
  }

  at(index) {
    const tile = Math.floor(index / tileWidth);
    if (tile !== this.#tile) {
      this.#hashes = readTile(this.folder, 0, tile, Math.min(tileWidth, this.size - tile * tileWidth), 32);
      this.#tile = tile;
    }
    const at = (index % tileWidth) * 32;
    return this.#hashes.subarray(at, at + 32);
  }
}

/** Checks every tile against the entries, the chain in the entries, and the root. */
function verifyTiles(folder, { trust, since }) {
  const checkpoint = openCheckpoint(readFileSync(join(folder, 'checkpoint'), 'utf8'), trust);
  const earlier =
    since === undefined ? null : openCheckpoint(readFileSync(since, 'utf8'), { ...trust, isQuorum: () => true });
  if (earlier && earlier.size > checkpoint.size) {
    fail(`The earlier checkpoint has ${earlier.size} events, and the newer one ${checkpoint.size}: the log was cut.`);
  }
  const { size } = checkpoint;
  const tree = new GrowingTree();
  const levels = [];
  const counts = [];
  const add = (level, hash) => {
    const hashes = (levels[level] ??= []);
    counts[level] ??= 0;
    hashes.push(hash);
    if (hashes.length < tileWidth) return;
    compare(level, counts[level]++, hashes);
    levels[level] = [];
    const perfect = new GrowingTree();
    hashes.forEach((each) => perfect.add(each));
    add(level + 1, perfect.root());
  };
  const compare = (level, tile, hashes) => {
    if (!readTile(folder, level, tile, hashes.length, 32).equals(Buffer.concat(hashes))) {
      fail(`${tilePath(level, tile, hashes.length)} does not have the hashes of what is below it.`);
    }
  };
  const checkRoot = (at) => {
    if (at && tree.size === at.size && !tree.root().equals(at.root)) {
      fail(`The first ${at.size} entries are not those that were signed.`);
    }
  };
  checkRoot(checkpoint);
  let hash = Buffer.alloc(32);
  for (let tile = 0; tree.size < size; tile++) {
    const width = Math.min(tileWidth, size - tree.size);
    const bundle = readTile(folder, 'entries', tile, width, 83);
    for (let at = 0; at < bundle.length; at += 83) {
      const entry = bundle.subarray(at + 2, at + 83);
      const position = tree.size + 1;
      const isEntry = bundle.readUInt16BE(at) === 81 && entry[0] === 1 && entry.readBigUInt64BE(1) === BigInt(position);
      hash = chainHash(hash, position, entry.readBigInt64BE(9), entry.subarray(17, 49));
      if (!isEntry || !hash.equals(entry.subarray(49))) fail(`The entry of position ${position} is wrong.`);
      tree.add(leafHash(entry));
      add(0, leafHash(entry));
      checkRoot(earlier);
    }
  }
  checkRoot(checkpoint);
  levels.forEach((hashes, level) => hashes.length > 0 && compare(level, counts[level], hashes));
  say(`good: the tiles hold the ${size} entries that were signed, and their chain is whole.`);
  if (earlier) say(`They begin with the ${earlier.size} entries of the earlier checkpoint.`);
  tell(checkpoint);
}

// ---- The command ------------------------------------------------------------------------------------------------------

function tell({ origin, size, root, witnesses }) {
  say(`checkpoint: ${origin}, ${size} events, root ${root.toString('base64')}`);
  for (const { key, time } of witnesses) {
    say(`witness ${key.name} saw it at ${new Date(Number(time) * 1000).toISOString()}`);
  }
}

/** Without a key of somebody who is trusted, the proof's own shows only that it is whole in itself. */
function withOwnKey(trust, key, say) {
  if (trust.logs.length > 0) return trust;
  say(`No --key was given: this uses the key that came with the proof, ${key}`);
  return { ...trust, logs: [parseKey(key)] };
}

function parseArguments([command, file, ...rest]) {
  const options = { '--key': [], '--policy': [], '--checkpoint': [], '--tiles': [], '--since': [], '--archives': [] };
  for (let at = 0; at < rest.length; at += 2) {
    if (!options[rest[at]] || rest[at + 1] === undefined)
      throw new Misuse(`Not known, or without a value: ${rest[at]}`);
    options[rest[at]].push(rest[at + 1]);
  }
  if (file === undefined)
    throw new Misuse('Usage: verify.mjs proof|ledger|tiles|archive <file or folder> [--key <key>] [--policy <file>] …');
  const [policy] = options['--policy'];
  const trust =
    policy === undefined
      ? { logs: [], witnesses: [], isQuorum: () => true }
      : parsePolicy(readFileSync(policy, 'utf8'));
  trust.logs.push(...options['--key'].map(parseKey));
  const [[checkpointFile], [tiles], [since]] = [options['--checkpoint'], options['--tiles'], options['--since']];
  const [archives] = options['--archives'];
  const needsKey = command === 'tiles' || tiles !== undefined || checkpointFile !== undefined;
  if (needsKey && trust.logs.length === 0) throw new Misuse('Give the key of the log with --key or --policy.');
  return { command, file, checkpointFile, tiles, since, archives, trust };
}

async function main() {
  const { command, file, ...options } = parseArguments(process.argv.slice(2));
  if (command === 'proof') verifyProof(file, options.trust);
  else if (command === 'ledger') await verifyLedger(file, options);
  else if (command === 'tiles') verifyTiles(file, options);
  else if (command === 'archive') await verifyArchive(file, options.trust);
  else throw new Misuse(`Not known: ${command}. It must be proof, ledger, tiles or archive.`);
}

main().catch((error) => {
  const isMisuse = error instanceof Misuse;
  process.stderr.write(`${isMisuse ? '' : 'NOT GOOD: '}${error.message}\n`);
  process.exitCode = isMisuse ? 2 : 1;
});
