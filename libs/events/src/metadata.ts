import type { EventMetadata } from '#libs/kernel';
import { z } from 'zod';
import { schemaOf } from './event-schema';

const text = z.string();

/** What the metadata of every event may hold. */
export const eventMetadata = schemaOf<EventMetadata>()(
  z.strictObject({
    commandId: text.describe('id of the command; all events of one command have the same'),
    actor: text.describe('who did it: `token:<id>`, `user:<name>`, `run:<id>`, `system:<part>`'),
    teamId: text.describe('id of the team that the request was about').exactOptional(),
    tokenId: text.describe('id of the token').exactOptional(),
    requestId: text.describe('id of the request').exactOptional(),
    causationId: text.describe('id of the run that caused the command').exactOptional(),
    reason: text.describe('why, as the client said it').exactOptional(),
    clientAddress: text.describe('address of the client').exactOptional(),
  }),
);
