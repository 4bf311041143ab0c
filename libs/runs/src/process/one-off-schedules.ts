import { CreateOneOffSchedule, serverReach, serverReachIn } from '#libs/contracts';
import { derivedId, RefusedError } from '#libs/kernel';
import type { DueTimer, Timers } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { valueOf, taskOfRun } from '../domain';
import { RunCommander, type TaskSettlement } from '../application/run-commander';

/** The runscheduledworkflow task's own params; the others are the scheduled run's. */
const ownParams: ReadonlySet<string> = new Set(['workflowRef', 'futureIn', 'futurePeriod', 'time', 'timezone']);

/** A time of day has no meaning for these. */
const shortPeriods: ReadonlySet<string> = new Set(['minutes', 'hours']);

/** Makes the schedules that tasks request. */
@Injectable()
export class OneOffSchedules {
  constructor(
    private readonly runs: RunCommander,
    private readonly commands: CommandBus,
  ) {}

  register(timers: Timers): void {
    timers.on('schedule-create', (timer) => this.create(timer));
  }

  private async create({ streamId, itemId: taskId }: DueTimer): Promise<void> {
    const run = await this.runs.find(serverReach, streamId);
    const task = taskOfRun(run, taskId);
    if (task?.waitsFor !== 'schedule' || task.schedule === null) return;
    const text = (name: string) => {
      const value = valueOf(task.params, name);
      return typeof value === 'string' && value !== '' ? value : null;
    };
    const message = new CreateOneOffSchedule(serverReachIn({ id: run.teamId, name: run.teamName }), {
      id: derivedId(taskId, 'schedule', task.tries),
      workflow: task.schedule.workflow,
      at: task.schedule.at,
      time: shortPeriods.has(text('futurePeriod') ?? '') ? null : text('time'),
      timezone: text('timezone') ?? 'UTC',
      name: `${run.workflow.name}: ${task.name}`.slice(0, 256),
      params: task.params.filter(({ name }) => !ownParams.has(name)).map(({ name, value }) => ({ name, value })),
      actor: `run:${run.id}`,
      causationId: taskId,
    });
    const settle = (outcome: Omit<TaskSettlement, 'taskId' | 'kind'>) =>
      this.runs.settleTask(streamId, { taskId, kind: 'schedule', ...outcome }, 'system:schedules');
    try {
      const { id } = await this.commands.execute<CreateOneOffSchedule, CreateOneOffSchedule['answer']>(message);
      await settle({ status: 'succeeded', results: [{ name: 'scheduleRef', description: null, value: id }] });
    } catch (error) {
      if (!(error instanceof RefusedError) || error.status >= 500) throw error;
      const statusMessage = `The schedule could not be made. ${error.message}`;
      await settle({ status: 'invalid', statusMessage, results: [] });
    }
  }
}
