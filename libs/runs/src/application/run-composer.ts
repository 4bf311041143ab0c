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

/** The team of a run, or of a run to be made. */
export type RunOwner = Pick<WorkflowRunState, 'teamId' | 'teamName'>;

/** Collects the parts of a run: the team's settings and layers of params, and the request with sealed secrets. */
@Injectable()
export class RunComposer {
  constructor(
    private readonly queries: QueryBus,
    private readonly box: SecretBox,
  ) {}

  /** @throws RefusedError WORKFLOW_TEAM_INACTIVE if the team is not active. */
  async settings({ teamId: id, teamName: name }: RunOwner): Promise<TeamRunSettings> {
    const query = new FindTeamRunSettings(serverReachIn({ id, name }));
    const settings = await this.queries.execute<FindTeamRunSettings, TeamRunSettings>(query);
    if (!settings.isActive) {
      throw new RefusedError(
        'WORKFLOW_TEAM_INACTIVE',
        'The team is not active, so none of its workflows can run. Set its status to active first.',
      );
    }
    return settings;
  }

  /**
   * The params of the installation and the team that the definition's texts refer to; a request's values never refer to
   * any.
   */
  layers(
    { global, team }: TeamRunSettings,
    params: readonly RunParam[],
    plan: Plan,
  ): { readonly layers?: ParameterLayers } {
    const layers = referencedLayers({ global, team }, params, plan);
    return layers.global.length + layers.team.length > 0 ? { layers } : {};
  }

  /**
   * Checks every value, before sealing or with its sealed parts opened.
   * @throws RefusedError REQUEST_INVALID_PARAMS naming all problems.
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
   * What a request changes in an existing run: checks its params as the revision declares them, and seals its
   * passwords.
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

  /** Null if the workflow is gone: then use what the run itself has stored. */
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
