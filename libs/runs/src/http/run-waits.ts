import { type Principal, TokenWatch } from '#libs/access';
import type { ReachInTeam } from '#libs/contracts';
import { RefusedError } from '#libs/kernel';
import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { LiveRuns } from '../application/live/live-runs';
import { RunCommander } from '../application/run-commander';

/** Lets requests wait for the end of a run. */
@Injectable()
export class RunWaits {
  constructor(
    private readonly live: LiveRuns,
    private readonly runs: RunCommander,
    private readonly tokens: TokenWatch,
  ) {}

  /**
   * Resolves when the run has ended, after so many seconds, or when the client has gone.
   * @throws RefusedError UNAUTHORIZED if the token ends meanwhile; what `RunCommander.find` and `LiveRuns.untilEnded` throw.
   */
  async untilEnded(
    reach: ReachInTeam,
    runId: string,
    seconds: number,
    { principal, reply }: { readonly principal: Principal; readonly reply: FastifyReply },
  ): Promise<void> {
    const run = await this.runs.find(reach, runId);
    const hasEnded = async (): Promise<boolean> => {
      const { phase } = await this.runs.find(reach, run.id);
      return phase === 'completed' || phase === 'finalized';
    };
    const gone = new AbortController();
    const hangUp = (): void => gone.abort();
    reply.raw.once('close', hangUp);
    const token = await this.tokens.watch(principal);
    try {
      const signal = AbortSignal.any([gone.signal, token.signal]);
      await this.live.untilEnded({ teamId: run.teamId, runId: run.id }, hasEnded, seconds * 1000, signal);
      if (token.hasEnded()) throw new RefusedError('UNAUTHORIZED', 'The token ended while its request waited.');
    } finally {
      token.stop();
      reply.raw.off('close', hangUp);
    }
  }
}
