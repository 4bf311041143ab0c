import { z } from 'zod';
import { type RunFiltersBody, runFiltersSchema } from './run-filters';

/** The most views that a person, or a team, has. */
export const maxSavedViews = 50;
/** The most bytes of the filters of a view, as JSON. */
export const maxViewBytes = 8192;

const isSmall = (filters: object) => new TextEncoder().encode(JSON.stringify(filters)).length <= maxViewBytes;
const hasDates = ({ fromDate, toDate }: RunFiltersBody) => fromDate !== undefined || toDate !== undefined;
const small = `must have at most ${maxViewBytes} bytes as JSON`;

/** Without control characters. */
const viewName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^\P{Cc}*$/u, 'must not contain control characters');

const savedViewFields = z.object({
  name: viewName.describe('Unique among the views of the person, or of the team'),
  shared: z.boolean().optional().describe('true: a view of the team, which everybody in it sees'),
  filters: runFiltersSchema,
  period: z
    .enum(['1h', '24h', '7d', '30d'])
    .optional()
    .describe('Runs of the latest time only, counted back from now; in place of fromDate and toDate'),
});
export const savedViewRequestSchema = savedViewFields
  .refine(({ filters }) => isSmall(filters), { path: ['filters'], message: small })
  .refine(({ period, filters }) => period === undefined || !hasDates(filters), {
    path: ['period'],
    message: 'must be absent where filters have fromDate or toDate',
  });
export type SavedViewRequest = z.infer<typeof savedViewRequestSchema>;

export const savedViewSchema = savedViewFields
  .extend({ id: z.string(), shared: z.boolean() })
  .meta({ id: 'SavedView' });
export type SavedViewBody = z.infer<typeof savedViewSchema>;
