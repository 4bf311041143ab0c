import { type Decider, RefusedError } from '#libs/kernel';

export interface TeamState {
  readonly id: string;
  readonly name: string;
  readonly displayName: string;
  readonly status: 'active' | 'inactive';
  readonly externalRef: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly creationDate: number;
}

export interface CreateTeam {
  readonly type: 'CreateTeam';
  readonly team: TeamState;
}

export interface TeamCreated {
  readonly type: 'TeamCreated';
  readonly data: TeamState;
}

export const teamDecider: Decider<TeamState, CreateTeam, TeamCreated> = {
  decide(state, command) {
    if (state) throw new RefusedError('TEAM_NON_UNIQUE_NAME', `There is a team named ${state.name} already.`);
    return [{ type: 'TeamCreated', data: command.team }];
  },
  evolve: (_state, event) => event.data,
};
