import { AccessGate, actorOf, type GuardedRequest, originBy, reasonBy, sealedOrigin } from '#libs/access';
import { refusalsOf } from '#libs/http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AttemptRecorder } from '../application/attempt-recorder';

/** Refusals that say something about who asks, and not about what was asked for. */
const statuses = [401, 403];
const staleClaims = /_STALE_FENCE$/;

/** Records requests that were refused for want of a token, a permission or a claim. Call it before the routes are created. */
export function recordRefusals(app: NestFastifyApplication): void {
  const recorder = app.get(AttemptRecorder);
  const gate = app.get(AccessGate);
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onResponse', async (request: GuardedRequest) => {
      const refusals = refusalsOf(request).filter(
        ({ httpStatus, reason }) => statuses.includes(httpStatus) || staleClaims.test(reason),
      );
      if (refusals.length === 0) return;
      // An attempt is recorded without its address where that cannot be sealed.
      const seal = request.sealPersonal ?? (await gate.sealOf(request).catch(() => undefined));
      if (seal) request.sealPersonal = seal;
      for (const { httpStatus: status, code, reason: refusal, teamId: ofThing } of refusals) {
        const { user, pathTeam, reach } = request;
        const teamId = pathTeam?.id ?? ofThing ?? (reach?.kind === 'team' ? reach.team.id : (user?.teamId ?? null));
        const attempt = { method: request.method, route: request.routeOptions.url ?? '', status, code, refusal };
        recorder.record(teamId, attempt, {
          actor: user ? actorOf(user) : 'anonymous',
          ...(user ? originBy(user, request) : sealedOrigin(request)),
          ...reasonGiven(request),
        });
      }
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
