import {
  FindTeamRunSettings,
  FindWorkflowRevision,
  serverReachIn,
  type TeamRunSettings,
  type WorkflowRevision,
  type WorkflowRunRequest,
} from '#libs/contracts';
import { RefusedError } from '#libs/kernel';
import { SecretBox } from '#libs/secrets';
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import {
  type DeclaredParam,
  overlaid,
  type ParameterLayers,
  type Plan,
  referencedLayers,
  refuseWrongParams,
  type RunOverlay,
  type RunParam,
  type RunSubmission,
  type WorkflowRunState,
} from '../domain';
import { overlayOf } from './overlay';

/** The team that a run belongs to, or will. */
export type RunOwner = Pick<WorkflowRunState, 'teamId' | 'teamName'>;

/** Gathers what a run is made of: the team's settings and layers of params, the request with its secrets sealed. */
@Injectable()
export class RunComposer {
  constructor(
    private readonly queries: QueryBus,
    private readonly box: SecretBox,
  ) {}

  /** @throws RefusedError WORKFLOW_TEAM_INACTIVE where the team makes no runs for now. */
  async settings({ teamId: id, teamName: name }: RunOwner): Promise<TeamRunSettings> {
    const query = new FindTeamRunSettings(serverReachIn({ id, name }));
    const settings = await this.queries.execute<FindTeamRunSettings, TeamRunSettings>(query);
    if (!settings.isActive) {
      throw new RefusedError(
        'WORKFLOW_TEAM_INACTIVE',
        'The team is not active, so nothing of it can be run. Set its status to active first.',
      );
    }
    return settings;
  }

  /** What the definition's texts refer to of the installation's and the team's params; nothing that a request brings refers to any. */
  layers(
    { global, team }: TeamRunSettings,
    params: readonly RunParam[],
    plan: Plan,
  ): { readonly layers?: ParameterLayers } {
    const layers = referencedLayers({ global, team }, params, plan);
    return layers.global.length + layers.team.length > 0 ? { layers } : {};
  }

  /**
   * Checks every value, before it is sealed or with what is sealed in it opened.
   * @throws RefusedError REQUEST_INVALID_PARAMS naming all that is wrong.
   */
  refuseWrong(declarations: readonly DeclaredParam[], run: WorkflowRunState | RunSubmission): void {
    if (declarations.length > 0) refuseWrongParams(declarations, run, (value) => this.box.openAll(value));
  }

  /** The revision with the defaults of its passwords opened, so that they can be checked like any value. */
  opened(revision: WorkflowRevision): WorkflowRevision {
    if (!revision.params.some(({ type }) => type === 'password')) return revision;
    return { ...revision, params: this.box.openAll(revision.params) };
  }

  sealed(params: readonly RunParam[]): readonly RunParam[] {
    return params.map((param) =>
      param.type === 'password' && typeof param.value === 'string' && param.value !== ''
        ? { ...param, value: this.box.seal(param.value) }
        : param,
    );
  }

  /**
   * What a request lays over a run that exists: its params checked as the revision declares them, its passwords sealed.
   * @throws RefusedError REQUEST_INVALID_PARAMS
   */
  async overlay(run: WorkflowRunState, request: WorkflowRunRequest): Promise<RunOverlay> {
    const overlay = overlayOf(request);
    if (!overlay.params || overlay.params.length === 0) return overlay;
    const changed = overlaid(run, overlay);
    const revision = await this.revisionOf(run);
    if (revision) this.refuseWrong(revision.params, changed);
    const given = new Set(overlay.params.map(({ name }) => name));
    return { ...overlay, params: this.sealed(changed.requestedParams.filter(({ name }) => given.has(name))) };
  }

  /** Null where the workflow is gone: what the run itself remembers must do. */
  private async revisionOf({
    teamId: id,
    teamName: name,
    workflow,
  }: WorkflowRunState): Promise<WorkflowRevision | null> {
    try {
      const query = new FindWorkflowRevision(serverReachIn({ id, name }), workflow.id, workflow.version);
      return await this.queries.execute<FindWorkflowRevision, WorkflowRevision>(query);
    } catch (error) {
      if (error instanceof RefusedError && error.status < 500) return null;
      throw error;
    }
  }
}
