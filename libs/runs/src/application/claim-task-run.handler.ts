import { CommandHandler } from '#libs/bus';
import { ClaimTaskRun } from '#libs/contracts';
import { SecretBox } from '#libs/secrets';
import { Tracing } from '#libs/tracing';
import { type ICommandHandler } from '@nestjs/cqrs';
import { taskOfRun } from '../domain';
import { RunCommander, unlessRefused } from './run-commander';
import { RunNames } from './run-names';
import { agentContext, asItIs, claimedTask, claimer } from './claimer';

@CommandHandler(ClaimTaskRun)
export class ClaimTaskRunHandler implements ICommandHandler<ClaimTaskRun> {
  constructor(
    private readonly runs: RunCommander,
    private readonly box: SecretBox,
    private readonly names: RunNames,
    private readonly tracing: Tracing,
  ) {}

  async execute({ reach, runId, taskRunId, agent }: ClaimTaskRun): Promise<ClaimTaskRun['answer']> {
    const command = { type: 'ClaimTask' as const, taskId: taskRunId, ...claimer(agent) };
    const claimed = await unlessRefused(this.runs.execute(reach, runId, command, agentContext(agent), asItIs));
    const task = claimed && taskOfRun(claimed.state, taskRunId);
    if (!claimed || !task) return null;
    const names = await this.names.ofTeam(claimed.state);
    return claimedTask(claimed.state, task, claimed.now, { reveal: this.box, names }, this.tracing);
  }
}
