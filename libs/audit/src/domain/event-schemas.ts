import { at, eventSchemas } from '#libs/events';
import { z } from 'zod';
import type { AttemptsEvent } from './attempts';

const text = z.string();
const of = { at, teamId: text.nullable().describe('id of the team; null: none') };

/** The events of the trail itself. */
export const attemptsEventSchemas = eventSchemas<AttemptsEvent>()({
  AttemptRefused: {
    summary: 'A request was refused for want of a token, a permission or a claim.',
    data: z.strictObject({
      ...of,
      method: text.describe('HTTP method'),
      route: text.describe('route, with the names of its parameters in place of their values'),
      status: z.int().describe('HTTP status of the answer'),
      code: z.int().describe('code of the error'),
      refusal: text.describe('name of that code'),
    }),
  },
  AttemptsSummarised: {
    summary: 'More attempts were refused within a minute than are recorded one by one.',
    data: z.strictObject({
      ...of,
      from: z.int().describe('when the minute began: milliseconds since the epoch'),
      counts: z
        .array(
          z.strictObject({
            refusal: text.describe('name of the error code'),
            count: z.int().describe('attempts beyond the recorded ones'),
          }),
        )
        .describe('how many, by the kind of refusal'),
    }),
  },
  TrailVerified: {
    summary: 'Somebody verified the chain of the whole ledger through the server.',
    data: z.strictObject({
      ...of,
      intact: z.boolean().describe('whether the chain is whole'),
      position: z.int().describe('up to which position it is; where it is not, the first that is wrong'),
      problem: text.describe('what is wrong').exactOptional(),
      interrupted: z
        .literal(true)
        .describe('the client went away at that position: nothing is known of what follows')
        .exactOptional(),
    }),
  },
  TrailBegun: {
    summary: 'The transparency log of the ledger goes on under another origin, after a restore for example.',
    data: z.strictObject({
      ...of,
      origin: text.describe('name of the new log'),
      former: z
        .strictObject({
          origin: text.describe('its name'),
          size: z.int().describe('events in its tree'),
          checkpoint: text.describe('the signed note'),
        })
        .describe('the last checkpoint of the log before, as far as the database knows'),
    }),
  },
  TrailExported: {
    summary: 'Somebody exported entries of the trail.',
    data: z.strictObject({
      ...of,
      format: text.describe('jsonl, csv or ocsf'),
      filters: z.record(text, z.unknown()).describe('the filters of the export'),
    }),
  },
});
