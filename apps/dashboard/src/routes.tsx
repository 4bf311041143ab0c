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
    path: '/team/:team/runs/:run',
    title: 'Run',
    page: lazy(async () => ({ default: (await import('./pages/run/run-page')).RunPage })),
  },
];
