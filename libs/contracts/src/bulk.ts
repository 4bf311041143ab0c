import {
  bulkActions,
  bulkOutcomes,
  bulkStatuses,
  isId,
  runOutcomes,
  runPhases,
  runStatuses,
  wrongReason,
} from '#libs/kernel';
import { z } from 'zod';
import { runFiltersSchema } from './run-filters';

/** The most runs that a bulk job acts on. */
export const maxRunsOfBulk = 10_000;
/** The most runs that a request names by their ids: the bounds of a body hold for them. */
export const maxNamedRuns = 5000;
/** The most bulk jobs at work in one team. */
export const maxBulksAtWork = 5;
/** Days for which a job is shown after its end. */
export const bulkDays = 30;

const runId = z.string().refine(isId, 'must be the id of a run, such as 0199f0a5-3c1e-7000-8000-5b1d2c3e0000');

const reasonSchema = z
  .string()
  .trim()
  .min(1)
  .superRefine((text, context) => {
    const wrong = wrongReason(text);
    if (wrong !== null) context.addIssue({ code: 'custom', message: wrong });
  });

export const bulkRequestSchema = z
  .object({
    action: z.enum(bulkActions).describe('What to do to each run'),
    from: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .describe('Of a retry. failed: the failed tasks and those after them; a task’s name: it and those after it'),
    runs: z.array(runId).min(1).max(maxNamedRuns).optional().describe('Ids; or filters'),
    filters: runFiltersSchema.optional().describe('Every run that fits them now; those that come later do not count'),
    all: z.boolean().optional().describe('true: filters may be empty, and every run of the team is meant'),
    reason: reasonSchema.optional().describe('Why; else the header X-Reason'),
    dryRun: z.boolean().optional().describe('Does nothing: says what would come of it'),
  })
  .superRefine(({ action, from, runs, filters, all = false }, context) => {
    const refuse = (field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (from !== undefined && action !== 'retry') refuse('from', 'only a retry begins somewhere: leave it out');
    if (runs && (filters || all)) refuse('runs', 'cannot stand beside filters or all: send either');
    if (runs) return;
    const isEmpty = Object.keys(filters ?? {}).length === 0;
    if (isEmpty && !all) {
      refuse('filters', 'must have at least one filter, or send runs; all: true means every run of the team');
    }
    if (!isEmpty && all) refuse('all', 'cannot be true beside filters: leave out one of them');
  });
export type BulkRequest = z.infer<typeof bulkRequestSchema>;

const countsOf = <Outcome extends string>(outcomes: readonly Outcome[]) =>
  z.object(Object.fromEntries(outcomes.map((each) => [each, z.int()])) as Record<Outcome, z.ZodInt>);
const dateTime = z.string().meta({ format: 'date-time' });

export const bulkSchema = z
  .object({
    id: z.string(),
    action: z.enum(bulkActions),
    from: z.string().optional(),
    status: z.enum(bulkStatuses),
    statusMessage: z.string().optional().describe('Why it was stopped'),
    filters: runFiltersSchema.optional().describe('Absent: its runs were named by their ids'),
    position: z.int().describe('The position of the ledger at which its runs were chosen'),
    creationDate: dateTime,
    endDate: dateTime.optional(),
    by: z.object({ id: z.string(), name: z.string().optional() }).describe('Who made it'),
    reason: z.string().optional(),
    runs: z.int().describe('How many it acts on'),
    outcomes: countsOf(bulkOutcomes).describe('Runs by what came of them. left: the job ended before it came to them'),
  })
  .meta({ id: 'Bulk' });
export type BulkBody = z.infer<typeof bulkSchema>;

export const bulkPreviewSchema = z
  .object({
    dryRun: z.literal(true),
    action: z.enum(bulkActions),
    from: z.string().optional(),
    position: z.int().describe('The position of the ledger at which this was so'),
    runs: z.int().describe('How many it would act on, exactly'),
    outcomes: countsOf(runOutcomes),
    refusals: z
      .array(z.object({ reason: z.string(), message: z.string(), runs: z.int() }))
      .describe('Why runs would be refused, as far as their phase and status tell'),
    sample: z
      .array(
        z.object({
          id: z.string(),
          workflowName: z.string(),
          workflowDisplayName: z.string(),
          status: z.enum(runStatuses),
          phase: z.enum(runPhases),
          creationDate: dateTime,
          outcome: z.enum(runOutcomes),
          message: z.string().optional().describe('Why it would be refused'),
        }),
      )
      .describe('The first 10 of them, in the order in which they would be worked through'),
  })
  .meta({ id: 'BulkPreview' });
export type BulkPreviewBody = z.infer<typeof bulkPreviewSchema>;

export const bulkRunSchema = z
  .object({
    workflowRunRef: z.string(),
    outcome: z.enum(bulkOutcomes),
    reason: z.string().optional().describe('Why it was refused: the name of the error'),
    message: z.string().optional().describe('Why it was refused, in words'),
    retryRef: z.string().optional().describe('The run that the retry has made'),
  })
  .meta({ id: 'BulkRun' });
export type BulkRunBody = z.infer<typeof bulkRunSchema>;
