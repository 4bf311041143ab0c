import { QueryHandler } from '#libs/bus';
import {
  type ApproverGroupRef,
  FindApproverGroup,
  FindPeopleNames,
  FindTeamById,
  FindTeamRunSettings,
  type Json,
  type LayerParam,
  reachIn,
  type TeamRef,
  type TeamRunSettings,
  WasTeamNamed,
} from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { defaultQuotas, memberOf, type Parameter } from '../domain';
import { AccessStore } from '../read/access-store';
import { globalParametersId } from './categories';

@QueryHandler(FindTeamRunSettings)
export class FindTeamRunSettingsHandler implements IQueryHandler<FindTeamRunSettings> {
  constructor(private readonly store: AccessStore) {}

  async execute({ reach }: FindTeamRunSettings): Promise<TeamRunSettings> {
    const { team, teamVersion, global, globalVersion } = await this.store.runSettings(reach.team.id);
    return {
      isActive: team?.status !== 'inactive',
      quotas: team?.quotas ?? defaultQuotas,
      global: (global?.parameters ?? []).map(toLayerParam),
      team: (team?.parameters ?? []).map(toLayerParam),
      readFrom: [
        { streamId: reach.team.id, version: teamVersion },
        { streamId: globalParametersId, version: globalVersion },
      ],
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

@QueryHandler(FindPeopleNames)
export class FindPeopleNamesHandler implements IQueryHandler<FindPeopleNames> {
  constructor(private readonly store: AccessStore) {}

  async execute({ reach, people }: FindPeopleNames): Promise<ReadonlyMap<string, string>> {
    const members = people.length > 0 ? await this.store.membersAmong(reach.team.id, people) : [];
    return new Map(people.map((id) => [id, memberOf({ members }, id)?.name ?? id]));
  }
}

@QueryHandler(WasTeamNamed)
export class WasTeamNamedHandler implements IQueryHandler<WasTeamNamed> {
  constructor(private readonly store: AccessStore) {}

  async execute({ reach, name }: WasTeamNamed): Promise<boolean> {
    const team = await this.store.team(reach.team.id);
    return team?.formerNames?.includes(name) ?? false;
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
