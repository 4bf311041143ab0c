import { ClaimTaskRun, ClaimWorkflowRun, ExpireLease } from '#libs/contracts';
import { SecretBox } from '#libs/secrets';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { toRunBody, toTaskBody } from '../read/run-body';
import { taskOfRun } from '../domain';
import { RunCommander, unlessRefused } from './run-commander';

/** Claims of one task before it is given up. */
const maxAttempts = 5;

function agentContext(agentId: string) {
  return { metadata: { actor: `agent:${agentId}` } };
}

@CommandHandler(ClaimTaskRun)
export class ClaimTaskRunHandler implements ICommandHandler<ClaimTaskRun> {
  constructor(
    private readonly runs: RunCommander,
    private readonly box: SecretBox,
  ) {}

  execute({ runId, taskRunId, agentId }: ClaimTaskRun): Promise<ClaimTaskRun['answer']> {
    const command = { type: 'ClaimTask' as const, taskId: taskRunId, agentId };
    return unlessRefused(
      this.runs.execute(runId, command, agentContext(agentId), (state, now) => {
        const task = taskOfRun(state, taskRunId);
        return task ? { ...toTaskBody(state, task, now, { reveal: this.box }), fence: task.fence } : null;
      }),
    );
  }
}

@CommandHandler(ClaimWorkflowRun)
export class ClaimWorkflowRunHandler implements ICommandHandler<ClaimWorkflowRun> {
  constructor(private readonly runs: RunCommander) {}

  execute({ runId, purpose, agentId }: ClaimWorkflowRun): Promise<ClaimWorkflowRun['answer']> {
    const command = { type: 'ClaimRun' as const, purpose, agentId };
    return unlessRefused(
      this.runs.execute(runId, command, agentContext(agentId), (state, now) => ({
        ...toRunBody(state, now),
        fence: state.fence,
      })),
    );
  }
}

@CommandHandler(ExpireLease)
export class ExpireLeaseHandler implements ICommandHandler<ExpireLease> {
  constructor(private readonly runs: RunCommander) {}

  async execute({ kind, runId, itemId, fence }: ExpireLease): Promise<void> {
    const command =
      kind === 'task'
        ? { type: 'ExpireTaskLease' as const, taskId: itemId, fence, maxAttempts }
        : { type: 'ExpireRunLease' as const, fence };
    await unlessRefused(this.runs.execute(runId, command, { metadata: { actor: 'system:lease-reaper' } }, () => null));
  }
}
