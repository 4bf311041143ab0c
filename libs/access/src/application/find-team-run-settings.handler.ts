import { QueryHandler } from '#libs/bus';
import { FindTeamRunSettings, type Json, type LayerParam, type TeamRunSettings } from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { defaultQuotas, type Parameter } from '../domain';
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
