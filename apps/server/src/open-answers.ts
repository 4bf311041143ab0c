import { holdsPersonal, type PersonalValues } from '#libs/personal';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** The part of a route's `config` that says that its answers keep texts exactly as they were hashed. */
interface KeptConfig {
  readonly keepsSealed?: boolean;
}

/**
 * Opens the personal values in answers, or says that they are erased: inside, and in the database, they are sealed
 * wherever they stand. What is sent as a stream opens its own. Call it before the routes are created.
 */
export function openAnswers(app: NestFastifyApplication, personal: PersonalValues): void {
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onSend', (request, reply, payload: unknown, done) => {
    const { keepsSealed } = request.routeOptions.config as KeptConfig;
    if (typeof payload !== 'string' || keepsSealed === true || !holdsPersonal(payload)) return done(null, payload);
    const isJson = /json/.test(String(reply.getHeader('content-type')));
    personal.open(payload, isJson ? inJson : undefined).then((opened) => done(null, opened), done);
  });
}

/** As it stands between the quotes of a JSON text. */
function inJson(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}
