import { z } from 'zod';
import { ignoring } from './ignored-fields';
import { anyJson } from './json';
import { activities, conditionOperations, executionConditions, taskTypes } from '#libs/kernel';
import { annotationsSchema, labelsSchema, runParamSchema, taskWorkspaceSchema, workspaceSchema } from './run';
import { wholeNumber } from './whole-number';

const text = z.string().max(65_536);
const shortText = z.string().max(256);

export const paramSchema = ignoring(
  z
    .object({
      name: shortText,
      label: shortText.nullish(),
      type: shortText.nullish(),
      description: text.nullish(),
      required: z.boolean().nullish(),
      placeholder: text.nullish(),
      helpertext: text.nullish(),
      language: shortText.nullish(),
      disabled: z.boolean().nullish(),
      readOnly: z.boolean().nullish(),
      hiddenValue: z.boolean().nullish(),
      minValueLength: z.int32().min(0).nullish(),
      maxValueLength: z.int32().min(0).nullish(),
      options: z
        .array(z.object({ key: shortText, value: text.nullish() }).meta({ id: 'KeyValuePair' }))
        .max(1000)
        .nullish(),
      default: anyJson.optional(),
      value: anyJson.optional(),
    })
    .meta({ id: 'AbstractParam' }),
  'id',
  'key',
  'jsonPath',
);

/** The most characters in the reason for a revision. A changelog shows many, so a reason is short. */
export const changelogSchema = z.object({
  author: shortText.nullish(),
  reason: z.string().max(1024).nullish(),
  date: z.string().max(64).meta({ format: 'date-time' }).nullish(),
});

const dependencySchema = z
  .object({
    taskRef: shortText,
    executionCondition: z.enum(executionConditions).nullish(),
    decisionCondition: z.string().max(10_240).nullish(),
  })
  .meta({ id: 'WorkflowTaskDependency' });

/** What a task executes, if it says so itself. */
const taskSpecSchema = z
  .object({
    image: z.string().max(1024).nullish(),
    script: z.string().max(1_048_576).nullish(),
    command: z.array(text).max(1000).nullish(),
    arguments: z.array(text).max(1000).nullish(),
    envs: z
      .array(z.object({ name: shortText.min(1), value: text.nullish() }))
      .max(1000)
      .nullish(),
    workingDir: z.string().max(4096).nullish(),
  })
  .meta({ id: 'WorkflowTaskSpec' });

/** Milliseconds; 366 days at most. */
const pause = z.number().min(0).max(31_622_400_000);

/** The wait before the next try of a task: milliseconds that double each time, or exact growth. */
const backoffSchema = z.union([
  pause,
  z.object({ delay: pause, factor: z.number().min(1).max(10).nullish(), maxDelay: pause.nullish() }),
]);

/** `searchable`: the search by text finds runs by its value; never by a secret in it. */
export const resultSpecSchema = z.object({
  name: shortText.min(1),
  description: text.nullish(),
  searchable: z.boolean().nullish(),
});

export const workflowTaskSchema = z
  .object({
    name: shortText,
    type: z.enum(taskTypes).nullish(),
    taskRef: shortText.nullish(),
    taskVersion: z.int32().min(0).nullish(),
    timeout: wholeNumber(0, 525_600).nullish(),
    /** How often the server retries the task after a failure. */
    retries: wholeNumber(0, 100).nullish(),
    backoff: backoffSchema.nullish(),
    dependencies: z.array(dependencySchema).max(2500).nullish(),
    params: z.array(runParamSchema).max(1000).nullish(),
    results: z
      .array(resultSpecSchema.meta({ id: 'ResultSpec' }))
      .max(1000)
      .nullish(),
    labels: labelsSchema.nullish(),
    annotations: annotationsSchema.nullish(),
    workspaces: z.array(taskWorkspaceSchema).max(100).nullish(),
    upgradesAvailable: z.boolean().nullish(),
    unknownFields: z.record(z.string(), anyJson).nullish(),
    spec: taskSpecSchema.nullish(),
  })
  .meta({ id: 'WorkflowTask' });

const triggerConditionSchema = z
  .object({
    field: z.string().min(1).max(1024),
    operation: z.enum(conditionOperations),
    value: z.string().max(4096).nullish(),
    values: z.array(z.string().max(4096)).max(1000).nullish(),
  })
  .meta({ id: 'TriggerCondition' });

const triggerSchema = z
  .object({ enabled: z.boolean().nullish(), conditions: z.array(triggerConditionSchema).max(100).nullish() })
  .meta({ id: 'Trigger' });

const positionSchema = z.object({ x: z.number(), y: z.number() }).meta({ id: 'CanvasNodePosition' });

export const workflowSchema = ignoring(
  z
    .object({
      id: z.string().max(64).nullish(),
      name: shortText.nullish(),
      displayName: shortText.nullish(),
      status: z.enum(activities).nullish(),
      version: z.int32().nullish(),
      creationDate: z.string().max(64).meta({ format: 'date-time' }).nullish(),
      timeout: wholeNumber(0, 525_600).nullish(),
      retries: wholeNumber(-1, 100).nullish(),
      description: text.nullish(),
      labels: labelsSchema.nullish(),
      annotations: annotationsSchema.nullish(),
      params: z.array(paramSchema).max(1000).nullish(),
      tasks: z.array(workflowTaskSchema).max(2500).nullish(),
      changelog: changelogSchema.meta({ id: 'ChangeLog' }).nullish(),
      icon: shortText.nullish(),
      markdown: text.nullish(),
      upgradesAvailable: z.boolean().nullish(),
      unknownFields: z.record(z.string(), anyJson).nullish(),
      triggers: z
        .object({
          manual: triggerSchema.nullish(),
          schedule: triggerSchema.nullish(),
          webhook: triggerSchema.nullish(),
          event: triggerSchema.nullish(),
          github: triggerSchema.nullish(),
        })
        .meta({ id: 'WorkflowTrigger' })
        .nullish(),
      workspaces: z.array(workspaceSchema).max(100).nullish(),
      /**
       * In the answer to a save: what the server saved but will not work as it looks, one sentence each. Ignored in
       * requests.
       */
      warnings: z.array(z.string()).nullish(),
    })
    .meta({ id: 'Workflow' }),
  'config',
  'edges',
  'nodes',
);

export type WorkflowDefinition = z.infer<typeof workflowSchema>;
export type WorkflowTaskDefinition = z.infer<typeof workflowTaskSchema>;
export type WorkflowParamDefinition = z.infer<typeof paramSchema>;

const canvasNodeSchema = ignoring(
  z
    .object({
      /** Absent = the task's name. */
      id: shortText.nullish(),
      type: z.enum(taskTypes).nullish(),
      position: positionSchema.nullish(),
      data: z
        .object({
          name: shortText,
          params: z.array(runParamSchema).max(1000).nullish(),
          results: z.array(resultSpecSchema).max(1000).nullish(),
          taskRef: shortText.nullish(),
          taskVersion: z.int32().min(0).nullish(),
          upgradesAvailable: z.boolean().nullish(),
        })
        .meta({ id: 'CanvasNodeData' }),
    })
    .meta({ id: 'CanvasNode' }),
  'ariaLabel',
  'className',
  'connectable',
  'deletable',
  'domAttributes',
  'dragHandle',
  'draggable',
  'dragging',
  'expandParent',
  'extent',
  'focusable',
  'handles',
  'height',
  'hidden',
  'initialHeight',
  'initialWidth',
  'isParent',
  'measured',
  'origin',
  'parentId',
  'parentNode',
  'positionAbsolute',
  'resizing',
  'selectable',
  'selected',
  'sourcePosition',
  'style',
  'targetPosition',
  'width',
  'zIndex',
);

const canvasEdgeSchema = ignoring(
  z
    .object({
      id: z.string().max(1024).nullish(),
      source: shortText,
      target: shortText,
      type: shortText.nullish(),
      data: z
        .object({
          executionCondition: z.enum(executionConditions).nullish(),
          decisionCondition: z.string().max(10_240).nullish(),
        })
        .meta({ id: 'CanvasEdgeData' })
        .nullish(),
    })
    .meta({ id: 'CanvasEdge' }),
  'animated',
  'ariaLabel',
  'className',
  'deletable',
  'focusable',
  'hidden',
  'interactionWidth',
  'label',
  'labelStyle',
  'markerEnd',
  'markerStart',
  'reconnectable',
  'selectable',
  'selected',
  'sourceHandle',
  'sourceNode',
  'style',
  'targetHandle',
  'targetNode',
  'updatable',
  'zIndex',
);

/** A workflow as a drawing. */
export const workflowCanvasSchema = ignoring(
  workflowSchema
    .omit({ id: true, tasks: true, params: true })
    .extend({
      config: z.array(paramSchema).max(1000).nullish(),
      nodes: z.array(canvasNodeSchema).max(2500).nullish(),
      edges: z.array(canvasEdgeSchema).max(10_000).nullish(),
    })
    .meta({ id: 'WorkflowCanvas' }),
  'id',
  'params',
  'tasks',
);
export type WorkflowCanvas = z.infer<typeof workflowCanvasSchema>;

/** A webhook or event that made no run. */
export const workflowRefusalSchema = z
  .object({
    date: z.string().meta({ format: 'date-time' }),
    trigger: z.string(),
    reason: z.string(),
    message: z.string(),
  })
  .meta({ id: 'WorkflowRefusal' });
export type WorkflowRefusalBody = z.infer<typeof workflowRefusalSchema>;
