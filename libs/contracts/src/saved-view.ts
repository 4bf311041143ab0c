import { z } from 'zod';
import { runFiltersSchema } from './run-filters';

/** The most views that a person, or a team, has. */
export const maxSavedViews = 50;
/** The most bytes of the filters of a view, as JSON. */
export const maxViewBytes = 8192;

const isSmall = (filters: object) => new TextEncoder().encode(JSON.stringify(filters)).length <= maxViewBytes;
const small = `must have at most ${maxViewBytes} bytes as JSON`;

export const savedViewRequestSchema = z.object({
  name: z.string().trim().min(1).max(100).describe('Unique among the views of the person, or of the team'),
  shared: z.boolean().optional().describe('true: a view of the team, which everybody in it sees'),
  filters: runFiltersSchema.refine(isSmall, small),
  period: z
    .enum(['1h', '24h', '7d', '30d'])
    .optional()
    .describe('Runs of the latest time only, counted back from now; in place of fromDate and toDate'),
});
export type SavedViewRequest = z.infer<typeof savedViewRequestSchema>;

export const savedViewSchema = savedViewRequestSchema
  .extend({ id: z.string(), shared: z.boolean() })
  .meta({ id: 'SavedView' });
export type SavedViewBody = z.infer<typeof savedViewSchema>;
