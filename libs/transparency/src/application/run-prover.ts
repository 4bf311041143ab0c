import type { ProvenEvent, WorkflowRunProof } from '#libs/contracts';
import type { RecordedEvent } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { inclusionProof } from '../domain';
import { type StoredCheckpoint, TreeStore } from '../read/tree-store';

/** Events whose tiles are read at once: at most this many tiles of 8 KiB. */
const chunk = 256;

/** Which fields of an event its proof shows. */
export type ShownPart = Omit<ProvenEvent, 'hash' | 'proof'>;

/** Proves that a checkpoint holds the events of runs. */
@Injectable()
export class RunProver {
  constructor(private readonly store: TreeStore) {}

  async prove(
    run: string,
    { origin, key, size, note }: StoredCheckpoint,
    events: readonly RecordedEvent[],
    later: number,
    shown: (event: RecordedEvent) => ShownPart,
  ): Promise<WorkflowRunProof> {
    const places = new Map<string, number>();
    const placeOf = (hash: string): number => {
      const place = places.get(hash) ?? places.size;
      places.set(hash, place);
      return place;
    };
    const proven: ProvenEvent[] = [];
    for (let at = 0; at < events.length; at += chunk) {
      const some = events.slice(at, at + chunk);
      const proofs = await this.store.compute((nodes) =>
        some.map(({ position }) => inclusionProof(nodes, position - 1, size)),
      );
      some.forEach((event, index) => {
        const proof = (proofs[index] ?? []).map((hash) => placeOf(hash.toString('base64')));
        proven.push({ ...shown(event), hash: event.hash.toString('base64'), proof });
      });
    }
    const hashes = [...places.keys()];
    return { format: 'runledger.run-proof/1', run, origin, key, checkpoint: note, hashes, events: proven, later };
  }
}

/** Everything of an event that its digest covers. */
export function wholeEvent({ stored, ...event }: RecordedEvent): ShownPart {
  const { position, recordedAt, streamVersion, type, schemaVersion } = event;
  const { salt, data, metadata } = stored;
  const named = { position, recordedAt: String(recordedAt), streamVersion, type, schemaVersion };
  return { ...named, salt: salt.toString('base64'), data, metadata };
}
