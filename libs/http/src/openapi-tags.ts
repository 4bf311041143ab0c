import type { OpenAPIObject } from '@nestjs/swagger';

/** The sections of the document, in reading order. */
export const tags = [
  { name: 'WorkflowRuns', description: 'Find, start, end, retry and cancel runs.' },
  { name: 'Workflows', description: 'Definitions of workflows, and submitting them.' },
  { name: 'Actions', description: 'What people are asked for: approvals and manual tasks.' },
  { name: 'TaskRuns', description: 'What the tasks of a run print.' },
  { name: 'Schedules', description: 'Runs by the clock.' },
  { name: 'Webhooks and Events', description: 'What other systems send.' },
  { name: 'Team Tasks', description: 'The tasks of a team, to build workflows with.' },
  { name: 'Tasks', description: 'The tasks of the installation, to build workflows with.' },
  { name: 'Parameters', description: 'Values that every run of the installation may refer to.' },
  { name: 'Team Management', description: 'Teams, members, approver groups, params and quotas.' },
  { name: 'Token Management', description: 'Tokens of people, teams, workflows and the installation.' },
  { name: 'Agents', description: 'The protocol of the programs that execute tasks.' },
  { name: 'Health', description: 'Whether the server lives and takes requests.' },
] as const;

const ranks = new Map<string, number>(tags.map(({ name }, index) => [name, index]));

/** Viewers that ignore tags show paths in this order. */
export function orderByTags(paths: OpenAPIObject['paths']): OpenAPIObject['paths'] {
  const rankOf = (item: OpenAPIObject['paths'][string]): number => {
    const [tag] = (item.get ?? item.put ?? item.post ?? item.delete ?? item.patch)?.tags ?? [];
    return ranks.get(tag ?? '') ?? tags.length;
  };
  return Object.fromEntries(Object.entries(paths).sort(([, one], [, other]) => rankOf(one) - rankOf(other)));
}
