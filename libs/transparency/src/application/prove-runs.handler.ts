import { QueryHandler } from '#libs/bus';
import { FindPlanText, type LoggedTile, ProveRuns, type ProvenRuns, type WorkflowRunProof } from '#libs/contracts';
import { readStream, type RecordedEvent } from '#libs/ledger';
import { type IQueryHandler, QueryBus } from '@nestjs/cqrs';
import { Pool } from 'pg';
import { cutBundle, hashBytes, tileWidth, widthOf } from '../domain';
import { TreeStore } from '../read/tree-store';
import { RunProver, wholeEvent } from './run-prover';

/** Runs that are read at once: others need connections too. */
const atOnce = 4;

@QueryHandler(ProveRuns)
export class ProveRunsHandler implements IQueryHandler<ProveRuns> {
  constructor(
    private readonly pool: Pool,
    private readonly store: TreeStore,
    private readonly prover: RunProver,
    private readonly queries: QueryBus,
  ) {}

  async execute({ reach, runIds }: ProveRuns): Promise<ProvenRuns> {
    const checkpoint = await this.store.latestCheckpoint();
    const size = checkpoint?.size ?? 0;
    const tiles = new Set<number>();
    /** Runs share their plans. */
    const plans = new Map<string, Promise<string | null>>();
    const planOf = (runId: string, first: RecordedEvent): Promise<string | null> => {
      const { plan = runId } = first.data as { readonly plan?: string };
      const query = new FindPlanText(reach, runId);
      const found = plans.get(plan) ?? this.queries.execute<FindPlanText, string | null>(query);
      plans.set(plan, found);
      return found;
    };
    const prove = async (runId: string): Promise<WorkflowRunProof[]> => {
      const events = await readStream(this.pool, runId);
      const [first] = events;
      if (!checkpoint || !first || (events.at(-1)?.position ?? 0) > size) return [];
      const proof = await this.prover.prove(runId, checkpoint, events, 0, wholeEvent);
      const plan = await planOf(runId, first);
      for (const { position } of events) tiles.add(Math.floor((position - 1) / tileWidth));
      return [plan === null ? proof : { ...proof, plan }];
    };
    const proofs: WorkflowRunProof[] = [];
    for (let at = 0; at < runIds.length; at += atOnce) {
      proofs.push(...(await Promise.all(runIds.slice(at, at + atOnce).map(prove))).flat());
    }
    return { proofs, tiles: await Promise.all([...tiles].sort((a, b) => a - b).map((tile) => this.tile(tile, size))) };
  }

  private async tile(tile: number, size: number): Promise<LoggedTile> {
    const id = { level: 0, tile };
    const width = widthOf(id, size);
    const [bundle, tiles] = await Promise.all([this.store.bundle(tile), this.store.tiles([id])]);
    const entries = cutBundle(bundle ?? Buffer.alloc(0), width);
    const hashes = (tiles.get(`0/${tile}`) ?? Buffer.alloc(0)).subarray(0, width * hashBytes);
    return { tile, entries: entries.toString('base64'), hashes: hashes.toString('base64') };
  }
}
