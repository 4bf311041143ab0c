import { reaches, type ReachInTeam } from '#libs/contracts';
import { type ScheduleState, unknownSchedule } from '../domain';

export function reached<Schedule extends ScheduleState>(reach: ReachInTeam, schedule: Schedule | null): Schedule {
  const isReached =
    schedule &&
    schedule.status !== 'deleted' &&
    reaches(reach, { teamId: schedule.teamId, workflowId: schedule.workflowId });
  if (!isReached) throw unknownSchedule();
  return schedule;
}
