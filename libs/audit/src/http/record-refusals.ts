import { actorOf, type GuardedRequest, originBy, reasonBy } from '#libs/access';
import { originOf, refusalsOf } from '#libs/http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AttemptRecorder } from '../application/attempt-recorder';

/** Refusals that say something about who asks, and not about what was asked for. */
const statuses = [401, 403];
const staleClaims = /_STALE_FENCE$/;

/** Records requests that were refused for want of a token, a permission or a claim. Call it before the routes are created. */
export function recordRefusals(app: NestFastifyApplication): void {
  const recorder = app.get(AttemptRecorder);
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onResponse', (request: GuardedRequest, _reply, done) => {
      for (const { httpStatus: status, code, reason: refusal, teamId: ofThing } of refusalsOf(request)) {
        if (!statuses.includes(status) && !staleClaims.test(refusal)) continue;
        const { user, pathTeam, reach } = request;
        const teamId = pathTeam?.id ?? ofThing ?? (reach?.kind === 'team' ? reach.team.id : (user?.teamId ?? null));
        const attempt = { method: request.method, route: request.routeOptions.url ?? '', status, code, refusal };
        recorder.record(teamId, attempt, {
          actor: user ? actorOf(user) : 'anonymous',
          ...(user ? originBy(user, request) : originOf(request)),
          ...reasonGiven(request),
        });
      }
      done();
    });
}

/** A reason that cannot be kept is none. */
function reasonGiven(request: GuardedRequest): { readonly reason?: string } {
  try {
    const reason = reasonBy(request);
    return reason === undefined ? {} : { reason };
  } catch {
    return {};
  }
}
