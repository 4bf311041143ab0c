import { assertNever, type Decided, type Decider, RefusedError } from '#libs/kernel';
import type { RunCommand } from './commands';
import { Decision, type Means } from './decision';
import type { RunEvent } from './events';
import { evolve } from './evolve';
import { cancel, claim, expireLease, finalize, start, submit, timeOut } from './run-commands';
import { decideAction, receiveEvent } from './outside-commands';
import {
  cancelTask,
  claimTask,
  endTask,
  expireTaskLease,
  grantLock,
  releaseTask,
  settleTask,
  startTask,
  timeOutTask,
  wakeTask,
} from './task-commands';
import type { WorkflowRunState } from './types';

/** The rules of a run. One run is one stream, including its tasks. */
export function createRunDecider(means: Means): Decider<WorkflowRunState, RunCommand, RunEvent> {
  const decideAndEvolve = (
    state: WorkflowRunState | null,
    command: RunCommand,
  ): Decided<WorkflowRunState, RunEvent> => {
    if (command.type === 'SubmitRun') {
      // Its id is derived from its cause, and it exists already.
      if (state !== null) return { events: [], state };
      return submit(command, means);
    }
    if (state === null) {
      throw new RefusedError('WORKFLOWRUN_INVALID_REFERENCE', 'Invalid WorkflowRun reference has been provided.');
    }
    const decision = new Decision(state, momentOf(command), means);
    apply(decision, command);
    return decision;
  };
  return { evolve, decideAndEvolve, decide: (state, command) => decideAndEvolve(state, command).events };
}

/** Never wake before the set time, although the clock that fired the timer may be ahead of this process's. */
function momentOf(command: RunCommand): number {
  return command.type === 'WakeTask' ? Math.max(command.now, command.dueAt) : command.now;
}

function apply(decision: Decision, command: Exclude<RunCommand, { type: 'SubmitRun' }>): void {
  switch (command.type) {
    case 'ClaimRun':
      return claim(decision, command);
    case 'ExpireRunLease':
      return expireLease(decision, command);
    case 'StartRun':
      return start(decision, command);
    case 'ClaimTask':
      return claimTask(decision, command);
    case 'StartTask':
      return startTask(decision, command);
    case 'EndTask':
      return endTask(decision, command);
    case 'CancelTask':
      return cancelTask(decision, command);
    case 'ReleaseTask':
      return releaseTask(decision, command);
    case 'ExpireTaskLease':
      return expireTaskLease(decision, command);
    case 'TimeOutTask':
      return timeOutTask(decision, command);
    case 'WakeTask':
      return wakeTask(decision, command);
    case 'DecideAction':
      return decideAction(decision, command);
    case 'ReceiveEvent':
      return receiveEvent(decision, command);
    case 'GrantLock':
      return grantLock(decision, command);
    case 'SettleTask':
      return settleTask(decision, command);
    case 'TimeOutRun':
      return timeOut(decision, 'WorkflowRun');
    case 'CancelRun':
      return cancel(decision);
    case 'FinalizeRun':
      return finalize(decision, command);
    default:
      return assertNever(command);
  }
}
