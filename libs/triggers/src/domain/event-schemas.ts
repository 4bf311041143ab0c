import { at, eventSchemas, json, labels, milliseconds, named, schemaOf } from '#libs/events';
import { scheduleStatuses, scheduleTypes } from '#libs/kernel';
import { z } from 'zod';
import type { ScheduleEvent, ScheduleParam, ScheduleSettings } from './schedule';

const text = z.string();
const status = z.enum(scheduleStatuses).describe('whether it fires, and if not, why');
const nextDate = milliseconds.nullable().describe('the next firing, in milliseconds since the epoch; null = never');
const firing = {
  dueAt: milliseconds.describe('the firing that this is about, in milliseconds since the epoch'),
  nextDate,
  missed: z.int().describe('firings that were skipped after an outage'),
};

const param = named(
  'ScheduleParam',
  schemaOf<ScheduleParam>()(z.strictObject({ name: text.describe('name'), value: json.describe('value') })),
);

const settings = {
  workflowId: text.describe('id of the workflow'),
  name: text.describe('name'),
  description: text.nullable().describe('what it is for'),
  type: z.enum(scheduleTypes).describe('how it repeats'),
  labels: labels.describe('labels of the runs that it makes'),
  cronSchedule: text.nullable().describe('expression of cron'),
  dateSchedule: milliseconds.nullable().describe('the only firing, in milliseconds since the epoch'),
  timezone: text.describe('name from the IANA database'),
  params: z.array(param).describe('params of the runs that it makes'),
};
const scheduleSettings = named('ScheduleSettings', schemaOf<ScheduleSettings>()(z.strictObject(settings)));

/** The events of a schedule. */
export const scheduleEventSchemas = eventSchemas<ScheduleEvent>()({
  ScheduleCreated: {
    summary: 'The schedule exists.',
    data: z.strictObject({
      at,
      id: text.describe('id of the schedule'),
      teamId: text.describe('id of the team'),
      teamName: text.describe('name of the team'),
      creationDate: milliseconds.describe('when it was created, in milliseconds since the epoch'),
      ...settings,
      status,
      nextDate,
      isTrusted: z.boolean().describe("a task made it: it does not need the workflow's schedule trigger"),
    }),
  },
  ScheduleUpdated: {
    summary: 'Its settings are changed.',
    data: z.strictObject({ at, settings: scheduleSettings.describe('the new settings'), status, nextDate }),
  },
  ScheduleDeleted: { summary: 'The schedule is deleted.', data: z.strictObject({ at }) },
  ScheduleFired: {
    summary: 'It has made a run.',
    data: z.strictObject({ at, ...firing, runId: text.describe('id of the run') }),
  },
  ScheduleRefused: {
    summary: 'It should have made a run, and could not.',
    data: z.strictObject({ at, ...firing, reason: text.describe('why, in words'), status }),
  },
});
