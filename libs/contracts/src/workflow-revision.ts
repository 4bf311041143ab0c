import { type ConditionOperation, type ExecutionCondition, rulesOf, type WorkflowTrigger } from '#libs/kernel';
import type { Json, JsonObject } from './json';
import type { ReachInTeam } from './reach';
import type { WorkflowParamDefinition } from './workflow';
import type { StreamVersion } from './stream-version';

/**
 * A declared param of a workflow. `type` is one of the reference's input types (`text`, `password`, `number`, `json`,
 * …).
 */
export interface ParamDeclaration {
  readonly name: string;
  readonly type: string;
  readonly defaultValue?: Json;
  readonly required: boolean;
  readonly options?: readonly string[];
  readonly minValueLength?: number;
  readonly maxValueLength?: number;
}

/** The declared params; one without a type is a text. */
export function declarationOf(param: WorkflowParamDefinition): ParamDeclaration {
  return {
    name: param.name,
    ...rulesOf(param),
    ...(param.default !== undefined && param.default !== null && { defaultValue: param.default }),
    required: param.required ?? false,
  };
}

/** A param of a task; a text in it is a template. */
export interface RevisionTaskParam {
  readonly name: string;
  readonly value: Json;
  /** Only for a `password`: the value is a secret, and its fixed text is sealed. */
  readonly type?: string;
  /** The catalogue's declaration, for a value that is known only when the task runs. */
  readonly declared?: Omit<ParamDeclaration, 'name' | 'defaultValue'>;
}

/** What a task executes. */
export interface TaskSpecification {
  readonly arguments: readonly string[] | null;
  readonly command: readonly string[] | null;
  readonly envs: readonly { readonly name: string; readonly value: string | null }[] | null;
  readonly image: string | null;
  readonly script: string | null;
  readonly workingDir: string | null;
}

export interface RevisionTask {
  readonly name: string;
  readonly type: string;
  readonly taskRef: string | null;
  readonly taskVersion: number | null;
  /** Minutes; 0 = none. */
  readonly timeout: number;
  readonly dependencies: readonly {
    readonly task: string;
    readonly executionCondition: ExecutionCondition;
    readonly decisionCondition: string;
  }[];
  readonly params: readonly RevisionTaskParam[];
  readonly results: readonly {
    readonly name: string;
    readonly description: string | null;
    readonly searchable?: true;
  }[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: JsonObject;
  readonly spec: TaskSpecification;
  readonly retries?: number;
  readonly backoff?: { readonly delay: number; readonly factor: number; readonly maxDelay: number };
}

export interface TriggerConditionRule {
  /** A path into the payload or event: names, indexes and `[*]`. */
  readonly field: string;
  readonly operation: ConditionOperation;
  readonly value?: string;
  readonly values?: readonly string[];
}

/** The part of a definition that its runs need, validated and normalised. */
export interface RunnableDefinition {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: JsonObject;
  readonly params: readonly ParamDeclaration[];
  readonly tasks: readonly RevisionTask[];
  readonly timeout: number;
  readonly retries: number;
  readonly workspaces: readonly {
    readonly name: string;
    readonly description: string | null;
    readonly type: string | null;
    readonly optional: boolean;
    readonly spec: Json;
  }[];
  /** Which triggers are enabled. */
  readonly triggers: Readonly<Record<WorkflowTrigger, boolean>>;
  /** By trigger; all of them must hold, else there is no run. Absent in revisions of the first version. */
  readonly conditions?: Readonly<Partial<Record<WorkflowTrigger, readonly TriggerConditionRule[]>>>;
}

/** One revision of a workflow: all that a run needs of it. */
export interface WorkflowRevision extends RunnableDefinition {
  readonly workflowId: string;
  readonly revisionId: string;
  readonly version: number;
  readonly teamId: string;
  readonly name: string;
  readonly displayName: string;
  readonly active: boolean;
  /** What says that it is this revision, under this name. */
  readonly readFrom: readonly StreamVersion[];
}

/**
 * Query over the bus: the revision of a workflow within the reach, by name or id; `version` absent = the latest.
 * Answers a `WorkflowRevision`, or is refused with WORKFLOW_INVALID_REFERENCE / WORKFLOW_REVISION_NOT_FOUND.
 */
export class FindWorkflowRevision {
  constructor(
    readonly reach: ReachInTeam,
    readonly nameOrId: string,
    readonly version?: number,
  ) {}
}
