import {
  agentRegistrationSchema,
  heartbeatSchema,
  runParamSchema,
  runResultSchema,
  taskRunEndSchema,
  taskRunSchema,
  taskRunStartSchema,
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

const sortSchema = z.object({ empty: z.boolean(), sorted: z.boolean(), unsorted: z.boolean() });
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
