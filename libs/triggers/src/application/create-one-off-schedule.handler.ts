import { type Clock, CLOCK } from '#libs/kernel';
import { Inject } from '@nestjs/common';
import { CommandHandler } from '#libs/bus';
import { CreateOneOffSchedule, FindWorkflowRevision, type WorkflowRevision } from '#libs/contracts';
import { CommandProcessor } from '#libs/ledger';
import { SecretBox } from '#libs/secrets';
import { type ICommandHandler, QueryBus } from '@nestjs/cqrs';
import { timeOfDay } from './calendar';
import { scheduleCategory } from './schedule-category';
import { refuseWrongParams } from './save-schedule.handler';

@CommandHandler(CreateOneOffSchedule)
export class CreateOneOffScheduleHandler implements ICommandHandler<CreateOneOffSchedule> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly queries: QueryBus,
    private readonly box: SecretBox,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ reach, request }: CreateOneOffSchedule): Promise<CreateOneOffSchedule['answer']> {
    const { team } = reach;
    const { id, workflow, at, time, timezone, name, params, actor, causationId } = request;
    const query = new FindWorkflowRevision(reach, workflow);
    const revision = await this.queries.execute<FindWorkflowRevision, WorkflowRevision>(query);
    refuseWrongParams(params, revision);
    const passwords = new Set(revision.params.flatMap((param) => (param.type === 'password' ? [param.name] : [])));
    const now = this.clock.now();
    const date = time === null ? at : timeOfDay(at, time, timezone);
    const schedule = {
      id,
      teamId: team.id,
      teamName: team.name,
      workflowId: revision.workflowId,
      name,
      description: null,
      type: 'runOnce' as const,
      labels: {},
      cronSchedule: null,
      dateSchedule: date,
      timezone,
      params: params.map((param) =>
        passwords.has(param.name) && typeof param.value === 'string' && param.value !== ''
          ? { name: param.name, value: this.box.seal(param.value) }
          : param,
      ),
      creationDate: now,
      status: 'active' as const,
      // A time of day that has already passed means now.
      nextDate: date,
      isTrusted: true,
    };
    const command = { type: 'CreateSchedule' as const, now, schedule };
    await this.processor.execute(scheduleCategory, {
      streamId: id,
      command,
      metadata: { actor, teamId: team.id, causationId },
    });
    return { id };
  }
}
