import { QueryHandler } from '#libs/bus';
import {
  type ApproverGroupRef,
  FindApproverGroup,
  FindTeamById,
  FindTeamRunSettings,
  type Json,
  type LayerParam,
  reachIn,
  type TeamRef,
  type TeamRunSettings,
} from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { defaultQuotas, type Parameter } from '../domain';
import { AccessStore } from '../read/access-store';

@QueryHandler(FindTeamRunSettings)
export class FindTeamRunSettingsHandler implements IQueryHandler<FindTeamRunSettings> {
  constructor(private readonly store: AccessStore) {}

  async execute({ reach }: FindTeamRunSettings): Promise<TeamRunSettings> {
    const { team, global } = await this.store.runSettings(reach.team.id);
    return {
      isActive: team?.status !== 'inactive',
      quotas: team?.quotas ?? defaultQuotas,
      global: (global?.parameters ?? []).map(toLayerParam),
      team: (team?.parameters ?? []).map(toLayerParam),
    };
  }
}

function toLayerParam({ name, type, value, default: fallback }: Parameter): LayerParam {
  return { name, type, value: ((value ?? fallback) as Json | undefined) ?? null };
}

@QueryHandler(FindApproverGroup)
export class FindApproverGroupHandler implements IQueryHandler<FindApproverGroup> {
  constructor(private readonly store: AccessStore) {}

  async execute({ reach, nameOrId }: FindApproverGroup): Promise<ApproverGroupRef | null> {
    const team = await this.store.team(reach.team.id);
    const group = team?.approverGroups.find(({ id, name }) => id === nameOrId || name === nameOrId);
    return group ? { id: group.id, name: group.name, approvers: group.approvers } : null;
  }
}

@QueryHandler(FindTeamById)
export class FindTeamByIdHandler implements IQueryHandler<FindTeamById> {
  constructor(private readonly store: AccessStore) {}

  async execute({ reach, teamId }: FindTeamById): Promise<TeamRef | null> {
    const team = await this.store.teamRef(teamId);
    return team && reachIn(reach, team) ? team : null;
  }
}
