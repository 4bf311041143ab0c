import { type ComponentType, lazy } from 'react';
import type { PageProps } from './page-props';

interface Route {
  readonly path: string;
  /** The title of the browser's tab. */
  readonly title: string;
  readonly page: ComponentType<PageProps>;
}

/** Every page of a team; each is loaded when it is first opened. The server answers any path under `/team`. */
export const routes: readonly Route[] = [
  {
    path: '/team/:team/runs',
    title: 'Runs',
    page: lazy(async () => ({ default: (await import('./pages/runs/runs-page')).RunsPage })),
  },
  {
    path: '/team/:team/runs/new',
    title: 'New run',
    page: lazy(async () => ({ default: (await import('./pages/new-run/new-run-page')).NewRunPage })),
  },
  {
    path: '/team/:team/runs/bulk',
    title: 'Bulk jobs',
    page: lazy(async () => ({ default: (await import('./pages/bulk/bulk-list-page')).BulkListPage })),
  },
  {
    path: '/team/:team/runs/bulk/:job',
    title: 'Bulk job',
    page: lazy(async () => ({ default: (await import('./pages/bulk/bulk-page')).BulkPage })),
  },
  {
    path: '/team/:team/runs/:run',
    title: 'Run',
    page: lazy(async () => ({ default: (await import('./pages/run/run-page')).RunPage })),
  },
  {
    path: '/team/:team/insights',
    title: 'Insights',
    page: lazy(async () => ({ default: (await import('./pages/insights/insights-page')).InsightsPage })),
  },
  {
    path: '/team/:team/search',
    title: 'Search',
    page: lazy(async () => ({ default: (await import('./pages/search/search-page')).SearchPage })),
  },
  {
    path: '/team/:team/workflows',
    title: 'Workflows',
    page: lazy(async () => ({ default: (await import('./pages/workflows/workflows-page')).WorkflowsPage })),
  },
  {
    path: '/team/:team/new-workflow',
    title: 'New workflow',
    page: lazy(async () => ({ default: (await import('./pages/workflows/new-workflow-page')).NewWorkflowPage })),
  },
  {
    path: '/team/:team/workflows/:workflow',
    title: 'Workflow',
    page: lazy(async () => ({ default: (await import('./pages/workflows/workflow-page')).WorkflowPage })),
  },
  {
    path: '/team/:team/schedules',
    title: 'Schedules',
    page: lazy(async () => ({ default: (await import('./pages/schedules/schedules-page')).SchedulesPage })),
  },
  {
    path: '/team/:team/approvals',
    title: 'Approvals',
    page: lazy(async () => ({ default: (await import('./pages/approvals/approvals-page')).ApprovalsPage })),
  },
  {
    path: '/team/:team/audit',
    title: 'Audit',
    page: lazy(async () => ({ default: (await import('./pages/audit/audit-page')).AuditPage })),
  },
  {
    path: '/team/:team/operations',
    title: 'Operations',
    page: lazy(async () => ({ default: (await import('./pages/operations/operations-page')).OperationsPage })),
  },
  {
    path: '/team/:team/settings',
    title: 'Team',
    page: lazy(async () => ({ default: (await import('./pages/settings/settings-page')).SettingsPage })),
  },
];
