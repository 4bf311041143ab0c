import { loadStatesFrom, noItem, type StreamCategory } from '#libs/ledger';
import { type ScheduleCommand, scheduleDecider, type ScheduleEvent, type ScheduleState } from '../domain';

export const scheduleTimer = 'schedule';

export const scheduleCategory: StreamCategory<ScheduleState, ScheduleCommand, ScheduleEvent> = {
  name: 'schedule',
  teamOf: ({ teamId }) => teamId,
  decider: scheduleDecider,
  load: loadStatesFrom<ScheduleState>('schedule'),
  project: (changes) => [
    {
      sqlFunction: 'schedule_apply',
      rows: changes.map(({ after, version }) => ({
        id: after.id,
        team_id: after.teamId,
        workflow_id: after.workflowId,
        type: after.type,
        status: after.status,
        created: after.creationDate,
        version,
        state: after,
      })),
    },
    {
      sqlFunction: 'timer_apply',
      rows: changes.flatMap(({ before, after }) => {
        const was = before ? dueOf(before) : null;
        const is = dueOf(after);
        return was === is ? [] : [{ stream_id: after.id, kind: scheduleTimer, item_id: noItem, due: is }];
      }),
    },
  ],
};

function dueOf({ status, nextDate }: ScheduleState): number | null {
  return status === 'inactive' || status === 'deleted' || status === 'completed' ? null : nextDate;
}
