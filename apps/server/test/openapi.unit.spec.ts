import type { OpenAPIObject } from '@nestjs/swagger';
import { teamOperations } from '#libs/kernel';
import { openApiDocument } from '../src/openapi-document';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

describe('the OpenAPI document', () => {
  let document: OpenAPIObject;
  let operations: {
    readonly name: string;
    readonly method: string;
    readonly path: string;
    readonly operation: Operation;
  }[];
  beforeAll(async () => {
    document = await openApiDocument();
    operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({
        name: `${method} ${path}`,
        method,
        path,
        operation,
      })),
    );
  });

  it('says what it is', () => {
    expect([document.openapi, document.info.title, document.info.version]).toEqual(['3.1.0', 'Runledger', '0.1.0']);
    expect(document.servers).toEqual([{ url: '/', description: 'This server' }]);
    expect([document.tags?.[0]?.name, operations[0]?.operation.tags]).toEqual(['WorkflowRuns', ['WorkflowRuns']]);
    const named = new Set(document.tags?.map(({ name }) => name));
    expect(operations.flatMap(({ operation }) => operation.tags ?? []).filter((tag) => !named.has(tag))).toEqual([]);
  });

  it('has exactly the operations that a team may require a reason for', () => {
    const isOfTeam = (path: string) =>
      path.startsWith('/api/v2/team/{team}') || /^\/api\/v2\/(token|webhook|event|callback)\b/.test(path);
    const changing = operations
      .filter(({ method, path }) => isOfTeam(path) && (method !== 'get' || path === '/api/v2/callback'))
      .map(({ operation }) => operation.operationId ?? '');
    expect([...teamOperations].sort()).toEqual(changing.filter((name) => !name.startsWith('validate')).sort());
  });

  it('tells every answer of every operation', () => {
    expect(operations.length).toBeGreaterThan(70);
    // A page, or messages as they come.
    const isStream = (name: string) => /(workflowrun|workflowRunId\}|action|agents)\/events$/.test(name);
    for (const { name, method, path, operation } of operations) {
      const statuses = Object.keys(operation.responses);
      const isOpen = path.startsWith('/health');
      const always = isOpen ? ['400', '503'] : ['400', '401', '403', '503'];
      expect([name, always.filter((status) => !statuses.includes(status))]).toEqual([name, []]);
      expect([name, operation.security]).toEqual([name, isOpen ? [] : undefined]);
      if (operation.requestBody) expect([name, statuses]).toEqual([name, expect.arrayContaining(['413', '415'])]);
      const key = JSON.stringify(operation.parameters ?? []).includes('IdempotencyKey');
      expect([name, statuses.includes('422')]).toEqual([name, key]);
      if (method === 'get') expect([name, key]).toEqual([name, false]);
      for (const [status, response] of Object.entries(operation.responses)) {
        if (status === '204' || Number(status) >= 400) continue;
        const { content } = response as { content?: Record<string, { schema?: unknown }> };
        const forms = isStream(name) ? ['object', 'object'] : ['object'];
        expect([name, Object.values(content ?? {}).map(({ schema }) => typeof schema)]).toEqual([name, forms]);
        expect([name, Object.keys(content ?? {})]).not.toEqual([name, ['*/*']]);
      }
    }
    const error = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };
    for (const response of Object.values(document.components?.responses ?? {})) {
      expect(response).toMatchObject({ content: error });
    }
  });

  it('tells which operations a quota or a bound may refuse', () => {
    const bounded = operations.filter(({ operation }) => '429' in operation.responses);
    expect(bounded.map(({ operation }) => operation.operationId ?? '').sort()).toEqual([
      'acceptCallback',
      'acceptCallbackWithBody',
      'acceptEvent',
      'acceptWebhook',
      'applyWorkflow',
      'applyWorkflowCanvas',
      'createBulk',
      'createSavedView',
      'createWorkflow',
      'duplicateWorkflow',
      'followActions',
      'followAgents',
      'followTeamAgents',
      'followWorkflowRuns',
      'getWorkflowRun',
      'listWorkflowRunEvents',
      'pollTaskRuns',
      'pollWorkflowRuns',
      'registerAgent',
      'retryWorkflowRun',
      'submitWorkflow',
    ]);
  });

  it('lets a reason be given with every write that the ledger keeps', () => {
    const idsWith = (name: string) =>
      operations
        .filter(({ operation }) => JSON.stringify(operation.parameters ?? []).includes(`/parameters/${name}"`))
        .map(({ operation }) => operation.operationId);
    const reads = ['acceptCallback', 'exportAudit', 'exportTeamAudit', 'verifyLedger'];
    const writes = idsWith('IdempotencyKey').filter((id) => id !== 'registerAgent');
    expect(idsWith('Reason').sort()).toEqual([...writes, ...reads].sort());
    expect(document.components?.parameters?.['Reason']).toMatchObject({
      name: 'X-Reason',
      in: 'header',
      schema: { type: 'string', maxLength: 1000 },
    });
  });

  it('names every type of body that a route takes', () => {
    const bodyOf = (id: string) => {
      const body = operations.find(({ operation }) => operation.operationId === id)?.operation.requestBody;
      return body && 'content' in body ? Object.keys(body.content) : [];
    };
    expect(bodyOf('submitWorkflow')).toEqual(['application/json']);
    expect(bodyOf('applyTeamTask')).toEqual(['application/json', 'application/yaml']);
    const inbound = ['application/json', 'application/x-www-form-urlencoded', 'text/plain'];
    expect(bodyOf('acceptWebhook')).toEqual(inbound);
    expect(bodyOf('appendTaskRunLog')).toEqual(['text/plain', 'application/octet-stream']);
  });

  it('names operations as we do, each once', () => {
    const ids = operations.map(({ operation }) => operation.operationId ?? '');
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z]+[A-Z][A-Za-z]+$/.test(id))).toEqual([]);
  });

  it('has one schema for any JSON value, which does not refer to itself', () => {
    const { schemas } = document.components ?? {};
    expect(schemas?.['JsonValue']).toEqual({ description: expect.any(String) });
    const value = { $ref: '#/components/schemas/JsonValue' };
    expect(schemas?.['RunParam']).toMatchObject({ properties: { value } });
    expect(schemas?.['AbstractParam']).toMatchObject({ properties: { default: value } });
  });

  it('has the formats, values and examples of the contract', () => {
    const parameterOf = (id: string, name: string) => {
      const { operation } = operations.find((each) => each.operation.operationId === id) ?? {};
      return (operation?.parameters ?? []).find((each) => 'name' in each && each.name === name);
    };
    const calendar = { schema: { type: 'integer', format: 'int64' } };
    expect(parameterOf('getScheduleCalendars', 'fromDate')).toMatchObject(calendar);
    expect(parameterOf('getScheduleCalendars', 'toDate')).toMatchObject(calendar);
    for (const [id, name, example, values] of [
      ['queryWorkflows', 'statuses', ['active', 'inactive'], undefined],
      ['queryTasks', 'statuses', ['active', 'inactive'], undefined],
      ['queryTeamTasks', 'names', ['switch', 'event-wait'], undefined],
      ['querySchedules', 'statuses', ['active', 'archived'], undefined],
      ['querySchedules', 'types', ['cron', 'advancedCron'], undefined],
      ['queryActions', 'types', ['manual', 'approval'], ['approval', 'manual']],
      [
        'queryActions',
        'statuses',
        ['approved', 'rejected', 'submitted'],
        ['approved', 'submitted', 'rejected', 'cancelled'],
      ],
      ['queryTeams', 'statuses', ['active', 'inactive'], undefined],
      ['queryTeams', 'teams', ['my-amazing-team', 'boomerangs-return'], undefined],
      ['queryTokens', 'types', ['team', 'workflow'], ['session', 'user', 'team', 'workflow', 'global']],
    ] as const) {
      const items = { type: 'string', ...(values && { enum: values }) };
      expect([id, name, parameterOf(id, name)]).toMatchObject([id, name, { schema: { items, examples: [example] } }]);
    }
    expect(parameterOf('getWorkflow', 'name')).toMatchObject({ schema: { examples: ['my-amazing-workflow'] } });
    expect(parameterOf('queryActions', 'order')).toMatchObject({ schema: { default: 'DESC' } });
    expect(parameterOf('acceptCallback', 'status')).toMatchObject({ schema: { default: 'succeeded' } });
  });

  it('names the sizes of integers and the dates as the contract does', () => {
    const formatOf = (schema: string, property: string): unknown => {
      const { properties } = document.components?.schemas?.[schema] as { properties: Record<string, object> };
      const found = properties[property] as { format?: string; anyOf?: { format?: string }[] };
      return found.format ?? found.anyOf?.find(({ format }) => format !== undefined)?.format;
    };
    const expected: Record<string, Record<string, string>> = {
      PageWorkflowRun: { size: 'int32', number: 'int32', totalPages: 'int32', numberOfElements: 'int32' },
      PageableObject: { pageNumber: 'int32', pageSize: 'int32', offset: 'int64' },
      WorkflowRun: { workflowVersion: 'int32', duration: 'int64', creationDate: 'date-time' },
      TaskRun: { taskVersion: 'int32', timeout: 'int64' },
      TaskRunSpec: { timeout: 'int32' },
      WorkflowSubmitRequest: { workflowVersion: 'int32', timeout: 'int64', retries: 'int64' },
      Workflow: { version: 'int32', timeout: 'int64', retries: 'int64', creationDate: 'date-time' },
      WorkflowTask: { taskVersion: 'int32', timeout: 'int64' },
      AbstractParam: { minValueLength: 'int32', maxValueLength: 'int32' },
      Quotas: { maxWorkflowCount: 'int32', maxWorkflowRunDuration: 'int32' },
      CurrentQuotas: { maxConcurrentRuns: 'int32', currentRuns: 'int32' },
      Action: { numberOfApprovers: 'int32' },
      Task: { version: 'int32', creationDate: 'date-time' },
      ChangeLogVersion: { version: 'int32', date: 'date-time' },
    };
    for (const [schema, properties] of Object.entries(expected)) {
      for (const [property, format] of Object.entries(properties)) {
        expect([schema, property, formatOf(schema, property)]).toEqual([schema, property, format]);
      }
    }
  });

  it('says what a task of a workflow mounts, and what a token looks like', () => {
    const { schemas, securitySchemes } = document.components ?? {};
    const list = { type: 'array', items: { $ref: '#/components/schemas/TaskWorkspace' } };
    expect(schemas?.['WorkflowTask']).toMatchObject({
      properties: { workspaces: { anyOf: [list, { type: 'null' }] } },
    });
    expect(securitySchemes?.['BearerAuth']).toEqual({
      type: 'http',
      scheme: 'bearer',
      description: expect.stringContaining('It is not a JWT.'),
    });
  });

  it('has the headers of agents', () => {
    const end = document.paths['/api/v1/taskrun/{taskRunId}/end']?.put;
    const log = document.paths['/api/v1/taskrun/{taskRunId}/log']?.post;
    expect(JSON.stringify(end?.parameters)).toContain('"Runledger-Fence"');
    expect(Object.keys(end?.responses ?? {})).toContain('409');
    expect(JSON.stringify(log?.parameters)).toContain('"Runledger-Log-Offset"');
  });
});
