import { runPhases, runStatuses, runTriggers } from '#libs/kernel';
import { z } from 'zod';
import { labelsSchema } from './run';
import { wholeNumber } from './whole-number';

/** Items of one filter, as many as a list of the query may have. */
const maxItems = 1000;
const date = wholeNumber(-62_135_596_800_000, 253_402_300_799_999);
const listOf = <Item extends z.ZodType>(item: Item) => z.array(item).min(1).max(maxItems).exactOptional();
const isSome = (labels: object) => Object.keys(labels).length > 0;

/** The filters of the search for runs, as a body: a run must fit each of them, and one item of each list. */
export const runFiltersSchema = z
  .object({
    labels: labelsSchema
      .refine(isSome, 'must have at least one label')
      .exactOptional()
      .describe('All of them must match'),
    statuses: listOf(z.enum(runStatuses)),
    phase: listOf(z.enum(runPhases)),
    triggers: listOf(z.enum(runTriggers)),
    workflows: listOf(z.string().min(1).max(256)).describe('Names or ids'),
    workflowruns: listOf(z.string().min(1).max(256)).describe('Ids'),
    fromDate: date.exactOptional().describe('Created then or later; milliseconds since the epoch'),
    toDate: date.exactOptional().describe('Created before; milliseconds since the epoch'),
  })
  .meta({ id: 'WorkflowRunFilters' });
export type RunFiltersBody = z.infer<typeof runFiltersSchema>;
