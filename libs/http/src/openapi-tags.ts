import type { OpenAPIObject } from '@nestjs/swagger';

/** The sections of the document, in reading order. */
export const tags = [
  { name: 'WorkflowRuns', description: 'Find, start, end, retry and cancel runs.' },
  { name: 'Bulk', description: 'Cancel or retry many runs at once.' },
  { name: 'Saved Views', description: 'Named filters of the list of runs, of a person or a team.' },
  { name: 'Insights', description: 'How runs ended and how long they took; finding runs by text.' },
  { name: 'Workflows', description: 'Definitions of workflows, and submitting them.' },
  { name: 'Actions', description: 'Decisions of people: approvals and manual tasks.' },
  { name: 'TaskRuns', description: 'The output of the tasks of a run.' },
  { name: 'Schedules', description: 'Runs at set times.' },
  { name: 'Webhooks and Events', description: 'Requests of other systems.' },
  { name: 'Team Tasks', description: 'The reusable tasks of a team.' },
  { name: 'Tasks', description: 'The reusable tasks of the installation.' },
  { name: 'Parameters', description: 'Values that every run of the installation may refer to.' },
  { name: 'Team Management', description: 'Teams, members, approver groups, params and quotas.' },
  { name: 'Token Management', description: 'Tokens of people, teams, workflows and the installation.' },
  { name: 'Sessions', description: 'Tokens in browsers: who the token is, and a cookie that keeps it.' },
  { name: 'Trail', description: 'The transparency log: what proves that nobody changed the ledger.' },
  { name: 'Agents', description: 'The protocol of the programs that execute tasks.' },
  { name: 'Audit', description: 'Who did what, when, from where and why; and what was refused.' },
  { name: 'Health', description: 'Whether the server runs and accepts requests.' },
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
