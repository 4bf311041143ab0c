import { CommandHandler } from '#libs/bus';
import { RequestWorkflowRun, type WorkflowRunBody } from '#libs/contracts';
import { CommandBus, type ICommandHandler } from '@nestjs/cqrs';
import { SubmitWorkflowRun } from './submit-workflow-run.handler';

@CommandHandler(RequestWorkflowRun)
export class RequestWorkflowRunHandler implements ICommandHandler<RequestWorkflowRun> {
  constructor(private readonly commands: CommandBus) {}

  execute({ reach, request }: RequestWorkflowRun): Promise<WorkflowRunBody> {
    const { workflow, trigger, submit, actor, initiator, runId, origin, causationId, reason, receipt } = request;
    const context = {
      metadata: {
        actor,
        teamId: reach.team.id,
        ...origin,
        ...(causationId !== undefined && { causationId }),
        ...(reason !== undefined && { reason }),
      },
      ...(receipt && { receipt: { requestHash: receipt.key, ...receipt } }),
    };
    const options = {
      trigger,
      initiator,
      isTrusted: request.isTrusted ?? false,
      ...(runId !== undefined && { runId }),
    };
    return this.commands.execute(new SubmitWorkflowRun(reach, workflow, submit, true, context, options));
  }
}
