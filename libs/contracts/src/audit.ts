import { z } from 'zod';

export type { ObjectKind } from '#libs/kernel';

const named = z.object({ id: z.string(), name: z.string().optional() });

/** One change in the audit trail: what one command has done to one thing, or an attempt that was refused. */
export const auditEntrySchema = z.object({
  position: z.int().describe('The position in the ledger of its first event'),
  time: z.string().describe('When it was committed'),
  outcome: z.enum(['success', 'refused']),
  action: z.string().describe("The command's type, such as CancelRun"),
  actor: z.object({
    kind: z.enum(['person', 'token', 'agent', 'run', 'schedule', 'system', 'anonymous']),
    id: z.string(),
    name: z.string().optional(),
  }),
  token: named.optional(),
  team: named.optional(),
  object: z.object({ kind: z.string(), id: z.string(), name: z.string().optional() }),
  reason: z.string().optional(),
  requestId: z.string().optional(),
  commandId: z.string(),
  causationId: z.string().optional().describe('What caused it: the id of a run, a task of one, a lock or a schedule'),
  cause: z
    .object({ kind: z.string(), id: z.string(), name: z.string().optional(), href: z.string() })
    .optional()
    .describe('The same with its name, and the path of what was done to it'),
  address: z.string().optional(),
  userAgent: z.string().optional(),
  traceparent: z.string().optional(),
  server: z.string().optional().describe('The server that took the command, <id>/<version>'),
  details: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('What was tried, or what is new in a team, token or param: no values of params, at most 8 KiB'),
  events: z
    .array(z.object({ position: z.int(), version: z.int(), type: z.string() }))
    .describe('The events that it has made, at most 20'),
});
export type AuditEntryBody = z.infer<typeof auditEntrySchema>;

export const auditPageSchema = z.object({
  entries: z.array(auditEntrySchema),
  next: z.string().optional().describe('The cursor of the next page; absent on the last one'),
  upTo: z.int().describe('Every change up to this position is taken into account'),
});
export type AuditPageBody = z.infer<typeof auditPageSchema>;
