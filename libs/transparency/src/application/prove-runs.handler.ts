import { QueryHandler } from '#libs/bus';
import { FindPlanText, type LoggedTile, ProveRuns, type ProvenRuns, type WorkflowRunProof } from '#libs/contracts';
import { readStream } from '#libs/ledger';
import { type IQueryHandler, QueryBus } from '@nestjs/cqrs';
import { Pool } from 'pg';
import { cutBundle, hashBytes, tileWidth, widthOf } from '../domain';
import { TreeStore } from '../read/tree-store';
import { RunProver, wholeEvent } from './run-prover';

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
    const proofs: WorkflowRunProof[] = [];
    const tiles = new Set<number>();
    for (const runId of checkpoint ? runIds : []) {
      const events = await readStream(this.pool, runId);
      if (!checkpoint || events.length === 0 || (events.at(-1)?.position ?? 0) > checkpoint.size) continue;
      const proof = await this.prover.prove(runId, checkpoint, events, 0, wholeEvent);
      const plan = await this.queries.execute<FindPlanText, string | null>(new FindPlanText(reach, runId));
      proofs.push(plan === null ? proof : { ...proof, plan });
      for (const { position } of events) tiles.add(Math.floor((position - 1) / tileWidth));
    }
    const size = checkpoint?.size ?? 0;
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
