import { agentTaskTypes } from '#libs/kernel';
import { z } from 'zod';

const dateTime = z.string().meta({ format: 'date-time', examples: ['2023-10-05T05:20:08.956+00:00'] });

const heldItemSchema = z
  .object({
    id: z.string().describe('Of a TaskRun; of a WorkflowRun that is to be prepared or cleaned up'),
    kind: z.enum(['task', 'run', 'finalize']),
    type: z.string().describe(`One of ${agentTaskTypes.join(', ')}; run for runs`),
    team: z.string(),
    workflowRunRef: z.string(),
    state: z.enum(['leased', 'stopping']),
    since: dateTime.describe('When it came into this state'),
    leaseUntil: dateTime.optional().describe('When the claim ends unless the agent shows that it lives'),
  })
  .meta({ id: 'HeldItem' });

export const connectedAgentSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    host: z.string(),
    version: z.string().optional(),
    taskTypes: z.array(z.string()),
    registered: dateTime,
    lastHeard: dateTime,
    leaseUntil: dateTime.describe('Until when the agent counts as alive'),
    held: z.int().describe('Items of teams within reach that it holds, or must stop'),
    items: z.array(heldItemSchema).describe('The first 20 of them, the oldest first'),
  })
  .meta({ id: 'ConnectedAgent' });
export type ConnectedAgentBody = z.infer<typeof connectedAgentSchema>;

export const queuedItemSchema = z
  .object({
    id: z.string().describe('Of a TaskRun; of a WorkflowRun that is to be prepared or cleaned up'),
    kind: z.enum(['task', 'run', 'finalize']),
    type: z.string().describe(`One of ${agentTaskTypes.join(', ')}; run for runs`),
    team: z.string(),
    workflowRunRef: z.string(),
    since: dateTime,
    waited: z.int().describe('Milliseconds'),
    agents: z.int().describe('Agents that are alive and could take it'),
  })
  .meta({ id: 'QueuedItem' });
export type QueuedItemBody = z.infer<typeof queuedItemSchema>;
