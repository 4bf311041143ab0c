import { CommandHandler } from '#libs/bus';
import { ClaimWorkflowRun } from '#libs/contracts';
import { type ICommandHandler } from '@nestjs/cqrs';
import { toRunBody } from '../read/run-body';
import { RunCommander, unlessRefused } from './run-commander';
import { RunNames } from './run-names';
import { claimer, agentContext, asItIs } from './claimer';

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
