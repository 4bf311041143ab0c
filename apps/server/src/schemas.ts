import {
  agentRegistrationSchema,
  heartbeatSchema,
  runParamSchema,
  runResultSchema,
  taskEnvVarSchema,
  taskRunEndSchema,
  taskRunSchema,
  taskRunSpecSchema,
  taskRunStartSchema,
  taskWorkspaceSchema,
  teamRequestSchema,
  teamSchema,
  tokenCreateRequestSchema,
  tokenCreateResponseSchema,
  tokenSchema,
  workflowRunCountSchema,
  workflowRunRequestSchema,
  workflowRunSchema,
  workflowSchema,
  workflowSubmitRequestSchema,
  workspaceSchema,
} from '#libs/contracts';
import { z } from 'zod';

/** What is sent; and, optional, what the reference's document lists for it. */
const sortSchema = z.object({
  empty: z.boolean(),
  sorted: z.boolean(),
  unsorted: z.boolean(),
  direction: z.string().optional(),
  nullHandling: z.string().optional(),
  ascending: z.boolean().optional(),
  property: z.string().optional(),
  ignoreCase: z.boolean().optional(),
});
const pageableSchema = z.object({
  pageNumber: z.int(),
  pageSize: z.int(),
  sort: sortSchema,
  offset: z.int(),
  paged: z.boolean(),
  unpaged: z.boolean(),
});

function pageOf(item: z.ZodType) {
  return z.object({
    content: z.array(item),
    number: z.int(),
    size: z.int(),
    totalElements: z.int(),
    pageable: pageableSchema,
    last: z.boolean(),
    totalPages: z.int(),
    sort: sortSchema,
    first: z.boolean(),
    numberOfElements: z.int(),
    empty: z.boolean(),
  });
}

const errorSchema = z.object({
  timestamp: z.string(),
  code: z.int(),
  reason: z.string(),
  message: z.string(),
  status: z.string(),
  cause: z.null(),
});

/** The named components of the OpenAPI document. */
export const openApiSchemas: Readonly<Record<string, z.ZodType>> = {
  Error: errorSchema,
  SortObject: sortSchema,
  PageableObject: pageableSchema,
  RunParam: runParamSchema,
  RunResult: runResultSchema,
  WorkflowWorkspace: workspaceSchema,
  TaskEnvVar: taskEnvVarSchema,
  TaskWorkspace: taskWorkspaceSchema,
  TaskRunSpec: taskRunSpecSchema,
  TaskRun: taskRunSchema,
  WorkflowRun: workflowRunSchema,
  WorkflowRunRequest: workflowRunRequestSchema,
  WorkflowSubmitRequest: workflowSubmitRequestSchema,
  WorkflowRunCount: workflowRunCountSchema,
  PageWorkflowRun: pageOf(workflowRunSchema),
  StreamingResponseBody: z.object({}),
  Workflow: workflowSchema,
  WorkflowResponsePage: pageOf(workflowSchema),
  Team: teamSchema,
  TeamRequest: teamRequestSchema,
  PageTeam: pageOf(teamSchema),
  Token: tokenSchema,
  TokenCreateRequest: tokenCreateRequestSchema,
  TokenCreateResponse: tokenCreateResponseSchema,
  PageToken: pageOf(tokenSchema),
  AgentRegistration: agentRegistrationSchema,
  AgentHeartbeat: heartbeatSchema,
  TaskRunStartRequest: taskRunStartSchema,
  TaskRunEndRequest: taskRunEndSchema,
};
