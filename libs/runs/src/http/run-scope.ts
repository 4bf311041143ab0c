import type { Principal, TeamRef } from '#libs/access';
import type { RunScope } from '../application/run-category';

/** The team of the path; and, for a workflow's token, that workflow alone. */
export function runScopeOf(team: TeamRef, principal: Principal): RunScope {
  return { teamId: team.id, ...(principal.workflowId !== undefined && { workflowId: principal.workflowId }) };
}
