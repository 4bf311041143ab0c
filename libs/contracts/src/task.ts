import { z } from 'zod';
import { anyJson } from './json';
import { activities, taskTypes } from '#libs/kernel';
import { annotationsSchema, labelsSchema } from './run';
import { changelogSchema, paramSchema, resultSpecSchema } from './workflow';

const text = z.string().max(65_536);
const shortText = z.string().max(256);

/** The catalogue's task for each type that the system executes. Other types have none. */
export const systemTaskNames: Readonly<Record<string, string>> = {
  script: 'execute-shell',
  custom: 'run-custom-task',
  decision: 'switch',
  sleep: 'sleep',
  approval: 'manual-approval',
  manual: 'manual-task',
  eventwait: 'wait-for-event',
  acquirelock: 'acquire-lock',
  releaselock: 'release-lock',
  runworkflow: 'run-workflow',
  runscheduledworkflow: 'run-scheduled-workflow',
  setwfproperty: 'set-result-parameter',
  setwfstatus: 'set-status',
};

export const catalogueTaskSpecSchema = z
  .object({
    arguments: z.array(text).max(1000).nullish(),
    command: z.array(text).max(1000).nullish(),
    params: z.array(paramSchema).max(1000).nullish(),
    envs: z
      .array(z.object({ name: shortText.min(1), value: text.nullish() }))
      .max(1000)
      .nullish(),
    image: z.string().max(1024).nullish(),
    results: z.array(resultSpecSchema).max(1000).nullish(),
    script: z.string().max(1_048_576).nullish(),
    workingDir: z.string().max(4096).nullish(),
  })
  .meta({ id: 'TaskSpec' });

/** A task of the catalogue. */
export const taskSchema = z
  .object({
    id: z.string().max(64).nullish(),
    name: shortText.nullish(),
    displayName: shortText.nullish(),
    type: z.enum(taskTypes).nullish(),
    version: z.int32().nullish(),
    status: z.enum(activities).nullish(),
    creationDate: z.string().max(64).meta({ format: 'date-time' }).nullish(),
    verified: z.boolean().nullish(),
    description: text.nullish(),
    labels: labelsSchema.nullish(),
    annotations: annotationsSchema.nullish(),
    changelog: changelogSchema.nullish(),
    category: shortText.nullish(),
    spec: catalogueTaskSpecSchema.nullish(),
    icon: shortText.nullish(),
    /** In the answer to a save: what the server does not store, one sentence each. Ignored in requests. */
    warnings: z.array(z.string()).nullish(),
  })
  .meta({ id: 'Task' });
export type TaskDefinition = z.infer<typeof taskSchema>;

const tektonParamSchema = z
  .looseObject({
    name: shortText.min(1),
    type: z.enum(['string', 'array', 'object']).nullish(),
    description: text.nullish(),
    default: anyJson.optional(),
  })
  .meta({ id: 'ParamSpec' });

const tektonStepSchema = z
  .looseObject({
    name: shortText.nullish(),
    image: z.string().max(1024).nullish(),
    script: z.string().max(1_048_576).nullish(),
    workingDir: z.string().max(4096).nullish(),
    env: z
      .array(z.looseObject({ name: shortText.min(1), value: text.nullish() }))
      .max(1000)
      .nullish(),
    command: z.array(text).max(1000).nullish(),
    args: z.array(text).max(1000).nullish(),
  })
  .meta({ id: 'Step' });

/** A Tekton Task (`tekton.dev/v1`) with exactly one step. */
export const tektonTaskSchema = z
  .looseObject({
    apiVersion: z.string().regex(/^tekton\.dev\//, 'must be tekton.dev/v1'),
    kind: z.literal('Task'),
    metadata: z.looseObject({
      name: shortText.min(1),
      labels: labelsSchema.nullish(),
      annotations: annotationsSchema.nullish(),
    }),
    spec: z.looseObject({
      description: text.nullish(),
      params: z.array(tektonParamSchema).max(1000).nullish(),
      steps: z.array(tektonStepSchema).length(1),
      results: z
        .array(z.looseObject({ name: shortText.min(1), description: text.nullish() }))
        .max(1000)
        .nullish(),
    }),
  })
  .meta({ id: 'TektonTask' });
export type TektonTask = z.infer<typeof tektonTaskSchema>;

export const changeLogVersionSchema = z
  .object({
    author: z.string(),
    reason: z.string().optional(),
    date: z.string().meta({ format: 'date-time' }),
    version: z.int32(),
  })
  .meta({ id: 'ChangeLogVersion' });
export type ChangeLogVersion = z.infer<typeof changeLogVersionSchema>;
