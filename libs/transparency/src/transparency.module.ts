import { AccessModule } from '#libs/access';
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { CheckProvenRunsHandler } from './application/check-proven-runs.handler';
import { GetRunProofHandler } from './application/get-run-proof.handler';
import { GetTrailHandler } from './application/get-trail.handler';
import { ProveRunsHandler } from './application/prove-runs.handler';
import { RunProver } from './application/run-prover';
import { TransparencyWorker } from './application/transparency-worker';
import { TreeBuilder } from './application/tree-builder';
import { WorkLog } from './application/work-log';
import { RunProofController } from './http/run-proof.controller';
import { TrailController } from './http/trail.controller';
import { TreeStore } from './read/tree-store';

@Module({
  imports: [CqrsModule, AccessModule],
  controllers: [TrailController, RunProofController],
  providers: [
    TreeStore,
    WorkLog,
    TreeBuilder,
    TransparencyWorker,
    RunProver,
    GetRunProofHandler,
    GetTrailHandler,
    ProveRunsHandler,
    CheckProvenRunsHandler,
  ],
  exports: [TransparencyWorker],
})
export class TransparencyModule {}
