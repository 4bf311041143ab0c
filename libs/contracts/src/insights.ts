import { z } from 'zod';
import { workflowRunSchema } from './run';

const count = z.int().min(0);
const milliseconds = z.int().min(0);
const dateTime = z.string().meta({ format: 'date-time', examples: ['2023-10-05T05:20:08.956+00:00'] });

/** `events`: how many are not in the answer yet; `milliseconds`: how long ago the oldest of them was recorded. */
export const viewLagSchema = z.object({ events: count, milliseconds: count }).meta({ id: 'ViewLag' });

/** Milliseconds; within 1 % and half a millisecond of the nearest-rank percentiles. Of no run: 0. */
export const percentilesSchema = z
  .object({ median: milliseconds, p95: milliseconds, p99: milliseconds })
  .meta({ id: 'Percentiles' });
export type PercentilesBody = z.infer<typeof percentilesSchema>;

/** `shape`: the message with placeholders for numbers, ids and quoted texts; empty: there was none. `latest`: the newest of these runs. */
export const failureShapeSchema = z
  .object({ shape: z.string(), runs: count, latest: z.string() })
  .meta({ id: 'FailureShape' });

const outcomes = {
  /** Runs that have finished. */
  totalRuns: count,
  /** By their status. */
  status: z.record(z.string(), count),
  /** Succeeded among those that ended by themselves: succeeded, failed, timed out or invalid; from 0 to 1; null: there are none. */
  successRate: z.number().min(0).max(1).nullable(),
  /** From start to end, all together; exact. */
  totalDuration: milliseconds,
  medianDuration: milliseconds,
  /** From start to end, of those that started. */
  duration: percentilesSchema,
  /** From submit to start; to the end where a run never started. */
  queueing: percentilesSchema,
  /** The most frequent shapes first: at most 20, of a period 5. */
  failures: z.array(failureShapeSchema),
  /** Failures of other shapes. */
  otherFailures: count,
};

export const insightsPeriodSchema = z.object({ start: dateTime, ...outcomes }).meta({ id: 'WorkflowRunInsightPeriod' });
export type InsightsPeriodBody = z.infer<typeof insightsPeriodSchema>;

/** Of the runs that were created from `fromDate` until before `toDate`, whole periods of UTC. `periods`: those with such runs, the oldest first. */
export const insightsSchema = z
  .object({
    fromDate: dateTime,
    toDate: dateTime,
    period: z.enum(['hour', 'day', 'week']),
    ...outcomes,
    /** Runs that are running now. */
    concurrentRuns: count,
    periods: z.array(insightsPeriodSchema),
    /** Everything up to this position of the ledger is in the answer. */
    position: count,
    lag: viewLagSchema,
  })
  .meta({ id: 'WorkflowRunInsight' });
export type InsightsBody = z.infer<typeof insightsSchema>;

/** `name`: of the label, or `<task>.<result>`. `snippet`: the part of the text around what was found. */
export const textMatchSchema = z
  .object({
    field: z.enum(['id', 'workflow', 'label', 'statusMessage', 'result']),
    name: z.string().optional(),
    snippet: z.string(),
  })
  .meta({ id: 'TextMatch' });
export type TextMatchBody = z.infer<typeof textMatchSchema>;

export const textSearchSchema = z
  .object({
    /** Newest first, by id: retries and child runs stand beside the run that they come from. */
    results: z.array(
      z.object({ run: workflowRunSchema, matches: z.array(textMatchSchema) }).meta({ id: 'TextSearchResult' }),
    ),
    /** What to send as `cursor` for the next page; absent on the last one. */
    next: z.string().optional(),
    position: count,
    lag: viewLagSchema,
  })
  .meta({ id: 'TextSearch' });
export type TextSearchBody = z.infer<typeof textSearchSchema>;
