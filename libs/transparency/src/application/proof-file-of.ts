import type { ProvenEvent, WorkflowRunProof } from '#libs/contracts';
import { eventDigest } from '#libs/ledger';
import { encodeEntry, type Entry, formatProofFile } from '../domain';

/** The C2SP file of the first event of a proof. Its `extra` is the entry, which the leaf hashes. */
export function proofFileOf({ events: [event], hashes, checkpoint, run }: WorkflowRunProof): string {
  if (!event) throw new Error('A proof has at least one event');
  const proof = event.proof.map((place) => Buffer.from(hashes[place] ?? '', 'base64'));
  return formatProofFile({ index: event.position - 1, proof, checkpoint, extra: encodeEntry(entryOf(event, run)) });
}

/** What the log says of an event of a proof. */
function entryOf(event: ProvenEvent, streamId: string): Entry {
  const { position, recordedAt, salt = '', data = '', metadata = '' } = event;
  const digest =
    event.digest === undefined
      ? eventDigest({ ...event, streamId, salt: Buffer.from(salt, 'base64'), data, metadata })
      : Buffer.from(event.digest, 'base64');
  return { position, recordedAt: BigInt(recordedAt), digest, hash: Buffer.from(event.hash, 'base64') };
}
