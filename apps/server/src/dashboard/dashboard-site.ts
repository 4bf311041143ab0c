import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** The folder of the built dashboard; null if it is not built. */
export type DashboardSite = string | null;

export const DASHBOARD_SITE = Symbol('DashboardSite');

/** The folder, if the dashboard is built there. */
export function dashboardSite(folder: string): DashboardSite {
  return existsSync(join(folder, 'index.html')) ? folder : null;
}

/** Serves its scripts and styles. Their names change with their contents, so browsers keep them for a year. */
export function serveAssets(app: NestFastifyApplication, site: DashboardSite): void {
  if (site === null) return;
  app.useStaticAssets({
    root: join(site, 'assets'),
    prefix: '/assets/',
    decorateReply: false,
    index: false,
    immutable: true,
    maxAge: '365d',
    preCompressed: true,
  });
}
