import {
  type ApproverGroupRef,
  FindApproverGroup,
  FindTeamById,
  FindTeamRunSettings,
  IsTeamMember,
  type Json,
  type LayerParam,
  type TeamRunSettings,
} from '#libs/contracts';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { allows, memberOf, defaultQuotas, type Parameter, rolePermissions } from '../domain';
import { AccessStore } from '../read/access-store';

@QueryHandler(FindTeamRunSettings)
export class FindTeamRunSettingsHandler implements IQueryHandler<FindTeamRunSettings> {
  constructor(private readonly store: AccessStore) {}

  async execute({ teamId }: FindTeamRunSettings): Promise<TeamRunSettings> {
    const { team, global } = await this.store.runSettings(teamId);
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

  async execute({ teamId, nameOrId }: FindApproverGroup): Promise<ApproverGroupRef | null> {
    const team = await this.store.team(teamId);
    const group = team?.approverGroups.find(({ id, name }) => id === nameOrId || name === nameOrId);
    return group ? { id: group.id, name: group.name, approvers: group.approvers } : null;
  }
}

@QueryHandler(IsTeamMember)
export class IsTeamMemberHandler implements IQueryHandler<IsTeamMember> {
  constructor(private readonly store: AccessStore) {}

  async execute({ teamId, user, permission }: IsTeamMember): Promise<boolean> {
    const team = await this.store.team(teamId);
    const member = team ? memberOf(team, user) : undefined;
    return member !== undefined && allows(rolePermissions[member.role], permission);
  }
}

@QueryHandler(FindTeamById)
export class FindTeamByIdHandler implements IQueryHandler<FindTeamById> {
  constructor(private readonly store: AccessStore) {}

  async execute({ teamId }: FindTeamById): Promise<{ id: string; name: string } | null> {
    const team = await this.store.team(teamId);
    return team ? { id: team.id, name: team.name } : null;
  }
}
