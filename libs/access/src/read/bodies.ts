import type { TeamBody, TeamUsage, TokenBody, WorkflowSummaryBody } from '#libs/contracts';
import { toTimestamp } from '#libs/kernel';
import { memberOf, type TeamState, type TokenState } from '../domain';
import { toParameterBody } from './parameter-body';
import { shownQuotas, unlimitedQuotas } from './shown-quotas';

/** What other rooms contribute to the view of a team. */
export interface TeamSurroundings {
  readonly usage: TeamUsage;
  readonly workflows: readonly WorkflowSummaryBody[];
}

export function toTeamBody(team: TeamState, { usage, workflows }: TeamSurroundings, now: number): TeamBody {
  const today = new Date(now);
  const reset = Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + 1, 1);
  const toMember = ({ id, email, name, role }: TeamState['members'][number]) => ({
    id,
    ...(email !== null && { email }),
    ...(name !== null && { name }),
    role,
  });
  return {
    id: team.id,
    name: team.name,
    displayName: team.displayName,
    creationDate: toTimestamp(team.creationDate),
    status: team.status,
    ...(team.externalRef === null ? {} : { externalRef: team.externalRef }),
    labels: team.labels,
    parameters: team.parameters.map(toParameterBody),
    quotas: {
      ...shownQuotas(team.quotas, {
        maxWorkflowCount: workflows.length,
        maxWorkflowRunMonthly: usage.monthlyRuns,
        maxConcurrentRuns: usage.liveRuns,
      }),
      currentWorkflowCount: workflows.length,
      currentRuns: usage.monthlyRuns,
      currentConcurrentRuns: usage.liveRuns,
      monthlyResetDate: toTimestamp(reset),
      unlimited: unlimitedQuotas(team.quotas),
    },
    members: team.members.map(toMember),
    workflows: [...workflows],
    ...(team.requiredReasons && team.requiredReasons.length > 0 && { requiredReasons: [...team.requiredReasons] }),
    ...(team.retention && { retention: { ...team.retention } }),
    approverGroups: team.approverGroups.map(({ id, name, creationDate, approvers }) => ({
      id,
      name,
      creationDate: toTimestamp(creationDate),
      approvers: approvers.map((approver) => {
        const member = memberOf(team, approver);
        return member ? toMember(member) : { id: approver };
      }),
    })),
  };
}

export function toTokenBody(token: TokenState, now: number): TokenBody {
  return {
    id: token.id,
    type: token.type,
    ...(token.name === null ? {} : { name: token.name }),
    ...(token.description === null ? {} : { description: token.description }),
    creationDate: toTimestamp(token.creationDate),
    ...(token.expirationDate === null ? {} : { expirationDate: toTimestamp(token.expirationDate) }),
    valid: !token.revoked && (token.expirationDate === null || token.expirationDate > now),
    ...(token.principal === null ? {} : { principal: token.principal }),
    permissions: [
      {
        scope: token.type,
        ...(token.principal === null ? {} : { principal: token.principal }),
        actions: [...token.permissions],
      },
    ],
  };
}
