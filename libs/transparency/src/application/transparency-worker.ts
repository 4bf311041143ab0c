import { BackgroundPool } from '#libs/database';
import type { FormerLog } from '#libs/contracts';
import { isConnectionLoss, type StoredLink, type Subscription } from '#libs/ledger';
import { type Clock, CLOCK } from '#libs/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { formatNote, noPolicy, openNote, parseNote, type Policy, type SignerKey } from '../domain';
import { TreeStore } from '../read/tree-store';
import { FolderPlace } from './folder-place';
import { LogAlarm } from './log-alarm';
import { LogSigner, type SignedCheckpoint } from './log-signer';
import type { LogSink } from './log-sink';
import { S3Place, type S3Options } from './s3-place';
import { SignerState } from './signer-state';
import { TileSink } from './tile-sink';
import { TreeBuilder } from './tree-builder';
import { WitnessSink } from './witness-sink';
import { WorkLog } from './work-log';

/** Milliseconds between two checkpoints, if the tree has grown. */
export const checkpointInterval = 10_000;

export interface SigningOptions {
  readonly key: SignerKey;
  /** The file that says what was signed last; not in the database, and on a disk that stays. */
  readonly stateFile: string;
  /** The operator has named the log: it may go on where another one ended. */
  readonly isNamed: boolean;
  /** Why another log goes on where one ended; for the ledger. */
  readonly reason?: string;
  readonly policy?: Policy;
  /** A folder that gets checkpoints and tiles. */
  readonly folder?: string;
  /** A bucket that gets the same. */
  readonly s3?: S3Options;
}

export interface WorkerListener {
  /** A person must look. Called once for each alarm. */
  readonly onAlarm: (part: string, alarm: string) => void;
  /** It is tried again. */
  readonly onError: (error: unknown) => void;
}

/** The background work of the log: builds, signs, sends. The program starts and stops it. */
@Injectable()
export class TransparencyWorker {
  private subscription: Subscription<StoredLink> | null = null;
  private timer: NodeJS.Timeout | null = null;
  private working: Promise<void> = Promise.resolve();
  private stopped = true;
  private signer: LogSigner | null = null;
  private witnesses: readonly LogSink[] = [];
  /** Get what witnesses have signed. */
  private places: readonly LogSink[] = [];
  private signing: SigningOptions | null = null;

  constructor(
    private readonly pool: BackgroundPool,
    private readonly builder: TreeBuilder,
    private readonly store: TreeStore,
    private readonly works: WorkLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** `signing` absent: only builds the tree. */
  start(listener: WorkerListener, signing?: SigningOptions): void {
    this.stopped = false;
    this.subscription = this.builder.subscription((error) => void this.report('builder', error, listener));
    this.subscription.start();
    if (signing) this.use(signing);
    this.later(listener);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    await Promise.all([this.subscription?.stop(), this.working]);
  }

  /** The last checkpoint of another log, which this one will go on from; null if there is none, or this key may not. */
  async formerLog({ key, isNamed }: SigningOptions): Promise<FormerLog | null> {
    const latest = await this.store.latestCheckpoint('any');
    if (!latest || !isNamed || latest.origin === key.verifier.name) return null;
    return { origin: latest.origin, size: latest.size, checkpoint: latest.note };
  }

  /** Prepares signing without starting to; `step` does it. */
  use(signing: SigningOptions): void {
    const { key, stateFile, isNamed, policy = noPolicy, folder, s3 } = signing;
    this.signing = signing;
    const options = { key, state: new SignerState(stateFile), isNamed, isEnoughAlone: policy.isQuorum([]) };
    this.signer = new LogSigner(this.pool, this.store, this.clock, options);
    this.witnesses = policy.witnesses.flatMap(({ url, ...witness }) =>
      url === undefined ? [] : [new WitnessSink({ ...witness, url }, this.store)],
    );
    const places = [
      ...(folder === undefined ? [] : [new FolderPlace(folder)]),
      ...(s3 ? [new S3Place(s3, this.clock)] : []),
    ];
    this.places = places.map((place) => new TileSink(place, this.store, key.verifier));
  }

  /** Compares the tree with the head, signs it if it has grown, and brings the sinks up to date. */
  async step(listener: WorkerListener): Promise<void> {
    await this.attempt('builder', listener, () => this.compareHead());
    const { signer } = this;
    if (!signer) return;
    const signed = await this.attempt('signer', listener, async () => {
      const checkpoint = await signer.sign();
      if (checkpoint) await this.works.done('signer', checkpoint.size);
      return checkpoint;
    });
    if (signed) await this.send(signed, signer, listener);
  }

  private async send(signed: SignedCheckpoint, signer: LogSigner, listener: WorkerListener): Promise<void> {
    const sizes = new Map((await this.store.work()).map(({ name, size, alarm }) => [name, { size, alarm }]));
    const give = (sink: LogSink, checkpoint: SignedCheckpoint) =>
      this.attempt(sink.name, listener, async () => {
        const lines = await sink.take(checkpoint, sizes.get(sink.name)?.size ?? 0);
        await this.works.done(sink.name, checkpoint.size);
        return lines;
      });
    const missing = this.witnesses.filter((sink) => !hasSigned(signed.note, sink.name));
    const lines = (await Promise.all(missing.map((sink) => give(sink, signed)))).flatMap((given) => given ?? []);
    const note = lines.length > 0 ? formatNote(signed.text, [...linesOf(signed.note), ...lines]) : signed.note;
    const isEnough = this.isEnough(note);
    if (lines.length > 0) await signer.cosigned(signed, note, isEnough);
    if (isEnough) await Promise.all(this.places.map((place) => give(place, { ...signed, note })));
  }

  private isEnough(note: string): boolean {
    const { key, policy = noPolicy } = this.signing ?? {};
    const keys = [...(key ? [key.verifier] : []), ...policy.witnesses.map((witness) => witness.key)];
    return policy.isQuorum(openNote(note, keys).verified.map((signature) => signature.key));
  }

  /** The builder sees only events that are there: this finds that the last ones are gone. */
  private async compareHead(): Promise<void> {
    const size = await this.store.size();
    const { rows } = await this.pool.query<{ position: string; hash: Buffer; next: string | null }>({
      name: 'tree_compare_head',
      text: `select position, hash, (select min(position) from event where position > $1) as next
               from ledger_head where shard = 1`,
      values: [size],
    });
    const head = rows[0];
    const position = Number(head?.position ?? 0);
    if (position < size) {
      throw new LogAlarm(`The head of the ledger is at ${position}, and ${size} events were logged: its tail was cut.`);
    }
    if (position > size && head?.next === null) {
      throw new LogAlarm(`The event at position ${size + 1} is missing, and the head is at ${position}.`);
    }
    if (
      position === size &&
      size > 0 &&
      !(await this.store.entry(size - 1)).hash.equals(head?.hash ?? Buffer.alloc(0))
    ) {
      throw new LogAlarm(`The head does not have the hash that was logged at position ${size}.`);
    }
    const last = (await this.store.work()).find(({ name }) => name === 'builder');
    if (!last?.alarm || size > last.size || size === position) await this.works.done('builder', size);
  }

  private async attempt<Result>(
    part: string,
    listener: WorkerListener,
    work: () => Promise<Result>,
  ): Promise<Result | null> {
    try {
      return await work();
    } catch (error) {
      await this.report(part, error, listener);
      return null;
    }
  }

  private async report(part: string, error: unknown, { onAlarm, onError }: WorkerListener): Promise<void> {
    if (isConnectionLoss(error)) {
      onError(error);
      return;
    }
    const message = error instanceof Error ? error.message : String(error);
    const isNews = await this.works.alarmed(part, message).catch(() => true);
    if (error instanceof LogAlarm) {
      if (isNews) onAlarm(part, message);
    } else if (isNews) onError(error);
  }

  private later(listener: WorkerListener): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.working = this.step(listener)
        .catch((error: unknown) => listener.onError(error))
        .finally(() => this.later(listener));
    }, checkpointInterval);
    this.timer.unref();
  }
}

function linesOf(note: string): string[] {
  return parseNote(note).signatures.map(({ line }) => line);
}

function hasSigned(note: string, sink: string): boolean {
  return parseNote(note).signatures.some(({ name }) => sink === `witness ${name}`);
}
