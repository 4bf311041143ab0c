import { RequestWorkflowRun, serverReachIn } from '#libs/contracts';
import { type Clock, CLOCK, asHead, derivedIdAt, RefusedError } from '#libs/kernel';
import { CommandProcessor, type DueTimer, type Timers } from '#libs/ledger';
import { Injectable, Inject } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { RecordFiring, ScheduleState } from '../domain';
import { countingWindow, maxCountedFirings, maxCountingTime } from './bounds';
import { afterFiring, datesBetween } from './calendar';
import { DateBudget, DatesTakeTooLong } from './date-budget';
import { scheduleCategory, scheduleTimer } from './schedule-category';

/**
 * Makes the runs of due schedules. The id of a run is derived from the schedule and the date, so a firing makes one run
 * even if several processes try, or are interrupted.
 */
@Injectable()
export class ScheduleFiring {
  private counting = { until: 0, budget: new DateBudget(maxCountingTime) };

  constructor(
    private readonly processor: CommandProcessor,
    private readonly commands: CommandBus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  register(timers: Timers): void {
    timers.on(scheduleTimer, (timer) => this.fire(timer));
  }

  private async fire({ streamId, dueAt }: DueTimer): Promise<void> {
    const stored = await this.processor.load(scheduleCategory, streamId);
    if (stored?.state.nextDate !== dueAt) return;
    const schedule = stored.state;
    const outcome = await this.makeRun(schedule, dueAt);
    const now = this.clock.now();
    const isGone = 'refused' in outcome && outcome.isGone;
    const count = (from: number) => this.countMissed(schedule, from, now);
    const next = isGone ? { nextDate: null, missed: 0 } : await afterFiring(schedule, dueAt, now, count);
    const command: RecordFiring = { type: 'RecordFiring', now, dueAt, outcome, ...next };
    const causationId = 'runId' in outcome ? { causationId: outcome.runId } : {};
    const metadata = { actor: 'system:schedules', teamId: schedule.teamId, ...causationId };
    await this.processor.execute(scheduleCategory, { streamId, command, metadata });
  }

  /** Counts the firings from `from` to `now`, as far as the time allows: after an outage every schedule needs it. */
  private async countMissed(schedule: ScheduleState, from: number, now: number): Promise<number> {
    if (now >= this.counting.until) {
      this.counting = { until: now + countingWindow, budget: new DateBudget(maxCountingTime) };
    }
    try {
      const { dates } = await datesBetween(schedule, from, now, maxCountedFirings, this.counting.budget);
      return dates.length;
    } catch (error) {
      if (error instanceof DatesTakeTooLong) return 1;
      throw error;
    }
  }

  private async makeRun(
    schedule: ScheduleState,
    dueAt: number,
  ): Promise<RecordFiring['outcome'] & { isGone?: boolean }> {
    const runId = asHead(derivedIdAt(dueAt, 'schedule', schedule.id, dueAt));
    const request = new RequestWorkflowRun(serverReachIn({ id: schedule.teamId, name: schedule.teamName }), {
      workflow: schedule.workflowId,
      trigger: 'schedule',
      submit: { labels: schedule.labels, params: [...schedule.params] },
      actor: `schedule:${schedule.id}`,
      initiator: `schedule:${schedule.id}`,
      runId,
      causationId: schedule.id,
      isTrusted: schedule.isTrusted,
    });
    try {
      await this.commands.execute(request);
      return { runId };
    } catch (error) {
      if (!(error instanceof RefusedError) || error.status >= 500) throw error;
      // The only firing of a schedule waits until there is room.
      if (error.reason === 'QUOTA_EXCEEDED' && schedule.type === 'runOnce') throw error;
      const isOff = error.reason === 'WORKFLOWRUN_TRIGGER_DISABLED' || error.reason === 'WORKFLOW_NOT_ACTIVE';
      const status = isOff ? 'trigger_disabled' : 'error';
      return { refused: error.message.slice(0, 1000), status, isGone: error.reason === 'WORKFLOW_INVALID_REFERENCE' };
    }
  }
}
