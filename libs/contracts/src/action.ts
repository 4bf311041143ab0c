import { z } from 'zod';

export const actionTypes = ['approval', 'manual'] as const;
export const actionStatusNames = ['approved', 'submitted', 'rejected', 'cancelled'] as const;

const dateTime = z.string().meta({ format: 'date-time' });

export const actionRequestSchema = z
  .object({
    id: z.string().min(1).max(64),
    comments: z.string().max(10_000).nullish(),
    approved: z.boolean(),
  })
  .meta({ id: 'ActionRequest' });
export type ActionRequestBody = z.infer<typeof actionRequestSchema>;
export const actionRequestsSchema = z.array(actionRequestSchema).min(1).max(100);

export const actionerSchema = z
  .object({
    approverId: z.string(),
    approverEmail: z.string().optional(),
    approverName: z.string(),
    comments: z.string().optional(),
    date: dateTime,
    approved: z.boolean(),
  })
  .meta({ id: 'Actioner' });

export const actionSchema = z
  .object({
    id: z.string(),
    workflowRef: z.string(),
    workflowRunRef: z.string(),
    taskRunRef: z.string(),
    actioners: z.array(actionerSchema),
    status: z.enum(actionStatusNames),
    type: z.enum(actionTypes),
    instructions: z.string().optional(),
    creationDate: dateTime,
    numberOfApprovers: z.int32(),
    approverGroupRef: z.string().optional(),
    taskName: z.string(),
    workflowName: z.string(),
    teamName: z.string(),
    /** Approvals so far. */
    numberOfApprovals: z.int32(),
    approvalsRequired: z.int32(),
  })
  .meta({ id: 'Action' });
export type ActionBody = z.infer<typeof actionSchema>;

export const actionSummarySchema = z
  .object({
    /** Percentage of decided approvals; 0 if there are none. */
    approvalsRate: z.int(),
    /** Open actions. */
    manual: z.int(),
    approvals: z.int(),
  })
  .meta({ id: 'ActionSummary' });
export type ActionSummaryBody = z.infer<typeof actionSummarySchema>;
