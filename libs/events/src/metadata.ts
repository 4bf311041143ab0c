import type { EventMetadata } from '#libs/kernel';
import { z } from 'zod';
import { schemaOf } from './event-schema';

const text = z.string();

/** What the metadata of every event may hold. */
export const eventMetadata = schemaOf<EventMetadata>()(
  z.strictObject({
    commandId: text.describe('id of the command; all events of one command have the same'),
    actor: text.describe('who did it: `token:<id>`, `user:<name>`, `agent:<id>`, `system:<part>`, `anonymous`'),
    action: text.describe('type of the command; those of several that go together are joined by `+`'),
    teamId: text.describe('id of the team that the thing is in').exactOptional(),
    tokenId: text.describe('id of the token, where the actor is not the token itself').exactOptional(),
    requestId: text.describe('id of the request').exactOptional(),
    causationId: text
      .describe('what caused the command: the id of a run, a task of one, a lock, a schedule or a bulk job')
      .exactOptional(),
    reason: text.describe('why, as the client said it').exactOptional(),
    clientAddress: text.describe('address of the client').exactOptional(),
    userAgent: text.describe('the `User-Agent` of the client, at most 200 characters').exactOptional(),
    traceparent: text.describe('the trace that the request belongs to (W3C Trace Context)').exactOptional(),
    server: text.describe('the server that took the command: `<id>/<version>`').exactOptional(),
  }),
);
