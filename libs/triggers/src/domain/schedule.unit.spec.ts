import { fold } from '#libs/kernel';
import { type RecordFiring, type ScheduleCommand, scheduleDecider, type ScheduleState } from './schedule';
import { shownWith, type WorkflowStop } from './shown-schedule';

const created = {
  id: 'id',
  teamId: 'team',
  teamName: 'alpha',
  workflowId: 'w',
  type: 'cron',
  status: 'active',
  nextDate: 100,
  isTrusted: false,
} as unknown as Extract<ScheduleCommand, { type: 'CreateSchedule' }>['schedule'];

function after(state: ScheduleState | null, ...commands: ScheduleCommand[]): ScheduleState {
  return commands.reduce<ScheduleState | null>(
    (each, command) => fold(scheduleDecider, each, scheduleDecider.decide(each, command)),
    state,
  ) as ScheduleState;
}
const active = after(null, { type: 'CreateSchedule', now: 1, schedule: created });
const firing = (more: Partial<RecordFiring> = {}): RecordFiring => ({
  ...{ type: 'RecordFiring', now: 101, dueAt: 100, outcome: { runId: 'run' }, nextDate: 200, missed: 0 },
  ...more,
});

describe('a schedule', () => {
  it('is made once, however often the task that makes it is repeated', () => {
    expect(scheduleDecider.decide(active, { type: 'CreateSchedule', now: 2, schedule: created })).toEqual([]);
  });

  it('remembers the last run, and goes on to the next date', () => {
    expect(after(active, firing({ missed: 3 }))).toMatchObject({
      status: 'active',
      nextDate: 200,
      lastRunId: 'run',
      missed: 3,
      statusMessage: null,
    });
  });

  it('is done after its only date', () => {
    const once = { ...active, type: 'runOnce' } as ScheduleState;
    expect(after(once, firing({ nextDate: null }))).toMatchObject({ status: 'completed', nextDate: null });
  });

  it('counts each firing once: what is told again, or late, changes nothing', () => {
    const fired = after(active, firing());
    expect(scheduleDecider.decide(fired, firing())).toEqual([]);
    expect(scheduleDecider.decide(fired, firing({ dueAt: 150 }))).toEqual([]);
    expect(after(fired, firing({ dueAt: 200, nextDate: 300, missed: 2 })).missed).toBe(2);
  });

  it('says why a firing was refused, until one is not', () => {
    const outcome = { refused: 'The trigger is off.', status: 'trigger_disabled' } as const;
    const refused = after(active, firing({ outcome }));
    expect(refused).toMatchObject({ status: 'trigger_disabled', statusMessage: 'The trigger is off.', nextDate: 200 });
    expect(after(refused, firing({ dueAt: 200, nextDate: 300 }))).toMatchObject({
      status: 'active',
      statusMessage: null,
    });
  });

  it('that is deleted hears no firing any more, and cannot be changed', () => {
    const gone = after(active, { type: 'DeleteSchedule', now: 2 });
    expect(gone).toMatchObject({ status: 'deleted', nextDate: null });
    expect(scheduleDecider.decide(gone, firing())).toEqual([]);
    expect(() => scheduleDecider.decide(gone, { type: 'DeleteSchedule', now: 3 })).toThrow(
      'Invalid Schedule reference',
    );
    expect(scheduleDecider.decide(null, firing())).toEqual([]);
  });
});

describe('a schedule as it is shown', () => {
  const shown = (stop: WorkflowStop, more: Partial<ScheduleState> = {}) =>
    shownWith({ ...active, ...more }, { name: 'nightly', stop });

  it.each<[WorkflowStop, Partial<ScheduleState>, string, number | null]>([
    [null, {}, 'active', 100],
    ['trigger', {}, 'trigger_disabled', null],
    ['inactive', {}, 'trigger_disabled', null],
    ['team', {}, 'trigger_disabled', null],
    ['deleted', {}, 'error', null],
    ['trigger', { isTrusted: true }, 'active', 100],
    ['inactive', { isTrusted: true }, 'trigger_disabled', null],
    [null, { status: 'trigger_disabled' }, 'active', 100],
    [null, { status: 'trigger_disabled', nextDate: null }, 'trigger_disabled', null],
    [null, { status: 'inactive' }, 'inactive', null],
    ['deleted', { status: 'completed' }, 'completed', null],
  ])('where its workflow is stopped by %s and it is %j', (stop, more, status, nextDate) => {
    expect(shown(stop, more)).toMatchObject({ status, nextDate, workflowName: 'nightly' });
  });

  it('says why it makes no runs, and no longer once it does', () => {
    expect(shown('team').statusMessage).toContain('team is not active');
    expect(shown(null, { status: 'trigger_disabled', statusMessage: 'off' }).statusMessage).toBeNull();
  });
});
