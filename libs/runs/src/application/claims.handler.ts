import { CommandHandler } from '#libs/bus';
import { randomInt } from 'node:crypto';
import { type ClaimingAgent, ClaimTaskRun, ClaimWorkflowRun, ExpireLease } from '#libs/contracts';
import { SecretBox } from '#libs/secrets';
import { type ICommandHandler } from '@nestjs/cqrs';
import { toRunBody, toTaskBody } from '../read/run-body';
import { nonceSpan, taskOfRun, type WorkflowRunState } from '../domain';
import { RunCommander, unlessRefused } from './run-commander';
import { RunNames } from './run-names';

/** The most claims of one task before it fails. */
const maxAttempts = 5;

function agentContext({ id, tokenId }: ClaimingAgent) {
  return { metadata: { actor: `agent:${id}`, tokenId } };
}

function asItIs(state: WorkflowRunState, now: number) {
  return { state, now };
}

function claimer({ id: agentId, tokenId }: ClaimingAgent) {
  return { agentId, tokenId, nonce: randomInt(nonceSpan) };
}

@CommandHandler(ClaimTaskRun)
export class ClaimTaskRunHandler implements ICommandHandler<ClaimTaskRun> {
  constructor(
    private readonly runs: RunCommander,
    private readonly box: SecretBox,
    private readonly names: RunNames,
  ) {}

  async execute({ reach, runId, taskRunId, agent }: ClaimTaskRun): Promise<ClaimTaskRun['answer']> {
    const command = { type: 'ClaimTask' as const, taskId: taskRunId, ...claimer(agent) };
    const claimed = await unlessRefused(this.runs.execute(reach, runId, command, agentContext(agent), asItIs));
    const task = claimed && taskOfRun(claimed.state, taskRunId);
    if (!claimed || !task) return null;
    const names = await this.names.ofTeam(claimed.state);
    return { ...toTaskBody(claimed.state, task, claimed.now, { reveal: this.box, names }), fence: task.fence };
  }
}

@CommandHandler(ClaimWorkflowRun)
export class ClaimWorkflowRunHandler implements ICommandHandler<ClaimWorkflowRun> {
  constructor(
    private readonly runs: RunCommander,
    private readonly names: RunNames,
  ) {}

  async execute({ reach, runId, purpose, agent }: ClaimWorkflowRun): Promise<ClaimWorkflowRun['answer']> {
    const command = { type: 'ClaimRun' as const, purpose, ...claimer(agent) };
    const claimed = await unlessRefused(this.runs.execute(reach, runId, command, agentContext(agent), asItIs));
    if (!claimed) return null;
    const { state, now } = claimed;
    return { ...toRunBody(state, now, { names: await this.names.ofTeam(state) }), fence: state.fence };
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
