import { intersection, type Reach, type TeamRef } from '#libs/contracts';
import { Injectable } from '@nestjs/common';
import { personOf, type Principal, rolePermissions, type TeamMember } from '../domain';
import { AccessStore } from './access-store';

/** Reaches nothing. */
const nothing: Reach = { kind: 'member', teams: [] };

/** Creates the reach of a caller: the only place that turns a token into a reach. */
@Injectable()
export class ReachMaker {
  constructor(private readonly store: AccessStore) {}

  async of(principal: Principal): Promise<Reach> {
    switch (principal.type) {
      case 'global':
        return { kind: 'installation', permissions: principal.permissions };
      case 'team': {
        const team = await this.store.teamRef(principal.principal ?? '');
        if (!team) return nothing;
        return { kind: 'team', team, permissions: principal.permissions, ofInstallation: false };
      }
      case 'workflow': {
        const { principal: workflowId, teamId, permissions } = principal;
        const team = teamId === null ? null : await this.store.teamRef(teamId);
        if (!team || workflowId === null) return nothing;
        return { kind: 'workflow', team, workflowId, permissions };
      }
      case 'user':
      case 'session':
        return this.ofPerson(principal);
    }
  }

  teamNamed(name: string): Promise<TeamRef | null> {
    return this.store.findTeam(name);
  }

  teamFormerlyNamed(name: string): Promise<TeamRef | null> {
    return this.store.findRenamedTeam(name);
  }

  /** The member of a team who is this person, with the e-mail address opened. */
  memberIn(teamId: string, person: string): Promise<TeamMember | undefined> {
    return this.store.memberIn(teamId, person);
  }

  private async ofPerson(principal: Principal): Promise<Reach> {
    const memberships = await this.store.membershipsOf(personOf(principal) ?? '');
    const teams = memberships.map(({ team, role }) => ({
      kind: 'team' as const,
      team,
      permissions: intersection(rolePermissions[role], principal.permissions),
      ofInstallation: false,
    }));
    return { kind: 'member', teams };
  }
}
