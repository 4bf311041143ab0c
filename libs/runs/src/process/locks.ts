import { ClaimLock, LeaveLock, serverReach, serverReachIn } from '#libs/contracts';
import type { Timers } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { RunCommander } from '../application/run-commander';
import type { WorkflowRunState } from '../domain';
import { LockRequests } from './lock-requests';

/** Asks for the locks that tasks wait for, and gives back those that they no longer want. */
@Injectable()
export class Locks {
  private readonly requests: LockRequests;

  constructor(runs: RunCommander, commands: CommandBus) {
    this.requests = new LockRequests({
      findRun: (runId) => runs.findMade(serverReach, runId),
      claim: (run, claim) => commands.execute(new ClaimLock(teamOf(run), claim)),
      leave: (run, claim) => commands.execute(new LeaveLock(teamOf(run), claim)),
    });
  }

  register(timers: Timers): void {
    timers.on('lock-request', ({ streamId, itemId }) => this.requests.request(streamId, itemId));
    timers.on('lock-release', ({ streamId, itemId }) => this.requests.release(streamId, itemId));
  }
}

function teamOf({ teamId, teamName }: WorkflowRunState) {
  return serverReachIn({ id: teamId, name: teamName });
}
