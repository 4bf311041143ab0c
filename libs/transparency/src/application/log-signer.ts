import { type BackgroundPool, inTransaction } from '#libs/database';
import type { Clock } from '#libs/kernel';
import {
  checkpointText,
  formatNote,
  noteSignature,
  openNote,
  parseCheckpoint,
  parseNote,
  type SignerKey,
  treeRoot,
} from '../domain';
import type { TreeStore } from '../read/tree-store';
import { LogAlarm } from './log-alarm';
import type { SignedTree, SignerState } from './signer-state';

/** The latest signed notes that the database keeps. */
const keptCheckpoints = 100;

/** A tree that was signed. */
export interface SignedCheckpoint extends SignedTree {
  readonly origin: string;
  /** The text that the signatures are over. */
  readonly text: string;
  /** The signed note, with the cosignatures that it has so far. */
  readonly note: string;
}

export interface SignerOptions {
  readonly key: SignerKey;
  readonly state: SignerState;
  /** The operator has named the log: it may go on where another one ended. */
  readonly isNamed: boolean;
  /** Whether a note without cosignatures is enough for the policy. */
  readonly isEnoughAlone: boolean;
}

/**
 * Signs the tree as it grows. It remembers outside the database what it has signed, and signs only a tree that begins
 * with that one: never a smaller one, and never another one.
 */
export class LogSigner {
  constructor(
    private readonly pool: BackgroundPool,
    private readonly store: TreeStore,
    private readonly clock: Clock,
    private readonly options: SignerOptions,
  ) {}

  /**
   * The newest signed tree, after signing it if it has grown; null while it is empty.
   * @throws LogAlarm if the tree is not the one that was signed before.
   */
  async sign(): Promise<SignedCheckpoint | null> {
    const { key, state } = this.options;
    const origin = key.verifier.name;
    const latest = await this.store.latestCheckpoint('any');
    if (latest && latest.origin !== origin && !this.options.isNamed) {
      throw new LogAlarm(
        `The tree is signed as ${latest.origin}, and the key here is that of ${origin}: set RUNLEDGER_TRAIL_KEY to the key ` +
          'of that log, or RUNLEDGER_TRAIL_ORIGIN to begin a new one.',
      );
    }
    const before = state.read(origin) ?? this.signedBefore(latest?.origin === origin ? latest.note : null);
    const size = await this.store.size();
    if (before && size < before.size) {
      throw new LogAlarm(
        `The tree has ${size} events, and ${before.size} were signed: the ledger was cut or restored, or this data ` +
          'folder belongs to another database.',
      );
    }
    if (size === 0) return null;
    const { root, oldRoot } = await this.store.compute((nodes) => ({
      root: treeRoot(nodes, size),
      oldRoot: before && treeRoot(nodes, before.size),
    }));
    if (before && !oldRoot?.equals(before.root)) {
      throw new LogAlarm(`The first ${before.size} events are not those that were signed: the ledger was rewritten.`);
    }
    const text = checkpointText({ origin, size, root });
    if (latest?.origin === origin && latest.size === size && parseNote(latest.note).text === text) {
      return { origin, size, root, text, note: latest.note };
    }
    state.write(origin, { size, root });
    const note = formatNote(text, [noteSignature(text, key)]);
    await this.publish({ origin, size, note });
    return { origin, size, root, text, note };
  }

  /** Stores the note with the cosignatures that came. */
  async cosigned({ size }: SignedCheckpoint, note: string, isEnough: boolean): Promise<void> {
    await this.pool.query({
      name: 'tree_checkpoint_cosigned',
      text: 'update tree_checkpoint set note = $2, is_cosigned = $3 where size = $1',
      values: [size, note, isEnough],
    });
  }

  /** What the database says that this key has signed: for a signer whose file is lost. */
  private signedBefore(note: string | null): SignedTree | null {
    return note === null ? null : parseCheckpoint(openNote(note, [this.options.key.verifier]).text);
  }

  private async publish({ origin, size, note }: { origin: string; size: number; note: string }): Promise<void> {
    const { isEnoughAlone } = this.options;
    const key = this.options.key.verifier;
    await inTransaction(this.pool, async (client) => {
      await client.query({
        name: 'tree_checkpoint_write',
        text: `insert into tree_checkpoint (size, origin, key, note, is_cosigned, signed_at) values ($1, $2, $3, $4, $5, $6)
               on conflict (size) do update set origin = excluded.origin, key = excluded.key, note = excluded.note,
                 is_cosigned = excluded.is_cosigned, signed_at = excluded.signed_at`,
        values: [size, origin, key.text, note, isEnoughAlone, new Date(this.clock.now())],
      });
      // The latest cosigned one stays, however long witnesses are away.
      await client.query({
        name: 'tree_checkpoint_prune',
        text: `delete from tree_checkpoint
                where size < (select min(size) from (select size from tree_checkpoint order by size desc limit $1) as kept)
                  and size < (select max(size) from tree_checkpoint where is_cosigned)`,
        values: [keptCheckpoints],
      });
    });
  }
}
