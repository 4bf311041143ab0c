import { z } from 'zod';
import type { Reach } from './reach';

/** What to erase, and why. */
export const erasureRequestSchema = z.strictObject({
  subject: z
    .string()
    .min(1)
    .max(320)
    .describe('The id or e-mail address of a person, user:<id>, token:<id>, or anonymous')
    .meta({ examples: ['ann@example.com'] }),
  reason: z.string().trim().min(1).max(1000).describe('Why; the ledger keeps it'),
  dryRun: z.boolean().optional().describe('Erases nothing: says what would be erased'),
});
export type ErasureRequest = z.infer<typeof erasureRequestSchema>;

export const erasureSchema = z.object({
  id: z.string().optional().describe('The stream of its event; absent: nothing was erased yet'),
  time: z.string().optional().describe('When'),
  teamId: z.string().optional().describe('Only what this team has recorded; absent: everything'),
  subject: z.string().describe('Whose values, as the trail names actors'),
  by: z.object({ id: z.string() }).describe('Who asked for it'),
  reason: z.string(),
  keys: z.int().describe('The keys: one for each name of the person in each team'),
  changes: z.int().optional().describe('Of a dry run: how many entries of the trail are by this actor'),
  dryRun: z.boolean(),
});
export type ErasureBody = z.infer<typeof erasureSchema>;

/** Query over the bus: how many changes of the trail are by this actor, within the reach. Answers a number. */
export class CountChangesBy {
  constructor(
    readonly reach: Reach,
    readonly actor: string,
  ) {}
}
