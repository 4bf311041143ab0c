import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Public } from '#libs/access';
import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { DASHBOARD_SITE, type DashboardSite } from './dashboard-site';

/** Only what the dashboard brings along: no script or style in the page, nothing of another server, no frame around it. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const notBuilt = `<!doctype html>
<html lang="en">
<title>Runledger</title>
<p>The dashboard is not built: <code>npm run build</code> builds it; the API is described at <a href="/api/docs">/api/docs</a>.</p>
</html>
`;

/** The page of the dashboard, also at the addresses that it shows itself under. Not part of the API. */
@ApiExcludeController()
@Controller()
export class DashboardController {
  private readonly page: string;

  constructor(@Inject(DASHBOARD_SITE) site: DashboardSite) {
    this.page = site === null ? notBuilt : readFileSync(join(site, 'index.html'), 'utf8');
  }

  @Get(['/', 'sign-in', 'team/*', 'installation/*'])
  @Public()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', policy)
  @Header('Referrer-Policy', 'no-referrer')
  @Header('Cache-Control', 'no-cache')
  show(): string {
    return this.page;
  }
}
