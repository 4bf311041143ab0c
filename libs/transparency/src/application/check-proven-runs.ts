import type { LoggedTile, ProvenRuns, WorkflowRunProof } from '#libs/contracts';
import { eventDigest } from '#libs/ledger';
import {
  bundledBytes,
  encodeEntry,
  hashBytes,
  leafHash,
  openNote,
  parseCheckpoint,
  parseVerifierKey,
  provesInclusion,
  tileWidth,
} from '../domain';

/**
 * Recomputes what proves the events of runs, and the hashes of tiles. `keys`: those of the log that are trusted; absent: the ones in the proofs.
 * @throws Error that names the run and position that is wrong.
 */
export function checkProvenRuns({ proofs, tiles }: ProvenRuns, keys?: readonly string[]): void {
  for (const tile of tiles) checkTile(tile);
  const entries = new Map(tiles.map((each) => [each.tile, Buffer.from(each.entries, 'base64')]));
  for (const proof of proofs) checkProof(proof, entries, keys ?? [proof.key]);
}

function checkTile({ tile, entries, hashes }: LoggedTile): void {
  const [bundle, leaves] = [Buffer.from(entries, 'base64'), Buffer.from(hashes, 'base64')];
  for (let index = 0; index * bundledBytes < bundle.length; index++) {
    const entry = bundle.subarray(index * bundledBytes + 2, (index + 1) * bundledBytes);
    if (!leafHash(entry).equals(leaves.subarray(index * hashBytes, (index + 1) * hashBytes))) {
      throw new Error(`The entry of position ${tile * tileWidth + index + 1} is not the one that was hashed.`);
    }
  }
}

function checkProof(proof: WorkflowRunProof, bundles: ReadonlyMap<number, Buffer>, keys: readonly string[]): void {
  const { text, verified } = openNote(proof.checkpoint, keys.map(parseVerifierKey));
  if (verified.length === 0) throw new Error(`Run ${proof.run}: its checkpoint is not signed by a key of the log.`);
  const checkpoint = parseCheckpoint(text);
  const hashes = proof.hashes.map((hash) => Buffer.from(hash, 'base64'));
  proof.events.forEach((event, index) => {
    const { position, streamVersion, type, schemaVersion, salt, data, metadata } = event;
    const wrong = `Run ${proof.run}: the event at position ${position} is not the one that was logged.`;
    if (streamVersion !== index + 1 || salt === undefined || data === undefined || metadata === undefined) {
      throw new Error(wrong);
    }
    const stored = { streamId: proof.run, streamVersion, type, schemaVersion, data, metadata };
    const entry = encodeEntry({
      position,
      recordedAt: BigInt(event.recordedAt),
      digest: eventDigest({ ...stored, salt: Buffer.from(salt, 'base64') }),
      hash: Buffer.from(event.hash, 'base64'),
    });
    const path = event.proof.map((place) => hashes[place] ?? Buffer.alloc(0));
    const at = (position - 1) % tileWidth;
    const bundled = bundles
      .get(Math.floor((position - 1) / tileWidth))
      ?.subarray(at * bundledBytes + 2, (at + 1) * bundledBytes);
    const isGood = provesInclusion(leafHash(entry), position - 1, checkpoint.size, path, checkpoint.root);
    if (!isGood || !bundled?.equals(entry)) throw new Error(wrong);
  });
  if (proof.events.at(-1)?.type !== 'WorkflowRunFinalized') {
    throw new Error(`Run ${proof.run}: its last event is not there.`);
  }
}
