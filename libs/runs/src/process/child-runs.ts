import { serverReach, serverReachIn } from '#libs/contracts';
import { type CommandContext, RefusedError } from '#libs/kernel';
import type { DueTimer, Timers } from '#libs/ledger';
import { Tracing } from '#libs/tracing';
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { taskOfRun, type RunParam, type TaskRunState, type WorkflowRunState } from '../domain';
import { ChildCancellation } from '../application/child-cancellation';
import { RunCommander, type TaskSettlement } from '../application/run-commander';
import { SubmitWorkflowRun } from '../application/submit-workflow-run.handler';

/** The runworkflow task's own params; the others are the child's. */
const ownParams: ReadonlySet<string> = new Set(['workflowRef', 'wait']);

/**
 * Makes the runs that tasks request, ends the tasks when these runs end, and cancels the runs when the tasks are
 * cancelled.
 */
@Injectable()
export class ChildRuns {
  constructor(
    private readonly runs: RunCommander,
    private readonly commands: CommandBus,
    private readonly cancellation: ChildCancellation,
    private readonly tracing: Tracing,
  ) {}

  register(timers: Timers): void {
    timers.on('child-start', (timer) => this.begin(timer));
    timers.on('child-cancel', (timer) => this.cancel(timer));
    timers.on('parent-notify', ({ streamId }) => this.notifyParent(streamId));
  }

  /** Its id is derived from the task's, so that it is made once. */
  private async begin({ streamId, itemId }: DueTimer): Promise<void> {
    const parent = await this.runs.find(serverReach, streamId);
    const task = waitingTask(parent, itemId);
    if (!task?.child) return;
    const { runId, workflow, wait } = task.child;
    const traceparent = this.tracing.traceparentOfTry(parent, task);
    const context: CommandContext = {
      metadata: {
        actor: `run:${parent.id}`,
        teamId: parent.teamId,
        causationId: parent.id,
        ...(traceparent !== undefined && { traceparent }),
      },
    };
    const params = task.params
      .filter(({ name }) => !ownParams.has(name))
      .map(({ name, value }: RunParam) => ({ name, value }));
    try {
      await this.commands.execute(
        new SubmitWorkflowRun(
          serverReachIn({ id: parent.teamId, name: parent.teamName }),
          workflow,
          { params },
          true,
          context,
          {
            runId,
            trigger: 'task',
            initiator: parent.initiator ?? `run:${parent.id}`,
            parent: { runId: parent.id, taskId: task.id, wait },
            depth: parent.depth + 1,
          },
        ),
      );
    } catch (error) {
      if (!(error instanceof RefusedError) || error.status >= 500) throw error;
      const status = error.reason === 'QUOTA_EXCEEDED' || error.reason === 'WORKFLOW_NOT_ACTIVE' ? 'failed' : 'invalid';
      await this.settle(parent.id, task.id, {
        status,
        statusMessage: `The run could not be made. ${error.message}`,
        results: [{ name: 'workflowRunRef', description: null, value: null }],
      });
      return;
    }
    if (!wait) {
      const results = [{ name: 'workflowRunRef', description: null, value: runId }];
      await this.settle(parent.id, task.id, { status: 'succeeded', results }, runId);
      return;
    }
    // It was cancelled while the child was being made: nothing else would stop the child.
    const now = await this.runs.find(serverReach, streamId);
    if (!waitingTask(now, itemId) && now.phase !== 'running') await this.cancellation.cancelTries(runId, parent.id);
  }

  private async cancel({ streamId, itemId }: DueTimer): Promise<void> {
    const parent = await this.runs.find(serverReach, streamId);
    const child = taskOfRun(parent, itemId)?.child;
    if (child?.wait) await this.cancellation.cancelTries(child.runId, parent.id);
  }

  /** Whether a task waits for this run, or for the run that this one retries. */
  async isAwaited({ id, parent, retry }: WorkflowRunState): Promise<boolean> {
    if (!parent?.wait) return false;
    const above = await this.runs.findMade(serverReach, parent.runId);
    return above !== null && waitingTask(above, parent.taskId)?.child?.runId === (retry?.of ?? id);
  }

  /** Ends the task that waits for the run as the run has ended. */
  async notifyParent(runId: string): Promise<void> {
    const child = await this.runs.find(serverReach, runId);
    if (!child.parent?.wait || !(await this.isAwaited(child))) return;
    const status = endOf(child.status);
    const why = child.statusMessage === null ? '' : ` ${child.statusMessage}`;
    await this.settle(
      child.parent.runId,
      child.parent.taskId,
      {
        status,
        ...(status !== 'succeeded' && {
          statusMessage: `The run ${child.id} ended ${child.status}.${why}`.slice(0, 2000),
        }),
        results: [...child.results, { name: 'workflowRunRef', description: null, value: child.id }],
      },
      child.id,
    );
  }

  private settle(
    runId: string,
    taskId: string,
    outcome: Omit<TaskSettlement, 'taskId' | 'kind'>,
    childId?: string,
  ): Promise<void> {
    return this.runs.settleTask(runId, { taskId, kind: 'child', ...outcome }, 'system:child-runs', childId);
  }
}

function waitingTask(run: WorkflowRunState, taskId: string): TaskRunState | undefined {
  const task = taskOfRun(run, taskId);
  return task?.waitsFor === 'child' ? task : undefined;
}

function endOf(status: WorkflowRunState['status']): TaskSettlement['status'] {
  return status === 'succeeded' || status === 'invalid' || status === 'cancelled' || status === 'timedout'
    ? status
    : 'failed';
}
