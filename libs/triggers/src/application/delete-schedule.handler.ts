import { Inject } from '@nestjs/common';
import { CommandHandler } from '#libs/bus';
import { type ReachInTeam } from '#libs/contracts';
import { type Clock, CLOCK, isId, type CommandContext } from '#libs/kernel';
import { CommandProcessor, executeFor } from '#libs/ledger';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import { ScheduleStore } from '../read/schedule-store';
import { scheduleCategory } from './schedule-category';
import { reached } from './reached-schedule';

export class DeleteSchedule extends Command<null> {
  constructor(
    readonly reach: ReachInTeam,
    readonly scheduleId: string,
    readonly context: CommandContext,
  ) {
    super();
  }
}

@CommandHandler(DeleteSchedule)
export class DeleteScheduleHandler implements ICommandHandler<DeleteSchedule> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly store: ScheduleStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ reach, scheduleId, context }: DeleteSchedule): Promise<null> {
    reached(reach, isId(scheduleId) ? await this.store.find(reach, scheduleId) : null);
    const command = { type: 'DeleteSchedule' as const, now: this.clock.now() };
    return executeFor(this.processor, scheduleCategory, context, { streamId: scheduleId, command }, () => null);
  }
}
