import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiParam, ApiQuery, ApiResponse } from '@nestjs/swagger';

/** References to the components that the program makes from the Zod schemas of `contracts`. */
export function ref(name: string) {
  return { $ref: `#/components/schemas/${name}` };
}

const list = { type: 'array' as const, items: { type: 'string' as const } };

export function ApiTeam() {
  return ApiParam({
    name: 'team',
    description: 'Owning team name.',
    required: true,
    schema: { type: 'string' },
    example: 'my-amazing-team',
  });
}

export function ApiRunId(description: string) {
  return ApiParam({ name: 'workflowRunId', description, required: true, schema: { type: 'string' } });
}

export function ApiWithTasks() {
  return ApiQuery({
    name: 'withTasks',
    description: 'Include Task Runs in the response',
    required: false,
    schema: { type: 'boolean', default: true },
  });
}

export function ApiAnswer(name: string) {
  return applyDecorators(
    ApiResponse({ status: 200, description: 'OK', content: { '*/*': { schema: ref(name) } } }),
    ApiResponse({ status: 400, description: 'Bad Request', content: { 'application/json': { schema: ref('Error') } } }),
  );
}

export function ApiRequest(name: string, required: boolean) {
  return ApiBody({ required, schema: ref(name) });
}

/** Parameters of the count; `ApiRunSearch` adds those of the search. */
export function ApiRunCount() {
  return applyDecorators(
    ApiQuery({
      name: 'labels',
      required: false,
      schema: list,
      description:
        'List of url encoded labels. For example Organization=Boomerang,customKey=test would be encoded as Organization%3DBoomerang,customKey%3Dtest)',
    }),
    ApiQuery({
      name: 'workflows',
      required: false,
      schema: list,
      description: 'List of Workflow IDs or names to filter for.',
    }),
    ApiQuery(date('fromDate', 'The unix timestamp / date to search from in milliseconds since epoch')),
    ApiQuery(date('toDate', 'The unix timestamp / date to search to in milliseconds since epoch')),
  );
}

export function ApiRunSearch() {
  return applyDecorators(
    ApiRunCount(),
    ApiQuery({
      name: 'statuses',
      required: false,
      schema: list,
      description: 'List of statuses to filter for. Defaults to all.',
    }),
    ApiQuery({
      name: 'phase',
      required: false,
      schema: list,
      description: 'List of phases to filter for. Defaults to all.',
    }),
    ApiQuery({
      name: 'workflowruns',
      required: false,
      schema: list,
      description: 'List of WorkflowRun IDs to filter for.',
    }),
    ApiQuery({ name: 'triggers', required: false, schema: list, description: 'List of Triggers to filter for.' }),
    ApiQuery({
      name: 'limit',
      required: false,
      description: 'Result Size',
      schema: { type: 'integer', format: 'int32', default: 10, minimum: 1, maximum: 1000 },
    }),
    ApiQuery({
      name: 'page',
      required: false,
      description: 'Page Number',
      schema: { type: 'integer', format: 'int32', default: 0, minimum: 0 },
    }),
    ApiQuery({
      name: 'order',
      required: false,
      description: 'Ascending (ASC) or Descending (DESC) sort order on creationDate',
      schema: { type: 'string', enum: ['ASC', 'DESC'], default: 'ASC' },
    }),
    ApiQuery({
      name: 'sort',
      required: false,
      description: 'The element to sort on',
      schema: { type: 'string', enum: ['creationDate', 'workflowName'], default: 'creationDate' },
    }),
  );
}

function date(name: string, description: string) {
  return { name, description, required: false, schema: { type: 'integer', format: 'int64' } } as const;
}
