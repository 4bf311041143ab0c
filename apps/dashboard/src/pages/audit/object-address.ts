import type { AuditEntryBody } from '#libs/contracts';

/** Where the dashboard shows the thing that was changed; null if it has no page. */
export function objectAddress({ object, team }: Pick<AuditEntryBody, 'object' | 'team'>): string | null {
  const { kind, id, name } = object;
  if (kind === 'team' && name !== undefined) return `/team/${encodeURIComponent(name)}/settings`;
  if (team?.name === undefined) return null;
  const base = `/team/${encodeURIComponent(team.name)}`;
  switch (kind) {
    case 'workflowrun':
      return `${base}/runs/${encodeURIComponent(id)}`;
    case 'workflow':
      return name === undefined ? null : `${base}/workflows/${encodeURIComponent(name)}`;
    case 'bulk':
      return `${base}/runs/bulk/${encodeURIComponent(id)}`;
    case 'schedule':
      return `${base}/schedules`;
    case 'token':
      return `${base}/settings?tab=tokens`;
    default:
      return null;
  }
}
