import { CommandHandler } from '#libs/bus';
import { randomInt } from 'node:crypto';
import { type ClaimingAgent, ClaimTaskRun, ClaimWorkflowRun, ExpireLease } from '#libs/contracts';
import { SecretBox } from '#libs/secrets';
import { type ICommandHandler } from '@nestjs/cqrs';
import { toRunBody, toTaskBody } from '../read/run-body';
import { nonceSpan, taskOfRun } from '../domain';
import { RunCommander, unlessRefused } from './run-commander';

/** Claims of one task before it is given up. */
const maxAttempts = 5;

function agentContext({ id, tokenId }: ClaimingAgent) {
  return { metadata: { actor: `agent:${id}`, tokenId } };
}

function claimer({ id: agentId, tokenId }: ClaimingAgent) {
  return { agentId, tokenId, nonce: randomInt(nonceSpan) };
}

@CommandHandler(ClaimTaskRun)
export class ClaimTaskRunHandler implements ICommandHandler<ClaimTaskRun> {
  constructor(
    private readonly runs: RunCommander,
    private readonly box: SecretBox,
  ) {}

  execute({ reach, runId, taskRunId, agent }: ClaimTaskRun): Promise<ClaimTaskRun['answer']> {
    const command = { type: 'ClaimTask' as const, taskId: taskRunId, ...claimer(agent) };
    return unlessRefused(
      this.runs.execute(reach, runId, command, agentContext(agent), (state, now) => {
        const task = taskOfRun(state, taskRunId);
        return task ? { ...toTaskBody(state, task, now, { reveal: this.box }), fence: task.fence } : null;
      }),
    );
  }
}

@CommandHandler(ClaimWorkflowRun)
export class ClaimWorkflowRunHandler implements ICommandHandler<ClaimWorkflowRun> {
  constructor(private readonly runs: RunCommander) {}

  execute({ reach, runId, purpose, agent }: ClaimWorkflowRun): Promise<ClaimWorkflowRun['answer']> {
    const command = { type: 'ClaimRun' as const, purpose, ...claimer(agent) };
    return unlessRefused(
      this.runs.execute(reach, runId, command, agentContext(agent), (state, now) => ({
        ...toRunBody(state, now),
        fence: state.fence,
      })),
    );
  }
}

@CommandHandler(ExpireLease)
export class ExpireLeaseHandler implements ICommandHandler<ExpireLease> {
  constructor(private readonly runs: RunCommander) {}

  async execute({ reach, kind, runId, itemId, fence }: ExpireLease): Promise<void> {
    const command =
      kind === 'task'
        ? { type: 'ExpireTaskLease' as const, taskId: itemId, fence, maxAttempts }
        : { type: 'ExpireRunLease' as const, fence };
    await unlessRefused(
      this.runs.execute(reach, runId, command, { metadata: { actor: 'system:lease-reaper' } }, () => null),
    );
  }
}
