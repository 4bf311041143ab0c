import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from './logger';

/** A debug record per request: method, route, status, milliseconds, request id and run id. */
export function logRequests(app: NestFastifyApplication, logger: Logger): void {
  if (!logger.isLevelEnabled('debug')) return;
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onResponse', (request, reply, done) => {
    const { workflowRunId, taskRunId } = (request.params ?? {}) as Record<string, string | undefined>;
    logger.debug(
      {
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        milliseconds: Math.round(reply.elapsedTime * 10) / 10,
        ...(workflowRunId !== undefined && { workflowRunId }),
        ...(taskRunId !== undefined && { taskRunId }),
      },
      'request',
    );
    done();
  });
}
