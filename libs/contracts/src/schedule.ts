import { z } from 'zod';
import { ignoring } from './ignored-fields';
import { labelsSchema, runParamSchema } from './run';
import { uniqueNames } from './unique-names';

export const scheduleTypeNames = ['runOnce', 'cron', 'advancedCron'] as const;
export const scheduleStatusNames = ['active', 'inactive', 'trigger_disabled', 'error', 'completed', 'deleted'] as const;

const dateTime = z.string().meta({ format: 'date-time' });

export const scheduleRequestSchema = ignoring(
  z
    .object({
      id: z.string().max(64).nullish(),
      workflowRef: z.string().min(1).max(256).nullish(),
      name: z.string().min(1).max(256).nullish(),
      description: z.string().max(65_536).nullish(),
      type: z.enum(scheduleTypeNames).nullish(),
      status: z.enum(scheduleStatusNames).nullish(),
      labels: labelsSchema.nullish(),
      cronSchedule: z.string().max(256).nullish(),
      /** ISO 8601, or milliseconds since the epoch; without an offset it is local to the time zone. */
      dateSchedule: z
        .union([z.string().max(64).meta({ format: 'date-time' }), z.int().min(0).max(8_640_000_000_000_000)])
        .nullish(),
      timezone: z.string().max(64).nullish(),
      params: z.array(runParamSchema).max(1000).superRefine(uniqueNames).nullish(),
    })
    .meta({ id: 'WorkflowScheduleRequest' }),
  'creationDate',
  'missed',
  'nextScheduleDate',
  'statusMessage',
  'workflow',
  'workflowRunRef',
);
export type ScheduleRequest = z.infer<typeof scheduleRequestSchema>;

export const scheduleSchema = z
  .object({
    id: z.string(),
    workflowRef: z.string(),
    name: z.string(),
    description: z.string().optional(),
    creationDate: dateTime,
    type: z.enum(scheduleTypeNames),
    status: z.enum(scheduleStatusNames),
    statusMessage: z.string().optional(),
    labels: labelsSchema,
    cronSchedule: z.string().optional(),
    dateSchedule: dateTime.optional(),
    timezone: z.string(),
    params: z.array(runParamSchema),
    nextScheduleDate: dateTime.optional(),
    /** The run of the last firing. */
    workflowRunRef: z.string().optional(),
    /** Firings that the server skipped after an outage. */
    missed: z.int(),
  })
  .meta({ id: 'WorkflowSchedule' });
export type ScheduleBody = z.infer<typeof scheduleSchema>;

export const scheduleCalendarSchema = z
  .object({
    scheduleId: z.string(),
    dates: z.array(dateTime),
    /** There are more dates: one answer has 2000, shared equally by the schedules. */
    truncated: z.boolean().optional(),
  })
  .meta({ id: 'WorkflowScheduleCalendar' });
export type ScheduleCalendarBody = z.infer<typeof scheduleCalendarSchema>;

export const cronValidationSchema = z
  .object({
    valid: z.boolean(),
    message: z.string().optional(),
    /** The next firings of a valid expression: five, or fewer if there are no more. */
    next: z.array(dateTime).optional(),
  })
  .meta({ id: 'CronValidationResponse' });
export type CronValidation = z.infer<typeof cronValidationSchema>;
